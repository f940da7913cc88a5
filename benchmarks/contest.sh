#!/usr/bin/env bash
# benchmarks/contest.sh [--runs N] [--dead PERCENT,...] [--contenders NAME,...] [--seconds N] [--parallel N] [--json FILE]
#
# Who finds twelve peers, at least five of them with compact filters, and keeps them? Each run is a world of 1,500 addresses in a network namespace with nothing but lo in it, where
# every IPv4 address is local: 30 % of the peers serve filters, 20 % leave within a second after the handshake, 5 % are slow, and 0, 50 or 90 % of the addresses swallow what is sent to
# them. A hash of seed and number decides which, so all contenders meet the same worlds. Prints a table for each share; --json FILE appends a line of JSON for each run.
#
# Contenders: nodesgroup and nodesgroup-filters (NBitcoin; the second requires filters of all peers), connmgr and connmgr-filters (defaults, the same requirement), wallet (the class of
# samples/WalletPeers: 12 peers, of which 5 serve filters). A run takes --seconds (default 180); --parallel of them (default 3) run side by side, as each needs a small part of a core.
#
# Needs Linux, root (or user namespaces), iproute2, nftables and python3. Everything is removed when the script ends, even when it is killed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 LC_ALL=C.UTF-8
dotnet build benchmarks/Connmgr.Contest -c Release -nologo -tl:off -v q -clp:NoSummary >&2
exec python3 benchmarks/contest/contest.py "$@"
