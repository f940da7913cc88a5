#!/usr/bin/env bash
# bash eng/update-docs.sh
#
# Writes what docs take from the code: the snippets of all pages, the reference of options, and that of telemetry. The tests of Connmgr.Docs.Tests and
# Connmgr.Telemetry.Tests say when that is due.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
for project in Connmgr.Docs.Tests Connmgr.Telemetry.Tests; do
    dotnet build "tests/$project" -c Release -nologo -tl:off -v q -clp:NoSummary
    dotnet "tests/$project/bin/Release/net10.0/$project.dll" --no-ansi --progress off --explicit only
done
git status --short -- '*.md'
