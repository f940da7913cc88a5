#!/usr/bin/env bash
# bash eng/bench-compare.sh BASE [SCENARIO...] [--rounds N] [--head COMMIT]
#
# Measures what a change costs or gains: builds benchmarks/Connmgr.Scenarios of two commits in temporary worktrees, BASE and HEAD (or COMMIT), and runs the scenarios by
# turns, N rounds (7), so that a slow minute of the machine hits both. SCENARIO is a pattern as in --only of the scenario runner; fill_a by default. For each figure
# it prints the medians of both, and the median and the range of the ratios HEAD / BASE of the single rounds. A range on both sides of 1 shows no difference.
#
# Changes that are not committed are not measured. Exit code 1 when a build or a scenario fails, 2 for a usage error.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
exec </dev/null
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1 LC_ALL=C

usage() { echo "usage: bash eng/bench-compare.sh BASE [SCENARIO...] [--rounds N] [--head COMMIT]" >&2; exit 2; }
base='' head=HEAD rounds=7 scenarios=()
while [ $# -gt 0 ]; do
    case $1 in
        --rounds) [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || usage; rounds=$2; shift ;;
        --head) [ $# -ge 2 ] || usage; head=$2; shift ;;
        -*) usage ;;
        *) if [ -z "$base" ]; then base=$1; else scenarios+=("$1"); fi ;;
    esac
    shift
done
[ -n "$base" ] || usage
[ ${#scenarios[@]} -gt 0 ] || scenarios=(fill_a)
for commit in "$base" "$head"; do
    git rev-parse --verify --quiet "$commit^{commit}" >/dev/null || { echo "'$commit' is no commit of this repository." >&2; exit 2; }
done

folder=$(mktemp -d)
trap 'for side in base head; do git worktree remove --force "$folder/$side" 2>/dev/null; done; rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM HUP

# build SIDE COMMIT
build() {
    git worktree add --quiet --detach "$folder/$1" "$2" || exit 1
    printf '# %s: %s\n' "$1" "$(git log -1 --format='%h %s' "$2")" >&2
    dotnet build "$folder/$1/benchmarks/Connmgr.Scenarios" -c Release -p:RunAnalyzers=false -nologo -tl:off -v q -clp:NoSummary >&2 || exit 1
}
build base "$base"
build head "$head"

# measure ROUND SIDE: "ROUND SIDE NAME VALUE UNIT", a line for each figure.
measure() {
    dotnet "$folder/$2/benchmarks/Connmgr.Scenarios/bin/Release/net10.0/Connmgr.Scenarios.dll" --only "$(IFS=,; echo "${scenarios[*]}")" --runs 1 2>"$folder/remarks" \
        | awk -v round="$1" -v side="$2" '{ print round, side, $1, $2, $3 }' >>"$folder/figures" || { cat "$folder/remarks" >&2; exit 1; }
}
for ((round = 1; round <= rounds; round++)); do
    printf '# round %d of %d\n' "$round" "$rounds" >&2
    # Who is second finds warmer caches: each is second in half of the rounds.
    if ((round % 2)); then measure "$round" base; measure "$round" head; else measure "$round" head; measure "$round" base; fi
done

awk '
    function sort(values, count,   i, j, value) {
        for (i = 2; i <= count; i++) {
            value = values[i]
            for (j = i - 1; j > 0 && values[j] > value; j--) values[j + 1] = values[j]
            values[j + 1] = value
        }
    }
    function median(values, count) { return count % 2 ? values[(count + 1) / 2] : (values[count / 2] + values[count / 2 + 1]) / 2 }
    { if (!($3 in unit)) names[++total] = $3; unit[$3] = $5; value[$3, $2, $1] = $4; if ($1 > rounds) rounds = $1 }
    END {
        printf "%-34s %14s %14s %-10s %8s  %s\n", "figure", "base", "head", "unit", "ratio", "range of the ratios"
        for (i = 1; i <= total; i++) {
            name = names[i]; count = 0; without = 0
            for (round = 1; round <= rounds; round++) {
                if (!((name, "base", round) in value) || !((name, "head", round) in value)) continue
                before[++count] = value[name, "base", round] + 0; after[count] = value[name, "head", round] + 0
                if (before[count] == 0) without = 1; else ratio[count] = after[count] / before[count]
            }
            if (!count) { printf "%-34s only one of the commits has it\n", name; continue }
            sort(before, count); sort(after, count)
            printf "%-34s %14.6g %14.6g %-10s ", name, median(before, count), median(after, count), unit[name]
            if (without) { printf "%8s  the base has a 0\n", "-"; continue }
            sort(ratio, count)
            printf "%8.3f  %.3f to %.3f, %d rounds\n", median(ratio, count), ratio[1], ratio[count], count
        }
        exit !total
    }' "$folder/figures"
