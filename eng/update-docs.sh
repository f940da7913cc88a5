#!/usr/bin/env bash
# bash eng/update-docs.sh
#
# Writes what docs take from the code: the snippets of all pages, the references of options and of telemetry, and the settings of Connmgr.Hosting with their JSON schema.
# The tests of Connmgr.Docs.Tests, Connmgr.Telemetry.Tests and Connmgr.Hosting.Tests say when that is due.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
for tests in Connmgr.Hosting.Tests Connmgr.Telemetry.Tests Connmgr.Docs.Tests; do
    dotnet build "tests/$tests" -c Release -nologo -tl:off -v q -clp:NoSummary
    dotnet "tests/$tests/bin/Release/net10.0/$tests.dll" --no-ansi --progress off --explicit only
done
git status --short -- '*.md' '*.json'
