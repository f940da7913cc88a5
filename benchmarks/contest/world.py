"""A Bitcoin network of stub peers in this network namespace, where every IPv4 address is local.

The peers answer version, verack, ping and getaddr, each according to a hash of the world's seed and its number. A DNS server answers for all seeds. Every dial that leaves a program of the
namespace is counted where it arrives, the kernel's repetitions too.
"""

import asyncio
import ctypes
import hashlib
import random
import socket
import struct
import subprocess
import time

PEERS = 1500
IN_DNS = 60  # The seeds know the first ones,
PER_ANSWER = 25  # and name as many of them at a time.
PORT = 8333
OWN = "9.0.0.1"  # The source of every dial.
SO_ATTACH_FILTER = 26
SO_ATTACH_REUSEPORT_FILTER = 51
IP_HEADER = -0x100000 & 0xFFFFFFFF  # Where a filter of a listener finds it.
MAGIC = bytes.fromhex("f9beb4d9")
PLAIN, FILTERS = 0x409, 0x449
NAMESERVER = "127.0.0.53"
USED_ELSEWHERE = {0, 9, 10, 100, 127, 169, 172, 192, 198, 203}


class Peer:
    """The character of one address."""

    def __init__(self, seed, number, address, dead_percent):
        self.address = address
        draw = random.Random(hashlib.sha256(f"{seed}/{number}".encode()).digest())
        self.dead = draw.random() * 100 < dead_percent
        self.services = FILTERS if draw.random() < 0.3 else PLAIN
        character = draw.random()
        self.leaves = draw.random() if character < 0.2 else None  # Seconds after verack.
        self.slow = 0.2 <= character < 0.25
        self.seen = int(time.time()) - draw.randrange(0, 5 * 86400)

    @property
    def has_filters(self):
        return self.services == FILTERS


class World:
    """The addresses of a seed: 40 % in sixty networks of hosters, the others anywhere."""

    def __init__(self, seed, dead_percent):
        draw = random.Random(hashlib.sha256(f"addresses/{seed}".encode()).digest())
        firsts = [first for first in range(1, 224) if first not in USED_ELSEWHERE]
        hosters = [(draw.choice(firsts), draw.randrange(256)) for _ in range(60)]
        self.peers = {}
        while len(self.peers) < PEERS:
            net = draw.choice(hosters) if draw.random() < 0.4 else (draw.choice(firsts), draw.randrange(256))
            address = f"{net[0]}.{net[1]}.{draw.randrange(256)}.{draw.randrange(1, 255)}"
            if address not in self.peers:
                self.peers[address] = Peer(seed, len(self.peers), address, dead_percent)
        self.all = list(self.peers.values())
        self.dials = []  # (monotonic ns, address), without the kernel's repetitions
        self.segments = 0  # with them
        self._known = set()

    async def open(self, listens=True):
        """Sets the namespace up and begins to serve; with listens=False, its peers are those that other processes `listen` for."""
        run("ip", "link", "set", "lo", "up")
        write("/proc/sys/net/ipv4/ip_nonlocal_bind", "1")
        write("/proc/sys/net/core/somaxconn", "4096")
        run("ip", "addr", "add", f"{OWN}/32", "dev", "lo")
        run("ip", "route", "add", "local", "0.0.0.0/0", "dev", "lo", "src", OWN)
        living = ", ".join(peer.address for peer in self.all if not peer.dead)
        rules = f"""
            table ip contest {{
                set living {{ type ipv4_addr; elements = {{ {living} }} }}
                chain input {{
                    type filter hook input priority 0; policy accept;
                    ip daddr 127.0.0.0/8 accept
                    tcp flags & (syn | ack) == syn ip daddr != @living drop
                    tcp flags & (syn | ack) == syn tcp dport != {PORT} drop
                }}
            }}"""
        subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True)
        self._watch_dials()
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: Dns(self), local_addr=(NAMESERVER, 53))
        if listens:
            await self.listen()

    async def listen(self, part=0, parts=1):
        """Serves the peers whose addresses have this remainder when divided by the number of parts. Parts begin in their order."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if parts > 1:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if parts > 1 and part == 0:
            # The kernel chooses the listener of a connection by its number: the destination in the IP header, modulo parts. The first listener brings that to the others.
            attach(listener, SO_ATTACH_REUSEPORT_FILTER, [(0x20, 0, 0, IP_HEADER + 16), (0x94, 0, 0, parts), (0x16, 0, 0, 0)])
        listener.bind(("0.0.0.0", PORT))
        await asyncio.get_running_loop().create_server(lambda: Stub(self), sock=listener, backlog=4096)

    def _watch_dials(self):
        """Reads the first segments of connections where they arrive, before the filter."""
        tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
        # A filter for the kernel: TCP, and of the flags SYN without ACK.
        filter_ = [(0x30, 0, 0, 9), (0x15, 0, 5, 6), (0xB1, 0, 0, 0), (0x50, 0, 0, 13), (0x54, 0, 0, 0x12), (0x15, 0, 1, 2), (0x06, 0, 0, 64), (0x06, 0, 0, 0)]
        attach(tap, SO_ATTACH_FILTER, filter_)
        tap.setblocking(False)
        tap.bind(("lo", 0x0800))
        asyncio.get_running_loop().add_reader(tap, self._read_dials, tap)

    def _read_dials(self, tap):
        while True:
            try:
                packet, where = tap.recvfrom(64)
            except BlockingIOError:
                return
            if where[2] == socket.PACKET_OUTGOING:
                continue  # Loopback shows each packet twice.
            start = (packet[0] & 15) * 4
            address = socket.inet_ntoa(packet[16:20])
            self.segments += 1
            key = (address, packet[start : start + 8])  # Ports and sequence number: repetitions have the same.
            if key not in self._known:
                self._known.add(key)
                self.dials.append((time.monotonic_ns(), address))

    def answer_dns(self, name):
        """The addresses for a name of a seed; x49.NAME has those with the services alone."""
        draw = random.Random(hashlib.sha256(name.encode()).digest())
        known = self.all[:IN_DNS]
        if name.startswith("x49."):
            known = [peer for peer in known if peer.has_filters]
        return [peer.address for peer in draw.sample(known, min(PER_ANSWER, len(known)))]


class Dns(asyncio.DatagramProtocol):
    def __init__(self, world):
        self.world = world

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, sender):
        position, labels = 12, []
        while data[position]:
            labels.append(data[position + 1 : position + 1 + data[position]].decode().lower())
            position += 1 + data[position]
        question = data[12 : position + 5]
        kind = struct.unpack(">H", data[position + 1 : position + 3])[0]
        addresses = self.world.answer_dns(".".join(labels)) if kind == 1 else []
        answer = data[:2] + struct.pack(">HHHHH", 0x8180, 1, len(addresses), 0, 0) + question
        for address in addresses:
            answer += struct.pack(">HHHIH", 0xC00C, 1, 1, 60, 4) + socket.inet_aton(address)
        self.transport.sendto(answer, sender)


class Stub(asyncio.Protocol):
    """The end of a connection at one of the addresses."""

    def __init__(self, world):
        self.world = world
        self.buffer = b""
        self.wants_v2 = self.told = False

    def connection_made(self, transport):
        self.transport = transport
        self.peer = self.world.peers.get(transport.get_extra_info("sockname")[0])
        if self.peer is None:
            transport.abort()

    def data_received(self, data):
        self.buffer += data
        while len(self.buffer) >= 24:
            size = struct.unpack("<I", self.buffer[16:20])[0]
            if size > 4_000_000:
                self.transport.abort()
                return
            if len(self.buffer) < 24 + size:
                return
            command, payload = self.buffer[4:16].rstrip(b"\0").decode(), self.buffer[24 : 24 + size]
            self.buffer = self.buffer[24 + size :]
            self.receive(command, payload)

    def receive(self, command, payload):
        if command == "version":
            asyncio.get_running_loop().call_later(3 if self.peer.slow else 0, self.greet)
        elif command == "sendaddrv2":
            self.wants_v2 = True
        elif command == "verack" and self.peer.leaves is not None:
            asyncio.get_running_loop().call_later(self.peer.leaves, self.transport.close)
        elif command == "ping":
            self.send("pong", payload)
        elif command == "getaddr" and not self.told:
            self.told = True
            self.tell()

    def greet(self):
        nowhere = struct.pack("<Q", 0) + bytes(16) + bytes(2)
        version = struct.pack("<iQq", 70016, self.peer.services, int(time.time())) + nowhere + nowhere
        agent = b"/Stub:1.0/"
        self.send("version", version + random.randbytes(8) + bytes([len(agent)]) + agent + struct.pack("<i?", 900_000, True))
        self.send("verack", b"")

    def tell(self):
        """Answers getaddr with addresses of the world, dead ones among them, and their true services."""
        peers = random.sample(self.world.all, 200)
        entries = []
        for peer in peers:
            address = socket.inet_aton(peer.address)
            if self.wants_v2:
                entries.append(struct.pack("<IBHBB", peer.seen, 0xFD, peer.services, 1, 4) + address + struct.pack(">H", PORT))
            else:
                entries.append(struct.pack("<IQ", peer.seen, peer.services) + bytes(10) + b"\xff\xff" + address + struct.pack(">H", PORT))
        self.send("addrv2" if self.wants_v2 else "addr", bytes([len(peers)]) + b"".join(entries))

    def send(self, command, payload):
        if not self.transport.is_closing():
            checksum = hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
            self.transport.write(MAGIC + command.encode().ljust(12, b"\0") + struct.pack("<I", len(payload)) + checksum + payload)


def attach(socket_, option, filter_):
    """Gives a filter to the kernel."""
    program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *each) for each in filter_))
    socket_.setsockopt(socket.SOL_SOCKET, option, struct.pack("HL", len(filter_), ctypes.addressof(program)))


def run(*command):
    subprocess.run(command, check=True)


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
