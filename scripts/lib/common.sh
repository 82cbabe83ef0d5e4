# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Small functions every script uses. Source it; it changes nothing by itself.

# Why a progress line has seconds: a build of minutes must not look like a hang.
sp_started_at=${EPOCHREALTIME/[.,]/}

sp_elapsed() {
    local now=${EPOCHREALTIME/[.,]/}
    local ms=$(((now - sp_started_at) / 1000))
    printf '%d.%d' $((ms / 1000)) $((ms % 1000 / 100))
}

say() { printf '[%6ss] %s\n' "$(sp_elapsed)" "$*" >&2; }

warn() { printf '[%6ss] warning: %s\n' "$(sp_elapsed)" "$*" >&2; }

# die MESSAGE [NEXT STEP]
die() {
    printf 'error: %s\n' "$1" >&2
    [ $# -lt 2 ] || printf '  next: %s\n' "$2" >&2
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# version_at_least HAVE WANT
version_at_least() {
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# with_lock NAME COMMAND...: two runs at the same time must not build the same thing twice.
with_lock() {
    local name=$1
    shift
    mkdir -p "$SALLYPORT_CACHE_DIR/locks"
    (
        exec 9>"$SALLYPORT_CACHE_DIR/locks/$name"
        if ! flock -n 9; then
            say "another run is busy with $name: waiting for it"
            flock 9
        fi
        "$@" 9>&-
    )
}

# random_hex BYTES
random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# free_ports COUNT: prints ports that nothing listens on, below the range the kernel hands to outgoing connections.
free_ports() {
    python3 - "$1" <<'PY'
import random, socket, sys
held, wanted = [], int(sys.argv[1])
for port in random.sample(range(20000, 32000), 2000):
    s = socket.socket()
    try:
        s.bind(("127.0.0.1", port))
    except OSError:
        s.close()
        continue
    held.append(s)
    if len(held) == wanted:
        break
print(" ".join(str(s.getsockname()[1]) for s in held))
PY
}
