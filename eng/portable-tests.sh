#!/usr/bin/env bash
# bash eng/portable-tests.sh
#
# Builds and runs the test projects that need no other program, so they run on Windows and macOS, too (with bash, which Git for Windows has). Tests that need Linux or a
# tool of Unix are skipped, with the reason. Prints the outcome of each; exit code 1 when one fails.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
exec </dev/null
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

faults=0
for name in Connmgr.Tests Connmgr.Bitcoin.Tests Connmgr.Testing.Tests Connmgr.Hosting.Tests Connmgr.Telemetry.Tests Connmgr.NBitcoin.Tests Connmgr.Tool.Tests; do
    printf '== %s\n' "$name"
    dotnet build "tests/$name" -c Release -warnaserror -nologo -tl:off -v q -clp:NoSummary \
        && dotnet "tests/$name/bin/Release/net10.0/$name.dll" --no-ansi --progress off || { printf 'FAILED: %s\n' "$name"; faults=$((faults + 1)); }
done
[ "$faults" -eq 0 ]
