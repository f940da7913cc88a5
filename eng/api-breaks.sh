#!/usr/bin/env bash
# bash eng/api-breaks.sh BASE
#
# Lists what breaks the public API of the libraries since the commit BASE: packs BASE as a release of its own version, and packs what is here with that as the baseline
# of package validation, as a release does (CONTRIBUTING.md, "Releases"). Exit code 1 when something breaks.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
exec </dev/null
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1
[ $# -eq 1 ] || { echo "usage: bash eng/api-breaks.sh BASE" >&2; exit 2; }
base=$(git rev-parse --verify --quiet "$1^{commit}") || { echo "'$1' is no commit of this repository." >&2; exit 2; }

folder=$(mktemp -d)
trap 'git worktree remove --force "$folder/base" 2>/dev/null; rm -rf "$folder"' EXIT
git worktree add --quiet --detach "$folder/base" "$base" || exit 1
version=0.0.0-base.g$(git rev-parse --short=12 "$base") # No other package has it, so none of the cache is taken for it.

# pack ROOT NAME ARGUMENT...
pack() { dotnet pack "$1/src/$2" -c Release -p:RunAnalyzers=false -nologo -tl:off -v q -clp:NoSummary "${@:3}"; }

names=()
for file in src/*/PublicAPI.Shipped.txt; do
    name=$(basename "$(dirname "$file")")
    [ -f "$folder/base/$file" ] || { printf 'new     %s\n' "$name"; continue; }
    if ! log=$(pack "$folder/base" "$name" -o "$folder/packages" -p:Version="$version" 2>&1); then
        printf 'FAILED  %s of %s is not packed:\n%s\n' "$name" "$1" "$log"
        exit 1
    fi
    names+=("$name")
done

faults=0
for name in "${names[@]}"; do
    if log=$(pack . "$name" -o "$folder/new" --artifacts-path "$folder/artifacts" \
        -p:PackageValidationBaselineVersion="$version" -p:RestoreAdditionalProjectSources="$folder/packages" 2>&1); then
        printf 'ok      %s\n' "$name"
    else
        printf 'FAILED  %s\n' "$name"
        grep -oE 'error (CP|PKV|NU|NETSDK|CS)[0-9]+: .*' <<<"$log" | sed 's/^error /    /; s/ \[[^]]*\]$//' | sort -u
        faults=$((faults + 1))
    fi
done
[ "$faults" -eq 0 ]
