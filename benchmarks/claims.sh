#!/usr/bin/env bash
# benchmarks/claims.sh [--processes N] [--held N] [--peers N] [--dead PERCENT] [--seconds N] [--alone] [--json]
#
# N runs (3) of a fleet hold 300 peers each, in a network namespace with 3,000 addresses, half of them dead, whose peers end 20 connections a second. Counts the
# connections that an address gets while another process holds it ("double"): there must be none. A process may dial an address again while it still closes its last
# connection there ("double of one process"). With --alone there is no fleet, and there are some. "redis lost" counts the times that a process did not get an answer from
# Redis in time. The peers are in as many processes as their connections need.
#
# Needs what crawl-fleet.sh needs, and ends as it does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 LC_ALL=C.UTF-8
dotnet build src/Connmgr.Tool -c Release -nologo -tl:off -v q -clp:NoSummary >&2
exec python3 benchmarks/contest/claims.py "$@"
