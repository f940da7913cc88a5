#!/usr/bin/env bash
# bash eng/nightly.sh [--STEP MINUTES]... [--only STEP] [--effort N]
#
# What is too long for each change: runs a few steps one after the other, each within its time, and prints a line for each, with the last line of its output. Exit code 0 when none failed, 1 when one
# did, 2 for invalid arguments.
#
#   --flaky MINUTES       eng/flaky.sh: all test projects again and again, next to busy loops; 120 by default
#   --properties MINUTES  the randomized tests with many times their usual cases; 90 by default
#   --fuzz MINUTES        eng/fuzz.sh: everything that reads untrusted bytes, guided by coverage; 180 by default
#   --only STEP           this step alone
#   --effort N            how many times as many cases; 20 by default
#
# 0 minutes leave a step out. What a step printed is in artifacts/nightly/STEP.log.
#
# To add a step: its name and minutes in "steps", and a function step_NAME, which gets its minutes. Its last line is shown, and its exit code counts.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
exec </dev/null
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1
. eng/test-reports.sh

steps=(flaky:120 properties:90 fuzz:180)
effort=20

# Those without servers, which have randomized tests.
random_projects=(Connmgr.Tests Connmgr.Bitcoin.Tests Connmgr.Tool.Tests Connmgr.NBitcoin.Tests Connmgr.Hosting.Tests Connmgr.Testing.Tests Connmgr.Scenarios.Tests Connmgr.Fuzz.Tests)

step_flaky() {
    # It ends when it is asked to, and lists what failed until then.
    timeout --preserve-status -k 120 "$1m" bash eng/flaky.sh --runs 999 --load 2
    local code=$?
    [ "$code" -eq 130 ] || return "$code"
}

step_properties() {
    local name end=$((SECONDS + $1 * 60)) left code bad own passed=0 failed=0
    for name in "${random_projects[@]}"; do
        left=$(((end - SECONDS) / 60))
        if [ "$left" -lt 1 ]; then
            echo "$name: no time is left"
            failed=$((failed + 1))
            continue
        fi

        test_command "$name" "$results/$name.xml" "$left"
        CONNMGR_TEST_EFFORT=$effort CsCheck_Iter=$((100 * effort)) "${command[@]}"
        code=$?
        bad=$(failed_tests "$results/$name.xml" 2>/dev/null | wc -l)
        [ "$code" -eq 0 ] || { echo "$name: $(exit_reason "$code")"; [ "$bad" -gt 0 ] || bad=1; }
        own=$(count "$results/$name.xml" passed)
        passed=$((passed + ${own:-0}))
        failed=$((failed + bad))
    done
    echo "$passed passed, $failed failed, with $effort times the cases"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

step_fuzz() {
    local targets each
    targets=$(find tests/fuzz/corpus -mindepth 1 -maxdepth 1 -type d | wc -l)
    each=$((($1 * 60 / targets - 10) / 2)) # Two engines, which take a few seconds to start.
    timeout -k 60 "$(($1 + 5))m" bash eng/fuzz.sh --seconds "$((each > 1 ? each : 1))"
}

# --- what is asked for ------------------------------------------------------------------------------------------------------------

usage() {
    { printf 'nightly.sh: %s\n\n' "$1"; sed -n '/^# bash eng/,/^[^#]/ s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; } >&2
    exit 2
}

declare -A minutes
names=()
for step in "${steps[@]}"; do
    names+=("${step%:*}")
    minutes[${step%:*}]=${step#*:}
done
while [ $# -gt 0 ]; do
    option=${1#--}
    case $1 in
        --only)
            [ -n "${2:-}" ] && [ -n "${minutes[$2]:-}" ] || usage "--only takes one of: ${names[*]}"
            names=("$2")
            ;;
        --effort)
            [[ ${2:-} =~ ^[1-9][0-9]{0,2}$ ]] || usage "--effort takes a number from 1 to 999"
            effort=$2
            ;;
        --?*)
            [ -n "${minutes[$option]:-}" ] || usage "there is no option $1"
            [[ ${2:-} =~ ^(0|[1-9][0-9]{0,3})$ ]] || usage "$1 takes minutes, from 0 to 9999"
            minutes[$option]=$2
            ;;
        *) usage "there is no argument '$1'" ;;
    esac
    shift 2
done

# --- the steps --------------------------------------------------------------------------------------------------------------------

results=$PWD/artifacts/nightly
rm -rf "$results"
mkdir -p "$results"
ran=0 failed=0

# report NAME CODE SECONDS: the line of a step.
report() {
    local verdict=ok
    [ "$2" -eq 0 ] || { verdict=FAILED; failed=$((failed + 1)); }
    printf '%-12s %-6s %5d s  %s\n' "$1" "$verdict" "$3" "$(grep -v '^[[:space:]]*$' "$results/$1.log" | tail -n 1 | cut -c 1-200)"
}

begun=$SECONDS
dotnet build Connmgr.slnx -c Release -nologo -tl:off -v q -clp:NoSummary -warnaserror >"$results/build.log" 2>&1
code=$?
if [ "$code" -ne 0 ]; then
    report build "$code" $((SECONDS - begun))
    exit 1
fi

for name in "${names[@]}"; do
    [ "${minutes[$name]}" -gt 0 ] || continue
    begun=$SECONDS
    "step_$name" "${minutes[$name]}" >"$results/$name.log" 2>&1
    report "$name" $? $((SECONDS - begun))
    ran=$((ran + 1))
done
echo "$ran steps, $failed failed"
[ "$failed" -eq 0 ] && [ "$ran" -gt 0 ]
