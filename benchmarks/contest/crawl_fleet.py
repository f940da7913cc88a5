"""Runs the measurement of crawl-fleet.sh in a namespace of its own. See there for the usage."""

import argparse
import asyncio
import glob
import ipaddress
import json
import os
import random
import shutil
import signal
import statistics
import tempfile
import time
from collections import Counter

import namespace
import processes
import redis_server
import world as stubs

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "../../src/Connmgr.Tool/bin/Release/net10.0/Connmgr.Tool.dll")
LONGEST = 480  # Seconds.
KILL_PERIOD = 5.0  # Seconds.
REDIS_KILLS = (12.0, 30.0)  # Seconds after the first dial.
REDIS_IS_AWAY = 2.0  # Seconds.
FRONTIER = "connmgr:{mainnet}:frontier:mainnet:"


class Measurement:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.world = stubs.World(1, options.dead)
        self.redis = redis_server.Redis(folder)
        self.workers = []  # All that were ever started.
        self.kills = self.redis_kills = 0
        self.commands = self.calls = 0  # Of the Redis processes that have ended, and of this one in `samples`.
        self.sample = (0, 0)
        self.memory = 0  # Bytes, at the height.

    def start_worker(self):
        out = os.path.join(self.folder, f"worker{len(self.workers)}")
        with open(out + ".log", "wb") as log:
            self.workers.append(processes.Measured(
                ["dotnet", self.options.program, "crawl", "--network", "mainnet", "--once", "--only-net", "ipv4", "--redis", f"127.0.0.1:{redis_server.PORT}", "--out", out,
                 "--dns-seed", "seed.example.org", "--dns-server", f"{stubs.NAMESERVER}:53", "--rate", "off", "--netgroup-rate", "off",
                 "--concurrency", str(max(1, self.options.concurrency // self.options.processes))], stdout=log, stderr=log))

    def dials(self):
        """The times of the dials to peers, in seconds."""
        return [when / 1e9 for when, address in self.world.dials if address in self.world.peers]

    def living(self):
        return [worker for worker in self.workers if not worker.poll()]

    async def run(self):
        await self.world.open()
        await self.redis.start()
        self.empty = int((await self.redis.info("memory"))["used_memory"])
        started = time.monotonic()
        for _ in range(self.options.processes):
            self.start_worker()
        upset = asyncio.create_task(self.upset()) if self.options.kill else None
        try:
            await asyncio.wait_for(self.watch(), LONGEST)
        finally:
            if upset is not None:
                upset.cancel()
                await asyncio.gather(upset, return_exceptions=True)
            self.seconds = time.monotonic() - started
        for worker in self.living():
            if self.options.kill:  # One that was started late begins the next round.
                await worker.end(signal.SIGTERM)
        while self.living():
            await asyncio.sleep(0.1)
        return await self.judge()

    async def watch(self):
        """Waits for the end of the round, and takes samples meanwhile."""
        while True:
            try:
                stats, calls, memory = await self.redis.info("stats"), await self.redis.info("commandstats"), await self.redis.info("memory")
                script = dict(part.split("=") for part in calls.get("cmdstat_evalsha", "calls=0").split(","))
                self.sample = (int(stats["total_commands_processed"]), int(script["calls"]))
                self.memory = max(self.memory, int(memory["used_memory"]) - self.empty)
                if int(await self.redis.ask("HGET", FRONTIER + "round", "round") or 1) > 1:
                    return
            except (OSError, EOFError, redis_server.Refused):
                pass  # It is being started again.
            if not self.living():
                raise SystemExit(f"All processes have ended before the round: {[worker.code for worker in self.workers]}")
            await asyncio.sleep(0.5)

    async def upset(self):
        """Kills workers and Redis."""
        while not self.dials():
            await asyncio.sleep(0.1)
        first = time.monotonic()
        kills = list(REDIS_KILLS)
        while True:
            await asyncio.sleep(KILL_PERIOD)
            victim = random.choice(self.living())
            await victim.end(signal.SIGKILL)
            self.kills += 1
            while len(self.living()) < self.options.processes:  # One that is started while Redis is away ends with an error.
                self.start_worker()
            if kills and time.monotonic() - first >= kills[0]:
                kills.pop(0)
                await self.redis.kill()
                self.redis_kills += 1
                self.commands, self.calls, self.sample = self.commands + self.sample[0], self.calls + self.sample[1], (0, 0)
                await asyncio.sleep(REDIS_IS_AWAY)
                await self.redis.start()

    def lines(self):
        """The visits of the first round."""
        for path in glob.glob(os.path.join(self.folder, "worker*/visits/*.jsonl")):
            with open(path, encoding="utf-8") as file:
                for line in file:
                    if not line.endswith("\n"):
                        continue  # Its process was killed.
                    visit = json.loads(line)
                    if visit["round"] == 1:
                        yield visit

    async def judge(self):
        visits = list(self.lines())
        counts = Counter(visit["address"].rsplit(":", 1)[0] for visit in visits)
        entries = await self.redis.visited(FRONTIER)
        visited = {str(ipaddress.ip_address(member[-6:-2])) for member, was in entries.items() if was}
        memory = int((await self.redis.info("memory"))["used_memory"]) - self.empty
        await self.redis.kill()
        dialled = self.dials()
        active = dialled[-1] - dialled[0]
        unharmed = [worker for worker in self.workers if worker.code != -signal.SIGKILL]
        peaks = [worker.peak / 1024 for worker in self.workers]
        usage = self.workers + self.redis.usage
        return {
            "processes": self.options.processes, "addresses": len(self.world.all), "living": sum(not peer.dead for peer in self.world.all),
            "visits": len(visits), "reached": sum(visit["reached"] for visit in visits),
            "completed_twice": sum(count - 1 for count in counts.values()), "forgotten": len(set(self.world.peers) - visited),
            "without_line": len(visited - set(counts)), "seconds": round(self.seconds, 1), "seconds_first_to_last_dial": round(active, 1),
            "visits_per_second": round(len(visits) / active), "cpu_seconds": round(sum(each.cpu for each in usage), 1),
            "cpu_seconds_of_redis": round(sum(each.cpu for each in self.redis.usage), 1),
            "rss_mib_median": round(statistics.median(peaks)), "rss_mib_max": round(max(peaks)), "rss_mib_sum_of_largest": round(sum(sorted(peaks)[-self.options.processes:])),
            "redis_rss_mib": round(max(each.peak for each in self.redis.usage) / 1024, 1), "redis_data_kib": round(memory / 1024),
            "redis_data_kib_max": round(self.memory / 1024), "redis_bytes_per_address": round(memory / max(1, len(entries))),
            "redis_calls_per_second": round((self.calls + self.sample[1]) / self.seconds),
            "redis_commands_per_second": round((self.commands + self.sample[0]) / self.seconds),
            "processes_killed": self.kills, "redis_killed": self.redis_kills, "failed": sum(worker.code != 0 for worker in unharmed),
            "load": os.getloadavg()[0],
        }


async def measure(options):
    stubs.PEERS = options.peers
    folder = options.keep or tempfile.mkdtemp(prefix="crawl-fleet")
    os.makedirs(folder, exist_ok=True)
    try:
        result = await Measurement(options, folder).run()
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(result) if options.json else "\n".join(f"{name.replace('_', ' '):28} {value}" for name, value in result.items()))
    if options.kill:
        return 0 if result["forgotten"] == 0 else 1
    return 0 if result["forgotten"] == result["failed"] == result["completed_twice"] == result["without_line"] == 0 else 1


def main():
    parser = argparse.ArgumentParser(prog="benchmarks/crawl-fleet.sh")
    parser.add_argument("--processes", type=int, default=10)
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--peers", type=int, default=10_000)
    parser.add_argument("--dead", type=float, default=50)
    parser.add_argument("--concurrency", type=int, default=2000, help="of all processes together")
    parser.add_argument("--keep", help="a folder for the files of the processes, which stays")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--program", default=PROGRAM, help=argparse.SUPPRESS)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    namespace.run(__file__, measure, options)


if __name__ == "__main__":
    main()
