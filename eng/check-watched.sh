#!/usr/bin/env bash
# bash eng/check-watched.sh PROGRAM.dll
#
# Runs the sample WatchedNode, or what was made of its code, on a free port of loopback until /healthz says that it is healthy, looks into /metrics, and ends it by
# SIGTERM. Prints a line of what it saw; exit code 1, with the program's output, when something is not as it should be.
set -uo pipefail
log=$(mktemp)
ASPNETCORE_URLS=http://127.0.0.1:0 dotnet "$1" >"$log" 2>&1 </dev/null &
program=$!
trap '[ -z "$program" ] || kill -KILL "$program" 2>/dev/null; rm -f "$log"' EXIT

# fetch PATH: the answer of the program, status line and all.
fetch() {
    exec 3<>"/dev/tcp/127.0.0.1/$port" || return 1
    printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$1" >&3
    cat <&3
    exec 3>&-
}

fail() {
    echo "$1"
    cat "$log"
    exit 1
}

port='' health='' metrics='' established=0
for ((tries = 0; tries < 600; tries++)); do
    kill -0 "$program" 2>/dev/null || fail "it has ended by itself"
    port=$(sed -nE 's/.*listening on: http:\/\/127\.0\.0\.1:([0-9]+).*/\1/p' "$log")
    [ -z "$port" ] || health=$(fetch /healthz 2>/dev/null)
    if [[ $health == *Healthy ]]; then
        metrics=$(fetch /metrics) || fail "/metrics can't be read"
        established=$(awk '/^connmgr_connections\{.*direction="outbound".*state="established"/ { sum += $2 } END { print sum + 0 }' <<<"$metrics")
        # Of the sandbox's peers some leave by themselves, one perhaps since it was asked how it is.
        [ "$established" -lt 8 ] || break
    fi
    sleep 0.1
done
[[ $health == *Healthy ]] || fail "/healthz did not become healthy within 60 s: $health"
[ "$established" -ge 8 ] || fail "/metrics shows $established outbound connections: $metrics"

kill -TERM "$program"
wait "$program"
code=$?
program=''
[ "$code" -eq 0 ] || fail "it ended with exit code $code"
echo "healthy, $established outbound connections in $(grep -c '^connmgr_' <<<"$metrics") lines of metrics"
