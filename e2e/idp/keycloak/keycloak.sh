#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

usage() {
    cat <<'TEXT'
keycloak.sh: a real Keycloak on loopback, with a realm and a least-privileged client for the operator.

usage: e2e/idp/keycloak/keycloak.sh start DIR [PORT]     (no PORT, or 0: a free one)
       e2e/idp/keycloak/keycloak.sh stop DIR
       e2e/idp/keycloak/keycloak.sh status DIR

start writes DIR/env (mode 0600) with KEYCLOAK_URL, KEYCLOAK_REALM, KEYCLOAK_ISSUER, KEYCLOAK_CLIENT_ID,
KEYCLOAK_CLIENT_SECRET, KEYCLOAK_ADMIN_USER and KEYCLOAK_ADMIN_PASSWORD, and prints where it is.
A second start in the same DIR keeps realm, clients and port.
TEXT
}

case "${1:-}" in -h | --help) usage; exit 0 ;; esac

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
# shellcheck source=scripts/lib/common.sh
. "$root/scripts/lib/common.sh"
# shellcheck source=scripts/lib/paths.sh
. "$root/scripts/lib/paths.sh"
# shellcheck source=scripts/lib/process.sh
. "$root/scripts/lib/process.sh"
# shellcheck source=scripts/lib/build.sh
. "$root/scripts/lib/build.sh"

[ $# -ge 2 ] || { usage >&2; exit 2; }
command=$1 dir=$2 port=${3:-0}
case "$dir" in /*) ;; *) dir=$PWD/$dir ;; esac
pidfile=$dir/keycloak.pid log=$dir/keycloak.log

# http METHOD PATH [CURL ARGUMENT...]: the body on stdout; fails on an error status.
http() {
    local method=$1 path=$2
    shift 2
    curl -fsS --noproxy '*' --max-time 30 -X "$method" "$KEYCLOAK_URL$path" "$@"
}

# The realm in one request: a client with a service account that may manage clients and nothing else.
create_realm() {
    local token
    # Values come from the environment and go in by stdin: a command line can be read by other users.
    token=$(jq -rn '"grant_type=password&client_id=admin-cli&username=\(env.KEYCLOAK_ADMIN_USER)&password=\(env.KEYCLOAK_ADMIN_PASSWORD)"' |
        http POST /realms/master/protocol/openid-connect/token --data @- | jq -er .access_token)
    printf 'Authorization: Bearer %s\n' "$token" >"$dir/admin.header"
    jq -n '{
        realm: env.KEYCLOAK_REALM, enabled: true, sslRequired: "none", accessTokenLifespan: 300,
        clients: [{
            clientId: env.KEYCLOAK_CLIENT_ID, secret: env.KEYCLOAK_CLIENT_SECRET, publicClient: false, protocol: "openid-connect",
            serviceAccountsEnabled: true, standardFlowEnabled: false, directAccessGrantsEnabled: false
        }],
        users: [{
            username: "service-account-\(env.KEYCLOAK_CLIENT_ID)", enabled: true, serviceAccountClientId: env.KEYCLOAK_CLIENT_ID,
            clientRoles: {"realm-management": ["manage-clients"]}
        }]
    }' | http POST /admin/realms -H "@$dir/admin.header" -H 'Content-Type: application/json' --data @-
    rm -f "$dir/admin.header"
}

new_env() {
    local url=http://127.0.0.1:$1
    cat <<ENV
export KEYCLOAK_URL=$url
export KEYCLOAK_REALM=sallyport
export KEYCLOAK_ISSUER=$url/realms/sallyport
export KEYCLOAK_CLIENT_ID=sallyport-operator
export KEYCLOAK_CLIENT_SECRET=$(random_hex 24)
export KEYCLOAK_ADMIN_USER=admin
export KEYCLOAK_ADMIN_PASSWORD=$(random_hex 24)
ENV
}

start() {
    local deadline management started
    ensure_keycloak
    has jq || die "jq is missing" "run scripts/setup"
    started=$SECONDS
    umask 077
    mkdir -p "$dir"
    if [ ! -f "$dir/env" ]; then
        [ "$port" != 0 ] || port=$(free_ports 1)
        new_env "$port" >"$dir/env.new"
        mv "$dir/env.new" "$dir/env"
    fi
    # shellcheck source=/dev/null
    . "$dir/env"
    management=$(free_ports 1)
    # The data goes to DIR and not into the cached installation, so that several can run from it.
    KC_BOOTSTRAP_ADMIN_USERNAME=$KEYCLOAK_ADMIN_USER KC_BOOTSTRAP_ADMIN_PASSWORD=$KEYCLOAK_ADMIN_PASSWORD \
        JAVA_OPTS_APPEND="-XX:TieredStopAtLevel=1 -Dquarkus.transaction-manager.object-store.directory=$dir/transactions" \
        process_start "$pidfile" "$log" "$SALLYPORT_KEYCLOAK/bin/kc.sh" start --optimized \
        --http-enabled=true --hostname-strict=false --http-host=127.0.0.1 "--http-port=${KEYCLOAK_URL##*:}" \
        --http-management-host=127.0.0.1 "--http-management-port=$management" \
        "--db-url=jdbc:h2:file:$dir/h2/keycloak;NON_KEYWORDS=VALUE;DB_CLOSE_ON_EXIT=FALSE"
    deadline=$((SECONDS + 120))
    until http GET /realms/master/.well-known/openid-configuration >/dev/null 2>&1; do
        process_pid "$pidfile" >/dev/null || { tail -n 5 "$log" >&2; die "Keycloak ended while starting" "see $log"; }
        [ "$SECONDS" -lt "$deadline" ] || die "Keycloak is not ready in time" "see $log"
        sleep 0.1
    done
    if ! http GET "/realms/$KEYCLOAK_REALM/.well-known/openid-configuration" >/dev/null 2>&1; then
        create_realm || die "Keycloak refused the realm" "see $log"
    fi
    say "Keycloak ready in $((SECONDS - started))s: $KEYCLOAK_ISSUER (variables in $dir/env)"
}

case "$command" in
start) start ;;
stop) process_stop "$pidfile" 15 ;;
status)
    if pid=$(process_pid "$pidfile"); then echo "running (pid $pid)"; else
        echo stopped
        exit 1
    fi
    ;;
*) die "unknown command: $command" "e2e/idp/keycloak/keycloak.sh --help" ;;
esac
