#!/usr/bin/env bash
# bash eng/reproduce.sh
#
# Builds the libraries once more, from a clone of the commit at another place, and compares every byte with what was built here. What is here must have been built
# with CI=true from the commit as it is: with changes that are not committed there is nothing to compare, and it says so.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
exec </dev/null
export CI=true DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

if ! git rev-parse -q --verify HEAD >/dev/null 2>&1 || [ -n "$(git status --porcelain)" ]; then
    echo "skipped: reproducible build: this is no clean checkout of a commit"
    exit 0
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
git clone -q --no-tags . "$folder/elsewhere" || exit 1
# SourceLink writes where the source is published: the clone must say the same.
if origin=$(git remote get-url origin 2>/dev/null); then
    git -C "$folder/elsewhere" remote set-url origin "$origin"
else
    git -C "$folder/elsewhere" remote remove origin
fi

faults=0
for project in src/*/*.csproj; do
    name=$(basename "$project" .csproj)
    [ "$name" != Connmgr.Tool ] || continue
    # Analyzers have no say in what the compiler writes.
    if ! log=$(dotnet build "$folder/elsewhere/$project" -c Release -p:RunAnalyzers=false -nologo -tl:off -v q -clp:NoSummary); then
        printf 'FAILED  %s does not build at another place:\n%s\n' "$name" "$log"
        exit 1
    fi
    for file in "$name.dll" "$name.pdb"; do
        if cmp "src/$name/bin/Release/net10.0/$file" "$folder/elsewhere/src/$name/bin/Release/net10.0/$file"; then
            printf 'ok      %s: %s\n' "$file" "$(sha256sum <"src/$name/bin/Release/net10.0/$file" | cut -c 1-16)"
        else
            printf 'FAILED  %s differs\n' "$file"
            faults=$((faults + 1))
        fi
    done
done
[ "$faults" -eq 0 ]
