"""Runs the measurement of crawl.sh in a namespace of its own. See there for the usage."""

import argparse
import asyncio
import json
import os
import resource
import tempfile
import time

import namespace
import processes
import world as stubs

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "../../src/Connmgr.Tool/bin/Release/net10.0/Connmgr.Tool.dll")
LONGEST = 550  # Seconds.


async def crawl(options):
    """One crawl, in a namespace that has nothing yet."""
    stubs.PEERS = options.peers
    world = stubs.World(1, options.dead)
    await world.open()
    with tempfile.TemporaryDirectory() as folder:
        out = open(os.path.join(folder, "visits.jsonl"), "w+", encoding="utf-8")
        start = time.monotonic()
        program = await asyncio.create_subprocess_exec(
            "dotnet", PROGRAM, "crawl", "--network", "mainnet", "--once", "--json", "--only-net", "ipv4", "--out", os.path.join(folder, "out"),
            "--dns-seed", "seed.example.org", "--dns-server", f"{stubs.NAMESERVER}:53", "--rate", "off", "--netgroup-rate", "off",
            "--concurrency", str(options.concurrency), stdin=asyncio.subprocess.DEVNULL, stdout=out, preexec_fn=processes.die_with_parent)
        try:
            code = await asyncio.wait_for(program.wait(), LONGEST)
        finally:
            if program.returncode is None:
                program.kill()
                await program.wait()
        seconds = time.monotonic() - start
        out.seek(0)
        visits = [json.loads(line) for line in out]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    addresses = [visit["address"].rsplit(":", 1)[0] for visit in visits]
    living = {peer.address for peer in world.all if not peer.dead}
    result = {
        "addresses": len(world.all), "living": len(living), "visits": len(visits), "reached": sum(visit["reached"] for visit in visits),
        "twice": len(addresses) - len(set(addresses)), "forgotten": len(set(world.peers) - set(addresses)), "seconds": round(seconds, 1),
        "visits_per_second": round(len(visits) / seconds), "cpu_seconds": round(used.ru_utime + used.ru_stime, 1), "rss_mib": round(used.ru_maxrss / 1024),
    }
    print(json.dumps(result) if options.json else "\n".join(f"{name.replace('_', ' '):18} {value}" for name, value in result.items()))
    return 0 if code == 0 and result["twice"] == result["forgotten"] == 0 else 1


def main():
    parser = argparse.ArgumentParser(prog="benchmarks/crawl.sh")
    parser.add_argument("--peers", type=int, default=10_000)
    parser.add_argument("--dead", type=float, default=50)
    parser.add_argument("--concurrency", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    namespace.run(__file__, crawl, options)


if __name__ == "__main__":
    main()
