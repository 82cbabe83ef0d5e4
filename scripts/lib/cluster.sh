# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For tests and demos that use a cluster of scripts/cluster. Needs common.sh and paths.sh, and KUBECONFIG
# (eval "$(scripts/cluster env --dir DIR)").

# service_account_kubeconfig NAMESPACE SERVICE-ACCOUNT OUT [DURATION]
# A kubeconfig with a token of that ServiceAccount (TokenRequest), for the cluster that KUBECONFIG points to.
service_account_kubeconfig() {
    local namespace=$1 account=$2 out=$3 duration=${4:-1h} view server ca token temporary
    view=$(kubectl config view --raw --minify -o json) ||
        { warn "KUBECONFIG points to no cluster: eval \"\$(scripts/cluster env)\" first"; return 1; }
    server=$(jq -r '.clusters[0].cluster.server' <<<"$view")
    ca=$(jq -r '.clusters[0].cluster["certificate-authority-data"]' <<<"$view")
    token=$(kubectl create token "$account" --namespace "$namespace" --duration "$duration") || return 1
    temporary=$(umask 077 && mktemp "$out.XXXXXX") || return 1
    # A here-document and not "kubectl config set-credentials": a command line can be read by other users.
    cat >"$temporary" <<YAML
apiVersion: v1
kind: Config
current-context: $namespace/$account
clusters:
- name: cluster
  cluster:
    server: $server
    certificate-authority-data: $ca
users:
- name: $namespace/$account
  user:
    token: $token
contexts:
- name: $namespace/$account
  context:
    cluster: cluster
    user: $namespace/$account
    namespace: $namespace
YAML
    mv "$temporary" "$out"
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$deadline" ] || { warn "not in time: $*"; return 1; }
        sleep 0.1
    done
}
