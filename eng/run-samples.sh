#!/usr/bin/env bash
# bash eng/run-samples.sh
#
# Runs every sample to its end, as built in Release: those that connect to a network do so in memory. A line for each; exit code 1 when one fails, and for a
# sample that this script does not know.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
exec </dev/null

faults=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# run SAMPLE EXPECTED-CODE EXPECTED-TEXT ARGUMENTS...
run() {
    local name=$1
    check "$1" "$2" "$3" dotnet "samples/$name/bin/Release/net10.0/$name.dll" "${@:4}"
}

# check SAMPLE EXPECTED-CODE EXPECTED-TEXT COMMAND...
check() {
    local name=$1 expected=$2 text=$3 code start=$SECONDS
    shift 3
    timeout -k 5 120 "$@" >"$log" 2>&1
    code=$?
    if [ "$code" -eq "$expected" ] && grep -q -- "$text" "$log"; then
        printf 'ok      %-16s %3d s  %s\n' "$name" $((SECONDS - start)) "$(tail -n 1 "$log")"
    else
        printf 'FAILED  %-16s exit code %s, expected %s and a line with "%s":\n' "$name" "$code" "$expected" "$text"
        sed 's/^/    /' "$log"
        faults=$((faults + 1))
    fi
}

for project in samples/*/*.csproj; do
    name=$(basename "$project" .csproj)
    case $name in
        ManualManager) run "$name" 0 'ended:\|tried again\|is up' ;;
        QuickStart | Sandbox) run "$name" 0 'height [0-9]' sandbox ;;
        LightWallet) run "$name" 0 'announced by peers of two netgroups' sandbox ;;
        UsePeers) run "$name" 0 'announced the first block' sandbox ;;
        Crawler) run "$name" 0 '^[34][0-9][0-9] addresses: ' sandbox ;;
        NodeWithInbound) run "$name" 0 '^< ' sandbox ;;
        HostedNode) run "$name" 0 'bitcoin-peers: Healthy' --UntilFull=true ;;
        TrustedNode) run "$name" 0 '^block 101 ' sandbox ;;
        WalletPeers) run "$name" 0 '^12 peers and 10 blocks' sandbox ;;
        WatchedNode) check "$name" 0 '^healthy, ' bash eng/check-watched.sh "samples/$name/bin/Release/net10.0/$name.dll" ;;
        # Nothing listens at port 1: the sample must report that, and use no other way.
        TorOnly) run "$name" 1 "Tor can't be reached at 127.0.0.1:1" 127.0.0.1:1 ;;
        TestingYourNode) run "$name" 0 'failed: 0' --no-ansi --progress off ;;
        *)
            printf 'FAILED  %-16s is not known to eng/run-samples.sh: say there how to run it\n' "$name"
            faults=$((faults + 1))
            ;;
    esac
done
[ "$faults" -eq 0 ]
