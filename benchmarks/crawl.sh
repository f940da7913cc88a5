#!/usr/bin/env bash
# benchmarks/crawl.sh [--peers N] [--dead PERCENT] [--concurrency N] [--json]
#
# One process crawls a network of stub peers once: in a network namespace with nothing but lo in it, where every IPv4 address is local, N addresses (10000) of which some (50 %) swallow what
# is sent to them. Prints visits a second, CPU and memory of the crawl, and checks its lines: each address that exists was visited, and none twice.
#
# Needs Linux, root (or user namespaces), iproute2, nftables and python3. Everything is removed when the script ends, even when it is killed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 LC_ALL=C.UTF-8
dotnet build src/Connmgr.Tool -c Release -nologo -tl:off -v q -clp:NoSummary >&2
exec python3 benchmarks/contest/crawl.py "$@"
