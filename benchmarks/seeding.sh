#!/usr/bin/env bash
# benchmarks/seeding.sh [ALIVE]
#
# From nothing to eight peers: a network namespace with nothing but loopback, real DNS seeds (nsd) under their real names, real bitcoinds whose books hold
# 5000 addresses of which ALIVE (default 1000) answer and the others swallow what is sent to them. `connmgr run` begins with an empty data directory, is
# killed, and starts again with only its address book. Prints a line for each figure, "name value unit".
#
# It is the test SeededRunTests, which also checks all of it; at most 6 minutes. Needs what ./test installs (Debian, root), and a build of Connmgr.Interop.Tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tests=tests/Connmgr.Interop.Tests/bin/Release/net10.0/Connmgr.Interop.Tests.dll
[ -e "$tests" ] || { echo "seeding.sh: no $tests; run: dotnet build -c Release tests/Connmgr.Interop.Tests" >&2; exit 1; }
case ${1:-1000} in
    *[!0-9]* | '') echo "usage: benchmarks/seeding.sh [ALIVE], a number from 8 to 2000" >&2; exit 2 ;;
esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
: >"$folder/figures"
code=0
CONNMGR_FIGURES=$folder/figures CONNMGR_ALIVE=${1:-1000} timeout -k 10 360 dotnet "$tests" --no-ansi --progress off --filter-class '*SeededRunTests' >"$folder/log" 2>&1 || code=$?
cat "$folder/figures"
[ "$code" -eq 0 ] && [ -s "$folder/figures" ] || { cat "$folder/log" >&2; exit 1; }
