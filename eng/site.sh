#!/usr/bin/env bash
# bash eng/site.sh
#
# Builds the documentation site into artifacts/site: the pages of docs/, the cookbook, the API reference, search, light and dark. A warning is an error, and so is a
# link that leads nowhere, to a page or to an anchor. Needs a Release build of tests/Connmgr.Docs.Tests, which has the libraries with their documentation.
# To look at it: dotnet docfx serve artifacts/site
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

[ -f tests/Connmgr.Docs.Tests/bin/Release/net10.0/Connmgr.dll ] || { echo "site.sh: build first: dotnet build tests/Connmgr.Docs.Tests -c Release" >&2; exit 1; }
rm -rf artifacts/site artifacts/site-source
dotnet tool restore
dotnet build eng/site/Site.cs -c Release -o artifacts/site-tool -nologo -tl:off -v q
dotnet artifacts/site-tool/Site.dll stage artifacts/site-source
dotnet docfx artifacts/site-source/docfx.json --warningsAsErrors --logLevel warning
dotnet artifacts/site-tool/Site.dll check artifacts/site
