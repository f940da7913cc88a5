#!/usr/bin/env bash
# benchmarks/fill-against-bitcoind.sh [--dead "0 50 90 99"] [--runs N] [--limit SECONDS] [--without-bitcoind]
#
# How long real bitcoind and Connmgr take to 8 handshaken outbound peers, when a share of the 1,000 addresses they know is dead. In a network namespace with nothing
# but lo in it, where every IPv4 address is local: a stub peer answers at all of them, nftables drops what is sent to the dead ones. Both are given the same addresses and their
# default options, one after the other in the same run: bitcoind by addpeeraddress, `connmgr run` by --fixed-peers. Lines like those of Connmgr.Scenarios, and a comment for each run with the steps.
#
#   netns_fill_8_deadN_bitcoind, _connmgr   seconds from networkactive (or the start of the network) to 8 outbound peers with a complete handshake
#   ..._dials    TCP connections begun until then (distinct source ports), from nftables
#   ..._wasted   those that gave no peer
#   ..._syns     SYN packets, repetitions included
#
# A run that is not full within the limit (default 600 s) is reported as the limit, and its lines end with not-full. Needs root, iproute2, nftables, the .NET SDK, and bitcoind in .servers/ (./test installs
# it). All it starts and makes, it ends and removes, also when it fails or is interrupted; when it is killed, a child that outlives it does, and the next start looks again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 LC_ALL=C

dead_shares="0 50 90 99" runs=1 limit=600 with_bitcoind=true
while [ $# -gt 0 ]; do
    case $1 in
        --dead) dead_shares=$2; shift 2 ;;
        --runs) runs=$2; shift 2 ;;
        --limit) limit=$2; shift 2 ;;
        --without-bitcoind) with_bitcoind=false; shift ;;
        *) sed -n '2p' "${BASH_SOURCE[0]}" | sed 's/^# /usage: /' >&2; exit 2 ;;
    esac
done

fail() { echo "fill-against-bitcoind: $*" >&2; exit 1; }
[ "$(id -u)" -eq 0 ] || fail "needs root, for a network namespace"
for program in ip nft; do command -v $program >/dev/null || fail "there is no '$program'; install iproute2 and nftables"; done
bitcoin=.servers/bitcoind/bin
! $with_bitcoind || [ -x $bitcoin/bitcoind ] || fail "there is no $bitcoin/bitcoind; ./test installs it, or give --without-bitcoind"

for project in benchmarks/Connmgr.Scenarios src/Connmgr.Tool; do dotnet build $project -c Release -nologo -tl:off -v q >&2; done
scenarios=benchmarks/Connmgr.Scenarios/bin/Release/net10.0/Connmgr.Scenarios
connmgr=src/Connmgr.Tool/bin/Release/net10.0/Connmgr.Tool

addresses=1000 target=8 port=18444
prefix=connmgr-fill
namespace=$prefix-$$
folder=$(mktemp -d -t "$namespace.XXXXXX")
node='' stubs_in='' lifeline=''

# Ends a process that this script started: asks, waits, then forces it.
end_process() {
    kill "$1" 2>/dev/null || return 0
    for _ in $(seq 100); do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL "$1" 2>/dev/null || true
}

# remove NAMESPACE: with all that runs in it, which is ours, and its folder.
remove() {
    for process in $(ip netns pids "$1" 2>/dev/null); do end_process "$process"; done
    ip netns delete "$1" 2>/dev/null || true
    rm -rf "${TMPDIR:-/tmp}/$1".*
}

# What runs left that were killed, and their watchers too. A namespace has its run's process id in its name.
remove_leftovers() {
    local left run
    for left in $(ip netns list | sed -nE "s/^($prefix-[0-9]+)( .*)?$/\1/p"); do
        run=${left##*-}
        ! grep -qsa fill-against-bitcoind "/proc/$run/cmdline" || continue # It lives.
        echo "removing what run $run left: $left" >&2
        remove "$left"
    done
}

# A child that waits for the end of this process, whatever ends it: then the pipe between them breaks.
watch_over() {
    mkfifo "$folder/lifeline"
    (
        trap '' INT TERM HUP
        read -r _ <"$folder/lifeline" || true
        remove "$namespace"
    ) </dev/null >/dev/null 2>&1 &
    exec {lifeline}>"$folder/lifeline" # All that lives long closes it.
}

clean_up() {
    trap - EXIT INT TERM
    [ -z "$node" ] || end_process "$node"
    [ -z "$stubs_in" ] || exec {stubs_in}>&- # The stubs end with their input.
    [ -z "${stubs:-}" ] || end_process "$stubs"
    remove "$namespace"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

inside() { ip netns exec "$namespace" "$@"; }

# address N: a routable address, alone in its /16.
address() { echo "$((20 + $1 / 256)).$(($1 % 256)).1.1"; }

make_namespace() {
    ip netns add "$namespace"
    ip -n "$namespace" link set lo up
    ip -n "$namespace" address add 127.0.0.2/32 dev lo
    ip -n "$namespace" route add local 0.0.0.0/0 dev lo
    # A dial is a source port: so repeated SYN packets differ from further dials.
    inside nft -f - <<EOF
table ip fill {
    set dead { type ipv4_addr; }
    set dialled { type inet_service . ipv4_addr; flags dynamic; size 65535; }
    counter syns {}
    counter dials {}
    chain out {
        type filter hook output priority 0;
        tcp dport $port tcp flags & (syn | ack) == syn counter name syns
        tcp dport $port tcp flags & (syn | ack) == syn tcp sport . ip daddr != @dialled counter name dials
        tcp dport $port tcp flags & (syn | ack) == syn add @dialled { tcp sport . ip daddr }
    }
    chain in {
        type filter hook input priority 0;
        ip daddr @dead tcp dport $port drop
    }
}
EOF
}

start_stubs() {
    mkfifo "$folder/stubs-in"
    # Not by the function above: that would run in a subshell, and this must be the process id of the program.
    ip netns exec "$namespace" "$scenarios" --role bitcoin-stubs $port <"$folder/stubs-in" >"$folder/stubs-out" {lifeline}>&- &
    stubs=$!
    exec {stubs_in}>"$folder/stubs-in"
    for _ in $(seq 100); do
        ! grep -q listening "$folder/stubs-out" || return 0
        sleep 0.1
    done
    fail "the stub peers did not start"
}

# choose_dead PERCENT SEED: which of the addresses are dead. The living are spread by the seed.
choose_dead() {
    inside nft flush set ip fill dead
    local count=$((addresses * $1 / 100)) list
    [ "$count" -gt 0 ] || return 0
    list=$(shuf -i 0-$((addresses - 1)) -n "$count" --random-source=<(yes "seed $2") | while read -r n; do address "$n"; done | paste -sd,)
    inside nft add element ip fill dead "{ $list }"
}

reset_counters() {
    inside nft reset counters table ip fill >/dev/null
    inside nft flush set ip fill dialled
}

# counter NAME: its packets.
counter() { inside nft list counter ip fill "$1" | sed -n 's/.*packets \([0-9]*\).*/\1/p'; }

# report NAME SECONDS PEERS
report() {
    local dials syns
    [ "$3" -ge $target ] || echo "$1" >>"$folder/not-full"
    dials=$(counter dials) syns=$(counter syns)
    echo "$1 $2" >>"$folder/figures"
    echo "$1_dials $dials" >>"$folder/figures"
    echo "$1_wasted $((dials - $3))" >>"$folder/figures"
    echo "$1_syns $syns" >>"$folder/figures"
}

now() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.2f", b - a }'; }

# count TEXT: how often it is in the input.
count() { grep -oF "$1" | wc -l || true; }

# post FILE: sends JSON-RPC calls to bitcoind, and prints its answers. By bash alone: a thousand calls of bitcoin-cli take half a minute.
post() {
    # shellcheck disable=SC2016 # Expanded inside.
    inside bash -c '
        exec 3<>/dev/tcp/127.0.0.2/18443 || exit
        printf "POST / HTTP/1.1\r\nHost: 127.0.0.2\r\nAuthorization: Basic %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" "$1" "$(stat -c %s "$2")" >&3
        cat "$2" >&3
        cat <&3' post "$(printf u:p | base64)" "$1" 2>/dev/null
}

# call METHOD PARAMETERS
call() {
    echo "{\"id\":1,\"method\":\"$1\",\"params\":[$2]}" >"$folder/call"
    post "$folder/call"
}

run_bitcoind() {
    local name=$1 seed=$2 known outbound before=0 started took peers steps=''
    rm -rf "$folder/node"
    mkdir "$folder/node"
    ip netns exec "$namespace" "$bitcoin/bitcoind" -regtest -datadir="$folder/node" -networkactive=0 -listen=0 -dnsseed=0 -fixedseeds=0 -discover=0 \
        -natpmp=0 -listenonion=0 -v2transport=0 -softwareexpiry=0 -rpcbind=127.0.0.2 -rpcallowip=127.0.0.0/8 -rpcport=18443 -rpcuser=u -rpcpassword=p \
        -dbcache=4 -maxmempool=5 -printtoconsole=0 >/dev/null 2>&1 {lifeline}>&- {stubs_in}>&- &
    node=$!
    for _ in $(seq 300); do
        ! call getnetworkinfo '' | grep -q '"networkactive":false' || break
        kill -0 "$node" 2>/dev/null || fail "bitcoind ended before it answered"
        sleep 0.1
    done
    for n in $(shuf -i 0-$((addresses - 1)) --random-source=<(yes "order $seed")); do
        echo "{\"id\":$n,\"method\":\"addpeeraddress\",\"params\":[\"$(address "$n")\",$port,false]}"
    done | paste -sd, | sed 's/.*/[&]/' >"$folder/batch"
    known=$(post "$folder/batch" | count '"success":true')
    [ "$known" -gt $((addresses * 9 / 10)) ] || fail "bitcoind took only $known of $addresses addresses"
    reset_counters
    started=$(now)
    call setnetworkactive true >/dev/null
    while :; do
        # Only peers whose version is known have completed the handshake.
        peers=$(call getpeerinfo '')
        outbound=$(($(count '"inbound":false' <<<"$peers") - $(count '"version":0,' <<<"$peers")))
        took=$(since "$started")
        if [ "$outbound" -gt "$before" ]; then steps="$steps $outbound:$took"; before=$outbound; fi
        [ "$outbound" -lt $target ] || break
        if awk -v t="$took" -v l="$limit" 'BEGIN { exit !(t >= l) }'; then steps="$steps limit"; break; fi
        sleep 0.05
    done
    report "$name" "$took" "$before"
    echo "# $name: $known addresses known; peers:seconds$steps"
    end_process "$node"
    wait "$node" 2>/dev/null || true
    node=''
}

run_connmgr() {
    local name=$1 seed=$2 steps took
    for n in $(shuf -i 0-$((addresses - 1)) --random-source=<(yes "order $seed")); do echo "$(address "$n"):$port"; done >"$folder/addresses"
    reset_counters
    inside "$connmgr" run --network regtest --target $target --fixed-peers "$folder/addresses" --until-full --timeout "$limit" --json \
        </dev/null >"$folder/fill" 2>"$folder/errors" {lifeline}>&- {stubs_in}>&- || true
    grep -q '"event":"started"' "$folder/fill" || fail "connmgr run did not start: $(cat "$folder/errors")"
    # Times as seconds of the day are enough: a run that crosses midnight must be repeated.
    steps=$(awk -F'"' '
        function seconds(time) { return substr(time, 12, 2) * 3600 + substr(time, 15, 2) * 60 + substr(time, 18, 6) }
        $4 == "started" { started = seconds($8) }
        $4 == "connected" && /"kind":"automatic"/ { printf " %d:%.2f", ++peers, seconds($8) - started }
        $4 == "full" { full = 1 }
        END { if (!full) printf " limit" }' "$folder/fill")
    took=$(sed -nE 's/.*"event":"full".*"seconds":([0-9.]+).*/\1/p' "$folder/fill")
    report "$name" "${took:-$limit}" "$(grep -c '"event":"connected".*"kind":"automatic"' "$folder/fill" || true)"
    echo "# $name: $addresses addresses known; peers:seconds$steps"
    [ -n "$took" ] || sed 's/^/# error: /' "$folder/errors"
}

# Prints name median unit min max n for each figure.
print_figures() {
    local name note
    touch "$folder/not-full"
    cut -d' ' -f1 "$folder/figures" | awk '!seen[$0]++' | while read -r name; do
        note=''
        ! grep -qxF "$(sed -E 's/_(dials|wasted|syns)$//' <<<"$name")" "$folder/not-full" || note=' not-full'
        awk -v name="$name" '$1 == name { print $2 }' "$folder/figures" | sort -g | awk -v name="$name" -v note="$note" '
            { value[NR] = $1 }
            END {
                unit = name ~ /_(dials|wasted)$/ ? "dials" : name ~ /_syns$/ ? "packets" : "s"
                median = NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2
                printf "%s %.4g %s min=%.4g max=%.4g n=%d%s\n", name, median, unit, value[1], value[NR], NR, note
            }'
    done
}

remove_leftovers
watch_over
make_namespace
start_stubs
for dead in $dead_shares; do
    for run in $(seq "$runs"); do
        choose_dead "$dead" "$run"
        ! $with_bitcoind || run_bitcoind "netns_fill_8_dead${dead}_bitcoind" "$run"
        run_connmgr "netns_fill_8_dead${dead}_connmgr" "$run"
    done
done
print_figures
