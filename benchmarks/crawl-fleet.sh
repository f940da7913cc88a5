#!/usr/bin/env bash
# benchmarks/crawl-fleet.sh [--processes N] [--kill] [--peers N] [--dead PERCENT] [--concurrency N] [--json]
#
# N processes (10) crawl the network of crawl.sh together, once, through a Redis server of their own: 10,000 addresses, half of them dead. Prints visits a second, processor time and memory
# of all, and Redis' memory and commands a second. Checks the visits of all processes: each address was completed, and none twice.
#
# With --kill, a process is killed every 5 s and another one takes its place, and Redis is killed and started again twice. Then an address may be completed twice, which is counted, and a
# line may be lost with its process; none may be forgotten by Redis.
#
# Needs what crawl.sh needs, and redis-server. Everything is in a namespace of processes that ends with the script, even when that is killed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 LC_ALL=C.UTF-8
dotnet build src/Connmgr.Tool -c Release -nologo -tl:off -v q -clp:NoSummary >&2
exec python3 benchmarks/contest/crawl_fleet.py "$@"
