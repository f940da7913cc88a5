"""Runs the contest of contest.sh: each run in a namespace of its own, some of them side by side. See there for the usage."""

import argparse
import asyncio
import json
import os
import signal
import statistics
import sys
import tempfile
import time

import namespace
import processes
from world import NAMESERVER, OWN, World

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "../Connmgr.Contest/bin/Release/net10.0/Connmgr.Contest.dll")
CONTENDERS = ["nodesgroup", "nodesgroup-filters", "connmgr", "connmgr-filters", "wallet"]
WANTED, WITH_FILTERS = 12, 5
SETTLED = 60  # Seconds after which the number has to hold.


class Count:
    """The peers that a contender reported over time."""

    def __init__(self, world, start):
        self.world, self.start = world, start
        self.present = []
        self.to_8 = self.to_12 = self.to_goal = self.groups_at_12 = None
        self.lost = 0
        self.steps = [(0.0, 0, 0)]  # (seconds, peers, with filters)

    def change(self, at, address, joined):
        seconds = (at - self.start) / 1e9
        if joined:
            self.present.append(address)
        elif address in self.present:
            self.present.remove(address)
            self.lost += 1
        filters = sum(self.world.peers[each].has_filters for each in self.present)
        self.steps.append((seconds, len(self.present), filters))
        if len(self.present) >= 8 and self.to_8 is None:
            self.to_8 = seconds
        if len(self.present) >= WANTED and self.to_12 is None:
            self.to_12 = seconds
            self.groups_at_12 = len({tuple(each.split(".")[:2]) for each in self.present})
        if len(self.present) >= WANTED and filters >= WITH_FILTERS and self.to_goal is None:
            self.to_goal = seconds

    def held(self, since, until):
        """The share of a time with all peers, and the fewest of it."""
        held, fewest, steps = 0.0, None, self.steps + [(until, *self.steps[-1][1:])]
        for (begin, peers, _), (end, _, _) in zip(steps, steps[1:]):
            begin, end = max(begin, since), min(end, until)
            if begin < end:
                held += (end - begin) * (peers >= WANTED)
                fewest = peers if fewest is None else min(fewest, peers)
        return held / (until - since), fewest


def usage(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        status = dict(line.split(":", 1) for line in file)
    kilobytes = lambda name: int(status[name].split()[0])
    return {
        "cpu_s": (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"),
        "rss_mb": round(kilobytes("VmRSS") / 1024, 1),
        "peak_rss_mb": round(kilobytes("VmHWM") / 1024, 1),
        "threads": kilobytes("Threads"),
    }


async def run_inside(contender, dead, seed, seconds):
    """One run, in a namespace that has nothing yet. Prints a line of JSON."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as resolver:
        resolver.write(f"nameserver {NAMESERVER}\noptions timeout:2 attempts:1\n")
        resolver.flush()
        if os.system(f"mount --bind {resolver.name} /etc/resolv.conf") != 0:
            raise SystemExit("contest.py: /etc/resolv.conf can't be replaced in this namespace")
        world = World(seed, dead)
        await world.open()
        program = await asyncio.create_subprocess_exec(
            "dotnet", PROGRAM, contender, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, preexec_fn=processes.die_with_parent)
        try:
            result = await watch(world, program, seconds)
        finally:
            if program.returncode is None:
                program.kill()
                await program.wait()
    print(json.dumps({"contender": contender, "dead": dead, "seed": seed, "seconds": seconds, **result}))


async def watch(world, program, seconds):
    """Follows what a contender reports: 'start NS', then '+ NS ADDRESS' and '- NS ADDRESS', in nanoseconds of the monotonic clock."""
    line = (await asyncio.wait_for(program.stdout.readline(), 60)).decode().split()
    if line[:1] != ["start"]:
        raise SystemExit("contest.py: the contender did not start")
    count = Count(world, int(line[1]))
    end = count.start / 1e9 + seconds
    while (left := end - time.monotonic()) > 0:
        try:
            line = (await asyncio.wait_for(program.stdout.readline(), left)).decode().split()
        except asyncio.TimeoutError:
            break
        if not line:
            raise SystemExit("contest.py: the contender ended before its time")
        count.change(int(line[1]), line[2], line[0] == "+")
    used = usage(program.pid)
    dials = [((at - count.start) / 1e9, address) for at, address in world.dials if address != OWN]
    until = lambda moment: None if moment is None else sum(at <= moment for at, _ in dials)
    distinct = {address for _, address in dials}
    share, fewest = count.held(min(SETTLED, seconds / 3), seconds)
    leavers = [address for _, address in dials if address in world.peers and not world.peers[address].dead and world.peers[address].leaves is not None]
    return {
        "to_8": count.to_8, "to_12": count.to_12, "to_goal": count.to_goal,
        "dials_to_12": until(count.to_12), "dials_to_goal": until(count.to_goal),
        "dials": len(dials), "segments": world.segments, "addresses": len(distinct),
        "redialled": len(dials) - len(distinct), "redialled_leavers": len(leavers) - len(set(leavers)),
        "groups_at_12": count.groups_at_12, "lost": count.lost, "share_12": round(share, 4), "fewest": fewest,
        "peers": count.steps[-1][1], "filters": count.steps[-1][2], **used,
    }


async def run(semaphore, contender, dead, seed, seconds):
    """One run in a new namespace, which ends with its processes."""
    async with semaphore:
        process = await asyncio.create_subprocess_exec(
            *namespace.command(__file__, contender, str(dead), str(seed), str(seconds)),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, preexec_fn=processes.die_with_parent)
        try:
            output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            print(f"contest.py: {contender} with {dead} % dead and seed {seed} failed", file=sys.stderr)
            return None
        return json.loads(output.decode().splitlines()[-1])


COLUMNS = [
    ("seconds to 8", "to_8"), ("to 12", "to_12"), ("to 12 with 5 filters", "to_goal"), ("dials to that", "dials_to_goal"), ("dials in all", "dials"),
    ("addresses", "addresses"), ("leavers again", "redialled_leavers"), ("/16 at 12", "groups_at_12"), ("share of the time with 12", "share_12"), ("fewest", "fewest"),
    ("CPU s", "cpu_s"), ("RSS MB", "rss_mb"), ("threads", "threads"),
]


def cell(runs, name):
    """The median, with the extremes where runs differ; the number of runs that have a value where some have none."""
    values = [run[name] for run in runs if run[name] is not None]
    if not values:
        return "-"
    short = lambda value: f"{value:.3g}" if value < 1000 else f"{value:.0f}"
    text = short(statistics.median(values))
    if name.startswith("to_") and len(values) > 1:
        text += f" ({short(min(values))}-{short(max(values))})"
    return text if len(values) == len(runs) else f"{text}, {len(values)} of {len(runs)}"


def print_table(dead, contenders, results):
    print(f"\n{dead} % dead\n\n| | {' | '.join(title for title, _ in COLUMNS)} |\n|{' --- |' * (len(COLUMNS) + 1)}")
    for contender in contenders:
        runs = [each for each in results if each["contender"] == contender and each["dead"] == dead]
        if runs:
            print(f"| {contender} | {' | '.join(cell(runs, name) for _, name in COLUMNS)} |")


async def main():
    parser = argparse.ArgumentParser(prog="benchmarks/contest.sh")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--dead", default="0,50,90")
    parser.add_argument("--contenders", default=",".join(CONTENDERS))
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--parallel", type=int, default=3)
    parser.add_argument("--json")
    arguments = parser.parse_args()
    contenders, shares = arguments.contenders.split(","), [int(each) for each in arguments.dead.split(",")]
    for contender in contenders:
        if contender not in CONTENDERS:
            parser.error(f"'{contender}' is no contender: use {', '.join(CONTENDERS)}")

    loop, here = asyncio.get_running_loop(), asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, here.cancel)
    semaphore, results = asyncio.Semaphore(arguments.parallel), []

    async def one(number, contender, dead, seed):
        await asyncio.sleep(5 * number)  # Programs start one after the other.
        result = await run(semaphore, contender, dead, seed, arguments.seconds)
        if result is not None:
            results.append({**result, "load": round(os.getloadavg()[0], 1)})
            if arguments.json:
                with open(arguments.json, "a", encoding="ascii") as file:
                    file.write(json.dumps(results[-1]) + "\n")
            print(f"{contender}, {dead} % dead, seed {seed}: to 12 with 5 filters {result['to_goal']} s, load {results[-1]['load']}", file=sys.stderr)

    plan = [(contender, dead, seed) for seed in range(1, arguments.runs + 1) for dead in shares for contender in contenders]
    await asyncio.gather(*(one(number % arguments.parallel, *each) for number, each in enumerate(plan)))
    for dead in shares:
        print_table(dead, contenders, results)
    if len(results) < len(plan):
        raise SystemExit(1)


if __name__ == "__main__":
    try:
        if sys.argv[1:2] == ["--inside"]:
            asyncio.run(run_inside(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])))
        else:
            asyncio.run(main())
    except asyncio.CancelledError:
        raise SystemExit(130) from None
