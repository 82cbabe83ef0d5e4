# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Source it: sets variables for everything scripts/setup has found or built, and puts it in PATH. Builds nothing.
#
#   SALLYPORT_ROOT            the checkout
#   SALLYPORT_CACHE_DIR       where builds and downloads live, outside the checkout (set SALLYPORT_CACHE to move it)
#   SALLYPORT_GO              go >= 1.26, empty when there is none
#   SALLYPORT_NODE            node >= 20 that has npm, empty when there is none
#   JAVA_HOME                 of a Java >= 17, which Keycloak and Maven heed; as it was when there is none
#   SALLYPORT_PYTHON          the python3 that has Debian's jsonschema and yaml modules (PATH may hold another one first)
#   SALLYPORT_CONTROL_PLANE   directory of etcd, kube-apiserver, kube-controller-manager, kubectl
#   SALLYPORT_TOOLS           directory of helm, kubeconform
#   SALLYPORT_OAUTH2_PROXY    directory of the oauth2-proxy that the traffic benchmark compares
#   SALLYPORT_IDP_MODULES     directory with the node_modules of e2e/idp/oidc-provider
#   SALLYPORT_DATABRICKS_SDK  virtual environment of the official SDK that e2e/simulators/databricks/requirements.txt pins
#   SALLYPORT_KEYCLOAK        a Keycloak that is built for --optimized
#   SALLYPORT_NGINX           Debian's nginx, unpacked: installed, it would begin to serve on port 80
# A directory variable names where the thing belongs; it may not be there yet (scripts/setup makes it).

# The versions that are not pinned by a lock file of their own.
SALLYPORT_KUBERNETES_VERSION=v1.36.3
SALLYPORT_HELM_VERSION=v3.22.0
SALLYPORT_KUBECONFORM_VERSION=v0.8.0
SALLYPORT_OAUTH2_PROXY_VERSION=v7.4.0
SALLYPORT_KEYCLOAK_VERSION=26.7.3
SALLYPORT_GO_MINIMUM=1.26
SALLYPORT_GO_PYPI_VERSION=1.26.6
SALLYPORT_NODE_MINIMUM=20
SALLYPORT_NODE_PYPI_VERSION=22.20.0
SALLYPORT_JAVA_MINIMUM=17

SALLYPORT_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SALLYPORT_CACHE_DIR=${SALLYPORT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sallyport}

# paths_key FILE...: a short name for the content of some files.
paths_key() { cat "$@" | sha256sum | cut -c 1-12; }

paths_go_version() { "$1" version 2>/dev/null | sed -nE 's/^go version go([0-9.]+).*/\1/p'; }

# sort -V would do, but a process per comparison adds up in a file that every script sources.
paths_find_go() {
    local go version major minor
    for go in "$(command -v go 2>/dev/null || true)" "$SALLYPORT_CACHE_DIR/go-$SALLYPORT_GO_PYPI_VERSION/bin/go"; do
        [ -x "$go" ] || continue
        version=$(paths_go_version "$go")
        IFS=. read -r major minor _ <<<"$version"
        if [ "${major:-0}" -gt "${SALLYPORT_GO_MINIMUM%.*}" ] ||
            { [ "${major:-0}" -eq "${SALLYPORT_GO_MINIMUM%.*}" ] && [ "${minor:-0}" -ge "${SALLYPORT_GO_MINIMUM#*.}" ]; }; then
            printf '%s' "$go"
            return
        fi
    done
}

# URL.parse came late to Node 20, and oidc-provider calls it: ask for the function, not only for the number.
paths_find_node() {
    local node
    for node in "$(command -v node 2>/dev/null || true)" "$SALLYPORT_CACHE_DIR/node-$SALLYPORT_NODE_PYPI_VERSION/bin/node"; do
        [ -x "$node" ] || continue
        [ -x "${node%/*}/npm" ] || command -v npm >/dev/null 2>&1 || continue
        if "$node" -e "process.exit(parseInt(process.versions.node) >= $SALLYPORT_NODE_MINIMUM && typeof URL.parse === 'function' ? 0 : 1)" 2>/dev/null; then
            printf '%s' "$node"
            return
        fi
    done
}

# The java that is first in PATH may be an old one. What a JVM's folder says of itself is read, since starting one takes long.
paths_find_java_home() {
    local java home version
    for java in "${JAVA_HOME:+$JAVA_HOME/bin/java}" "$(command -v java 2>/dev/null || true)" /usr/lib/jvm/*/bin/java; do
        [ -x "$java" ] || continue
        home=$(readlink -f "$java")
        home=${home%/bin/java}
        version=$(sed -nE 's/^JAVA_VERSION="([0-9]+).*/\1/p' "$home/release" 2>/dev/null || true)
        if [ "${version:-0}" -ge "$SALLYPORT_JAVA_MINIMUM" ]; then
            printf '%s' "$home"
            return
        fi
    done
}

paths_find_python() { [ -x /usr/bin/python3 ] && echo /usr/bin/python3 || command -v python3 || true; }

SALLYPORT_GO=$(paths_find_go)
SALLYPORT_NODE=$(paths_find_node)
SALLYPORT_PYTHON=$(paths_find_python)
sp_java_home=$(paths_find_java_home)
[ -z "$sp_java_home" ] || export JAVA_HOME="$sp_java_home"
SALLYPORT_CONTROL_PLANE=$SALLYPORT_CACHE_DIR/bin/controlplane-$SALLYPORT_KUBERNETES_VERSION-$(paths_key "$SALLYPORT_ROOT"/e2e/cluster/controlplane/go.{mod,sum})
SALLYPORT_TOOLS=$SALLYPORT_CACHE_DIR/bin/tools-$SALLYPORT_HELM_VERSION-$(paths_key "$SALLYPORT_ROOT"/e2e/cluster/tools/go.{mod,sum})
SALLYPORT_OAUTH2_PROXY=$SALLYPORT_CACHE_DIR/bin/oauth2-proxy-$SALLYPORT_OAUTH2_PROXY_VERSION-$(paths_key "$SALLYPORT_ROOT"/e2e/bench/traffic/oauth2_proxy/go.{mod,sum})
SALLYPORT_IDP_MODULES=$SALLYPORT_CACHE_DIR/oidc-provider/$(paths_key "$SALLYPORT_ROOT"/e2e/idp/oidc-provider/package{,-lock}.json)
SALLYPORT_DATABRICKS_SDK=$SALLYPORT_CACHE_DIR/databricks-sdk/$(paths_key "$SALLYPORT_ROOT"/e2e/simulators/databricks/requirements.txt)
SALLYPORT_KEYCLOAK=$SALLYPORT_CACHE_DIR/keycloak/$SALLYPORT_KEYCLOAK_VERSION
SALLYPORT_NGINX=$SALLYPORT_CACHE_DIR/nginx/usr/sbin/nginx

# The control plane and the tools go first: what is pinned here wins over what the machine happens to have.
# Go and Node go first only when they are our own; one from PATH is in PATH already.
paths_prepend() { case ":$PATH:" in *":$1:"*) ;; *) PATH=$1:$PATH ;; esac; }
case "$SALLYPORT_GO" in "$SALLYPORT_CACHE_DIR"/*) paths_prepend "${SALLYPORT_GO%/*}" ;; esac
case "$SALLYPORT_NODE" in "$SALLYPORT_CACHE_DIR"/*) paths_prepend "${SALLYPORT_NODE%/*}" ;; esac
paths_prepend "$SALLYPORT_TOOLS"
paths_prepend "$SALLYPORT_CONTROL_PLANE"

export SALLYPORT_KUBERNETES_VERSION SALLYPORT_HELM_VERSION SALLYPORT_KUBECONFORM_VERSION SALLYPORT_KEYCLOAK_VERSION SALLYPORT_OAUTH2_PROXY_VERSION
export PATH SALLYPORT_ROOT SALLYPORT_CACHE_DIR SALLYPORT_GO SALLYPORT_NODE SALLYPORT_PYTHON
export SALLYPORT_CONTROL_PLANE SALLYPORT_TOOLS SALLYPORT_OAUTH2_PROXY SALLYPORT_IDP_MODULES SALLYPORT_DATABRICKS_SDK SALLYPORT_KEYCLOAK SALLYPORT_NGINX
