#!/usr/bin/env bash
# benchmarks/memory-attack.sh [--seconds N] [--heap MEGABYTES] [--peers N] [--port N] [-- PROGRAM [ARGUMENT...]]
#
# Tests that a run survives while many inbound peers keep large messages in flight: mixed sizes and commands, most of them never finished, some sent whole, over and over.
# Starts `connmgr run --network regtest` (or PROGRAM, which has to listen at PORT, default 18444, and speak regtest) with a heap limit (default 256 MB), lets N hostile peers (default 117) of as many /16s
# attack it for some time (default 120 s; 30 places are left for others), meanwhile lets an honest peer connect and ping once a second, and reads the resident memory before the attack, at its height, and as long
# after its end as it took. Prints a line; exits with 1 when the run died, when honest peers got no answer within 30 s, or when more than 1.5 times the initial memory is left.
#
# In a network namespace with nothing but lo in it, where every IPv4 address is local. Needs root (or user namespaces), iproute2 and python3; the namespace goes with its last process.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 LC_ALL=C.UTF-8

if [ "${1:-}" != --inside ]; then
    dotnet build src/Connmgr.Tool -c Release -nologo -tl:off -v q -clp:NoSummary >&2
    map=(); [ "$(id -u)" -eq 0 ] || map=(--map-root-user)
    exec unshare --net --mount --propagation private "${map[@]}" bash "benchmarks/memory-attack.sh" --inside "$@"
fi
shift
ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_nonlocal_bind
ip addr add 9.0.0.1/32 dev lo
ip route add local 0.0.0.0/0 dev lo src 9.0.0.1
exec python3 benchmarks/memory-attack.py "$@"
