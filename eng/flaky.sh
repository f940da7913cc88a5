#!/usr/bin/env bash
# bash eng/flaky.sh [PROJECT] [--runs N] [--load N] [-- ARGUMENT...]
#
# Finds unreliable tests: runs built test projects N times under the load of N busy loops, and lists each test that failed at least once, with its message and the
# seed that replays it. A run that crashes or hangs counts as a failed test, named after its project. Tests that passed after more than 100 s are named below their
# run. The last line is "N runs, N tests failed at least once". Exit code 0 when there was none, 1 when there was one, 2 for invalid arguments.
#
#   PROJECT       only the test project of this name, or those whose name contains this text; all of them when there is none
#   --runs N      the number of runs of each project; 20 by default
#   --load N      the number of busy loops; 4 by default, 0 for none
#   -- ARGUMENT   for the test programs, such as: -- --filter-class '*ReaperTests'
#
# Build first, in Release: dotnet build Connmgr.slnx -c Release
# Reports and output of the runs that failed stay in a folder of artifacts/flaky/, which is named at the end.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
exec </dev/null
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
. eng/test-reports.sh
. eng/test-servers.sh

runs=20 load=4 filter='' arguments=()
say() { printf '== %s\n' "$*"; }
fault() { printf 'FAILED: %s\n' "$*" >&2; }
help() { sed -n '/^# bash eng/,/^[^#]/ s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }
usage() {
    { printf 'flaky.sh: %s\n\n' "$1"; help; } >&2
    exit 2
}

# number OPTION TEXT LEAST: a whole number without surprises, such as leading zeros, which bash would take for octal.
number() {
    [[ $2 =~ ^(0|[1-9][0-9]{0,5})$ ]] && [ "$2" -ge "$3" ] || usage "$1 takes a number from $3 to 999999, not '$2'"
}

while [ $# -gt 0 ]; do
    case $1 in
        --runs | --load)
            [ $# -ge 2 ] || usage "$1 takes a number"
            if [ "$1" = --runs ]; then number "$1" "$2" 1 && runs=$2; else number "$1" "$2" 0 && load=$2; fi
            shift 2
            ;;
        --)
            shift
            arguments=("$@")
            break
            ;;
        -h | --help)
            help
            exit
            ;;
        -*) usage "there is no option $1" ;;
        '') usage "a project's name cannot be empty" ;;
        *)
            [ -z "$filter" ] || usage "one project only, not '$filter' and '$1'"
            filter=$1
            shift
            ;;
    esac
done

type -P dotnet >/dev/null || usage "there is no dotnet; install the .NET SDK that global.json names"
projects=() unbuilt=()
for file in tests/*/*.csproj; do
    name=$(basename "$file" .csproj)
    if [ -f "tests/$filter/$filter.csproj" ]; then
        [ "$name" = "$filter" ] || continue
    elif [[ $name != *"$filter"* ]]; then
        continue
    fi
    if [ -f "$(test_program "$name")" ]; then projects+=("$name"); else unbuilt+=("$name"); fi
done
[ $((${#projects[@]} + ${#unbuilt[@]})) -gt 0 ] || usage "no test project has '$filter' in its name"
[ ${#unbuilt[@]} -eq 0 ] || usage "not built in Release: ${unbuilt[*]}"

# A separate folder: several may run at the same time.
results=artifacts/flaky/$(date -u +%Y%m%d-%H%M%S)-$$
mkdir -p "$results" || exit 1
results=$PWD/$results
failures=$results/failures
: >"$failures"

# --- what is started here is ended here ---------------------------------------------------------------------------------------------

loops=() running='' interrupted=''

# A loop looks now and then whether this script still lives: it may be killed in a way that no trap sees.
busy() {
    local parent=$1 i
    trap - EXIT INT TERM HUP
    while kill -0 "$parent" 2>/dev/null; do
        for ((i = 0; i < 100000; i++)); do :; done
    done
}
end_loops() {
    [ ${#loops[@]} -eq 0 ] || { kill "${loops[@]}"; wait "${loops[@]}"; } 2>/dev/null
    loops=()
}
interrupt() {
    interrupted=yes # Stops the running project; earlier results are still listed.
    [ -z "$running" ] || kill "$running" 2>/dev/null
}
trap 'end_loops; rm -f "$failures"; rmdir "$results" 2>/dev/null' EXIT
trap interrupt INT TERM HUP

prepare_servers "${projects[@]}"
for ((i = 0; i < load; i++)); do
    busy $$ &
    loops+=($!)
done

# --- the runs -----------------------------------------------------------------------------------------------------------------------

# note RUN PROJECT: adds lines "NAME TAB MESSAGE" to the list of failures.
note() { awk -v run="$1" -v project="$2" '{ print project "\t" run "\t" $0 }' >>"$failures"; }

# last_words LOG: what the output of a run that left no report says of its end, in one line for the list of failures.
last_words() {
    grep -v '^[[:space:]]*$' "$1" | awk '
        /Long Running Test/ { long[++longs] = $0 }
        /Unhandled exception|Fatal error|Stack overflow|Out of memory|Process terminated/ && !crash { crash = NR }
        { lines[NR] = $0 }
        END {
            from = crash ? crash : (NR > 8 ? NR - 7 : 1)
            for (i = longs > 4 ? longs - 3 : 1; i <= longs; i++) printf "\036%s", long[i]
            for (i = from; i <= NR && i < from + 8; i++) printf "\036%s", lines[i]
        }' | tr '\t' ' '
}

# run_once RUN PROJECT
run_once() {
    local run=$1 name=$2 code bad total start=$SECONDS
    local base=$results/$name-$run
    test_command "$name" "$base.xml" $((10 + 5 * load)) "${arguments[@]+"${arguments[@]}"}"
    "${command[@]}" >"$base.log" 2>&1 &
    running=$!
    # A trap ends the wait before the program has ended. The shell's own word on how a program died is in the list instead.
    { wait "$running"; code=$?; while kill -0 "$running"; do wait "$running"; done; } 2>/dev/null
    running=''
    [ -z "$interrupted" ] || return

    total=$(count "$base.xml" total)
    if [ -z "$total" ]; then
        printf '(the run itself)\tIt left no report, %s.%s\n' "$(exit_reason "$code")" "$(last_words "$base.log")" | note "$run" "$name"
        bad=1
    else
        failed_tests "$base.xml" | note "$run" "$name"
        bad=$(failed_tests "$base.xml" | wc -l)
        # 2 says that tests failed, which the report says too. Whatever else is about the run: it crashed, hung, or had nothing to do.
        if [ "$total" -eq 0 ] || { [ "$code" -ne 0 ] && { [ "$code" -ne 2 ] || [ "$bad" -eq 0 ]; }; }; then
            printf '(the run itself)\t%s tests ran, %s of them failed, %s.%s\n' "$total" "$bad" "$(exit_reason "$code")" "$(last_words "$base.log")" |
                note "$run" "$name"
            bad=$((bad + 1))
        fi
    fi

    printf 'run %s of %s: %s, %s s, %s\n' "$run" "$runs" "$name" $((SECONDS - start)) "$([ "$bad" -eq 0 ] && echo "$total passed or skipped" || echo "$bad failed")"
    # A wait for something that was missed may end by another that comes minutes later.
    [ -z "$total" ] || slow_tests "$base.xml" 100 | sed 's/^/    slow: /'
    [ "$bad" -gt 0 ] || rm -f "$base.xml" "$base.log"
}

say "$runs runs of ${projects[*]}, with $load busy loops"
done_runs=0
for ((run = 1; run <= runs; run++)); do
    for name in "${projects[@]}"; do
        [ -n "$interrupted" ] || run_once "$run" "$name"
    done
    [ -z "$interrupted" ] || break
    done_runs=$run
done
end_loops

# --- the list -----------------------------------------------------------------------------------------------------------------------

sort -t "$(printf '\t')" -k 1,1 -k 3,3 -k 2,2n "$failures" | awk -F '\t' -v runs="$done_runs" -v results="${results#"$PWD"/}" '
    # seed MESSAGE: the variable that replays the failure, as CsCheck and the property tests of the manager name it.
    function seed(message) {
        if (match(message, /(CsCheck_Seed|CONNMGR_[A-Z_]*SEED)=[0-9A-Za-z_-]+/)) return substr(message, RSTART, RLENGTH)
        if (match(message, /[Ss]eed:? "?[0-9A-Za-z_-]+/)) return substr(message, RSTART, RLENGTH)
        return ""
    }
    function flush_test(   lines, n, i) {
        if (key == "") return
        printf "\nfailed %d of %d: %s: %s\n", times, runs, project, name
        for (i = 1; i <= messages; i++) {
            printf "    run %s:\n", first[i]
            n = split(text[i], lines, "\036")
            for (j = 1; j <= n && j <= 20; j++) printf "        %s\n", lines[j]
            if (n > 20) printf "        ... (%d lines more)\n", n - 20
            if (seed(text[i]) != "") printf "        seed: %s\n", seed(text[i])
            printf "        see %s/%s-%s.xml and .log\n", results, project, first[i]
        }
    }
    {
        if ($1 "\t" $3 != key) { flush_test(); key = $1 "\t" $3; project = $1; name = $3; times = 0; messages = 0; last = ""; split("", known) }
        if ($2 != last) { times++; last = $2 }
        if (!($4 in known)) { known[$4]; if (messages < 3) { messages++; first[messages] = $2; text[messages] = $4 } }
    }
    END { flush_test() }'

tests=$(cut -f 1,3 "$failures" | sort -u | wc -l)
[ -z "$interrupted" ] || printf '\ninterrupted: the run that was going on is not counted\n'
printf '\n%s runs, %s tests failed at least once\n' "$done_runs" "$((tests))"
[ "$tests" -eq 0 ] || exit 1
[ -z "$interrupted" ] || exit 130
