"""Runs the measurement of claims.sh in a namespace of its own. See there for the usage."""

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time

import namespace
import processes
import redis_server
import world as stubs

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "../../src/Connmgr.Tool/bin/Release/net10.0/Connmgr.Tool.dll")
ESTABLISHED = 1
ENDS_PER_SECOND = 20
PER_PART = 9_500  # Connections.


class Held(stubs.Stub):
    """A peer that knows all connections to its address."""

    open = {}  # The connections by address, each with its stub.
    doubles = []  # Pairs of stubs.
    agent = None  # The user agent of the run at the other end, once it has sent it.

    def connection_made(self, transport):
        super().connection_made(transport)
        if self.peer is None:
            return
        others = self.open.setdefault(self.peer.address, {})
        # One that the other side has closed is in another state, even if this program has not read that yet.
        for other, stub in others.items():
            if not other.is_closing() and other.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == ESTABLISHED:
                self.doubles.append((stub, self))
        others[transport] = self

    def receive(self, command, payload):
        if command == "version":
            self.agent = payload[81 : 81 + payload[80]]
        super().receive(command, payload)

    def connection_lost(self, error):
        if self.peer is not None:
            self.open[self.peer.address].pop(self.transport, None)

    @classmethod
    def connections(cls):
        return [transport for transports in cls.open.values() for transport in transports if not transport.is_closing()]


    @classmethod
    def status(cls, ended):
        """What has come about here so far."""
        # A run may dial an address again while it still closes its last connection there; the address is its all the time.
        own = sum(one.agent is not None and one.agent == other.agent for one, other in cls.doubles)
        return {"held": len(cls.connections()), "ended": ended, "double": len(cls.doubles) - own, "double_of_one_process": own}


class Part:
    """A process that serves a share of the peers, for no process may have as many open files as all of them have connections."""

    def __init__(self, part):
        self.now = {"held": 0, "ended": 0, "double": 0, "double_of_one_process": 0}
        self._process = subprocess.Popen([sys.executable, *sys.argv, "--part", str(part)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=processes.die_with_parent)
        if not self._process.stdout.readline():  # It listens.
            raise RuntimeError(f"part {part} of the peers does not run")
        asyncio.get_running_loop().add_reader(self._process.stdout, self._read)

    def _read(self):
        if line := self._process.stdout.readline():
            self.now = json.loads(line)

    def churn(self):
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()

    def end(self):
        asyncio.get_running_loop().remove_reader(self._process.stdout)
        self._process.kill()
        self._process.wait()


async def serve(options):
    """The work of a part: tells its status every second, and ends connections once it is told to."""
    await stubs.World(1, options.dead).listen(options.part, options.parts)
    print(flush=True)
    churns = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, lambda: (sys.stdin.readline(), asyncio.get_running_loop().remove_reader(sys.stdin), churns.set()))
    ended, told = 0, time.monotonic()
    while True:
        await asyncio.sleep(options.parts / ENDS_PER_SECOND)
        if churns.is_set() and (now := Held.connections()):
            random.choice(now).close()
            ended += 1
        if time.monotonic() - told >= 1:
            told = time.monotonic()
            print(json.dumps(Held.status(ended)), flush=True)


async def measure(options):
    stubs.PEERS, stubs.Stub = options.peers, Held
    if options.part is not None:
        return await serve(options)
    world = stubs.World(1, options.dead)
    await world.open(listens=False)
    parts = [Part(number) for number in range(options.parts)]

    def total(name):
        return sum(part.now[name] for part in parts)

    with tempfile.TemporaryDirectory(prefix="claims") as folder:
        redis = redis_server.Redis(folder)
        await redis.start()
        fixed = os.path.join(folder, "peers")
        stubs.write(fixed, "\n".join(f"{peer.address}:{stubs.PORT}" for peer in world.all))
        runs = []
        for number in range(options.processes):
            with open(os.path.join(folder, f"run{number}.log"), "wb") as log:
                runs.append(processes.Measured(
                    ["dotnet", options.program, "run", "--network", "mainnet", "--data-dir", os.path.join(folder, f"run{number}"), "--target", str(options.held),
                     *([] if options.alone else ["--redis", f"127.0.0.1:{redis_server.PORT}"]), "--dns-seed", "off", "--fixed-peers", fixed, "--only-net", "ipv4", "--transport", "v1-only",
                     "--user-agent", f"/run:{number}/"],
                    stdout=log, stderr=log))
        start, wanted, most, least = time.monotonic(), options.processes * options.held, 0, None
        full = None
        while time.monotonic() - start < options.longest_fill + options.seconds and (full is None or time.monotonic() - full < options.seconds):
            await asyncio.sleep(1)
            now = total("held")
            most = max(most, now)
            if full is None and (now >= wanted * 0.99 or time.monotonic() - start > options.longest_fill):
                full = time.monotonic()
                for part in parts:
                    part.churn()
            if full is not None:
                least = now if least is None else min(least, now)
        if any(run.poll() for run in runs):
            sys.stderr.write(open(os.path.join(folder, "run0.log"), encoding="utf-8").read())
        result = {"processes": options.processes, "seconds_to_fill": round(full - start, 1), "held_most": most, "held_least": least, "ended": total("ended"),
                  "dials": sum(address in world.peers for _, address in world.dials), "double": total("double"), "double_of_one_process": total("double_of_one_process")}
        for part in parts:
            part.end()  # The end of the runs is not measured.
        outages = 0
        for number in range(options.processes):
            with open(os.path.join(folder, f"run{number}.log"), "rb") as log:
                outages += log.read().count(b"Redis was lost")
        for run in runs:
            await run.end(signal.SIGTERM)
        await redis.kill()
    result |= {"redis_lost": outages, "rss_mib_max": round(max(run.peak for run in runs) / 1024), "load": os.getloadavg()[0]}
    print(json.dumps(result) if options.json else "\n".join(f"{name.replace('_', ' '):22} {value}" for name, value in result.items()))
    return 0 if result["double"] == 0 else 1


def main():
    parser = argparse.ArgumentParser(prog="benchmarks/claims.sh")
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--held", type=int, default=300)
    parser.add_argument("--peers", type=int, default=3000)
    parser.add_argument("--dead", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--alone", action="store_true", help="without Redis: shows that the count counts")
    parser.add_argument("--program", default=PROGRAM, help=argparse.SUPPRESS)
    parser.add_argument("--longest-fill", type=float, default=180, help=argparse.SUPPRESS)
    parser.add_argument("--part", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.parts = -(-options.processes * options.held // PER_PART)
    namespace.run(__file__, measure, options)


if __name__ == "__main__":
    main()
