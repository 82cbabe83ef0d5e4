# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Start a process in the background and end it again: only ever one that was started here.
# A pid file holds "PID START-TICKS"; a pid that was given to another process since then has other ticks.

sp_process_ticks() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    # The second field is the name in parentheses and may hold spaces: cut after the last ')'.
    stat=${stat##*) }
    # shellcheck disable=SC2086
    set -- $stat
    [ "$1" != Z ] || return 1
    printf '%s' "${20}"
}

# process_pid PIDFILE: prints the pid when that very process still runs, else fails.
process_pid() {
    local pid ticks
    [ -r "$1" ] || return 1
    read -r pid ticks <"$1" || return 1
    [ -n "$pid" ] && [ "$(sp_process_ticks "$pid")" = "$ticks" ] || return 1
    printf '%s' "$pid"
}

# process_start PIDFILE LOGFILE COMMAND...: in a session of its own, so that Ctrl-C at the terminal does not reach it.
process_start() {
    local pidfile=$1 log=$2 pid ticks
    shift 2
    if pid=$(process_pid "$pidfile"); then
        say "$(basename "$pidfile" .pid) already runs (pid $pid)"
        return 0
    fi
    setsid "$@" </dev/null >>"$log" 2>&1 9>&- &
    pid=$!
    ticks=$(sp_process_ticks "$pid") || ticks=gone
    printf '%s %s\n' "$pid" "$ticks" >"$pidfile"
    disown "$pid" 2>/dev/null || true
}

# process_stop PIDFILE [SECONDS]: TERM, then KILL after SECONDS. The process is a session leader: its children go with it.
process_stop() {
    local pidfile=$1 seconds=${2:-10} pid deadline
    if ! pid=$(process_pid "$pidfile"); then
        rm -f "$pidfile"
        return 0
    fi
    kill -TERM "$pid" 2>/dev/null || true
    deadline=$((SECONDS + seconds))
    while process_pid "$pidfile" >/dev/null; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            warn "$(basename "$pidfile" .pid) (pid $pid) did not end in ${seconds}s: killing it"
            kill -KILL -- "-$pid" 2>/dev/null || kill -KILL "$pid" 2>/dev/null || true
            sleep 0.2
            break
        fi
        sleep 0.05
    done
    rm -f "$pidfile"
}

# process_kill PIDFILE: without a goodbye, as a power cut would.
process_kill() {
    local pid
    if pid=$(process_pid "$1"); then
        kill -KILL -- "-$pid" 2>/dev/null || kill -KILL "$pid" 2>/dev/null || true
        while process_pid "$1" >/dev/null; do sleep 0.02; done
    fi
    rm -f "$1"
}
