#!/usr/bin/env bash
# bash eng/update-docs.sh
#
# Writes what docs take from the code: the snippets of all pages, and the reference of options. The tests of Connmgr.Docs.Tests say when that is due.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
dotnet build tests/Connmgr.Docs.Tests -c Release -nologo -tl:off -v q -clp:NoSummary
dotnet tests/Connmgr.Docs.Tests/bin/Release/net10.0/Connmgr.Docs.Tests.dll --no-ansi --progress off --explicit only
git status --short -- '*.md'
