"""A Redis server in this network namespace, and the few commands that a measurement asks it."""

import asyncio
import os
import shutil
import signal

import processes

PORT = 6379
HERE = os.path.dirname(os.path.abspath(__file__))


def find():
    """The program: the one that ./test installed, or that of the system."""
    own = [os.path.join(folder, "redis-server") for folder, _, files in os.walk(os.path.join(HERE, "../../.servers")) if "redis-server" in files]
    found = own[0] if own else shutil.which("redis-server")
    if found is None:
        raise SystemExit("redis-server is missing: run ./test, or apt-get install redis-server.")
    return found


class Redis:
    """The server. It writes each change to its file before it answers, and gives it to the disk once a second."""

    def __init__(self, folder):
        self.folder = folder
        self.usage = []  # Of each of its processes.

    async def start(self):
        command = [find(), "--port", str(PORT), "--bind", "127.0.0.1", "--dir", self.folder, "--appendonly", "yes", "--save", "", "--logfile", "redis.log"]
        self.process = processes.Measured(command)
        self.usage.append(self.process)
        while True:
            try:
                if await self.ask("PING") == b"PONG":
                    return
            except (OSError, EOFError, Refused):
                pass  # It begins, or reads its file.
            await asyncio.sleep(0.05)

    async def kill(self):
        await self.process.end(signal.SIGKILL)

    async def ask(self, *words):
        """One command."""
        return (await self.ask_all([words]))[0]

    async def ask_all(self, commands):
        """Some commands, on a connection of their own."""
        reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
        try:
            for words in commands:
                words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
                writer.write(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
            return [await read(reader) for _ in commands]
        finally:
            writer.close()

    async def info(self, section):
        text = (await self.ask("INFO", section)).decode()
        return dict(line.split(":", 1) for line in text.split("\r\n") if ":" in line)

    async def visited(self, prefix):
        """The members of a frontier, each with whether it was visited."""
        entries, cursor = {}, b"0"
        while True:
            cursor, keys = await self.ask("SCAN", cursor, "MATCH", prefix + "e:*", "COUNT", 1000)
            for pairs in await self.ask_all([("HGETALL", key) for key in keys]):
                # An entry has 14 bytes or more. Beside it is the number of addresses of its host, in a few digits.
                entries.update({member: entry[9] == 1 for member, entry in zip(pairs[::2], pairs[1::2]) if len(entry) >= 14})
            if cursor == b"0":
                return entries


class Refused(Exception):
    """An error that Redis answered."""


async def read(reader):
    line = await reader.readline()
    if not line.endswith(b"\r\n"):
        raise EOFError
    kind, rest = line[:1], line[1:-2]
    if kind == b"-":
        raise Refused(rest.decode())
    if kind == b"$":
        return None if rest == b"-1" else (await reader.readexactly(int(rest) + 2))[:-2]
    if kind == b"*":
        return [await read(reader) for _ in range(int(rest))]
    return int(rest) if kind == b":" else rest
