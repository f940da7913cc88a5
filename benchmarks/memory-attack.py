"""The peers of memory-attack.sh, which says what this does and makes the namespace that it runs in."""
import argparse, hashlib, os, random, signal, socket, struct, subprocess, sys, threading, time

MAGIC = bytes.fromhex('fabfb5da')
LONGEST = 4_000_000
COMMANDS = ['junk', 'block', 'tx', 'inv', 'headers', 'addr', 'addrv2', 'getdata', 'ping', 'version', 'cmpctblock', 'getheaders', 'notfound']


def checksum(payload):
    return hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]


def frame(command, payload=b''):
    return MAGIC + command.encode().ljust(12, b'\0') + struct.pack('<I', len(payload)) + checksum(payload) + payload


def version():
    address = bytes(26)
    return struct.pack('<iQq', 70016, 0x409, int(time.time())) + address * 2 + os.urandom(8) + b'\x0b/attack:1.0' + struct.pack('<i?', 1, True)


class Connection:
    def __init__(self, source, port):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.IPPROTO_IP, 15, 1)  # IP_FREEBIND
        self.socket.settimeout(30)
        self.socket.bind((source, 0))
        self.socket.connect(('9.0.0.1', port))
        self.buffer = b''

    def receive(self):
        while True:
            if len(self.buffer) >= 24:
                size = 24 + struct.unpack_from('<I', self.buffer, 16)[0]
                if len(self.buffer) >= size:
                    message, self.buffer = self.buffer[:size], self.buffer[size:]
                    return message[4:16].rstrip(b'\0'), message[24:]
            data = self.socket.recv(65536)
            if not data:
                raise OSError('closed')
            self.buffer += data

    def shake(self):
        self.socket.sendall(frame('version', version()) + frame('verack'))
        while self.receive()[0] != b'verack':
            pass
        return self

    def ping(self):
        nonce = os.urandom(8)
        self.socket.sendall(frame('ping', nonce))
        while self.receive() != (b'pong', nonce):
            pass


class Attack:
    """Hostile peers, each with a thread that connects again when it is put out."""

    def __init__(self, port, count):
        self.port, self.end = port, threading.Event()
        self.sent = self.connected = 0
        self.messages = {command: frame(command, os.urandom(1) * LONGEST) for command in COMMANDS}
        self.threads = [threading.Thread(target=self.live, args=(i,), daemon=True) for i in range(count)]
        for thread in self.threads:
            thread.start()

    def live(self, number):
        chance = random.Random(number)
        while not self.end.is_set():
            try:
                peer = Connection(f'{20 + number}.{chance.randrange(1, 250)}.{chance.randrange(1, 250)}.7', self.port).shake()
                self.connected += 1
                self.pour(peer.socket, chance)
                peer.socket.close()
            except OSError:
                self.end.wait(1)

    def pour(self, sock, chance):
        sock.settimeout(0.5)
        while not self.end.is_set():
            command = chance.choice(COMMANDS)
            size = chance.choice([0, 100, 5000, 40_000, 500_000, LONGEST, LONGEST])
            whole = chance.random() < 0.3
            message = self.messages[command] if size == LONGEST else frame(command, bytes(size))
            message = memoryview(message if whole else message[:-1])
            while message and not self.end.is_set():
                try:
                    sent = sock.send(message[:1 << 16])
                    self.sent += sent
                    message = message[sent:]
                except TimeoutError:
                    pass
            for _ in range(0 if whole else 40):  # Holds what it has sent.
                try:
                    if self.end.wait(0.5) or not sock.recv(65536):
                        return
                except TimeoutError:
                    pass

    def stop(self):
        self.end.set()
        for thread in self.threads:
            thread.join(60)


def memory(process, what='VmRSS'):
    with open(f'/proc/{process.pid}/status') as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith(what + ':'))


def processor_seconds(process):
    with open(f'/proc/{process.pid}/stat') as stat:
        fields = stat.read().rpartition(') ')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def serve_one(port):
    begun = time.time()
    peer = Connection(f'9.{random.randrange(1, 250)}.{random.randrange(1, 250)}.9', port).shake()
    peer.ping()
    peer.socket.close()
    return time.time() - begun


def main():
    parser = argparse.ArgumentParser(prog='memory-attack.sh')
    parser.add_argument('--seconds', type=int, default=120)
    parser.add_argument('--heap', type=int, default=256)
    parser.add_argument('--peers', type=int, default=117)
    parser.add_argument('--port', type=int, default=18444)
    parser.add_argument('program', nargs='*')
    options = parser.parse_args()
    tool = ['dotnet', 'src/Connmgr.Tool/bin/Release/net10.0/Connmgr.Tool.dll', 'run', '--network', 'regtest', '--listen', f'0.0.0.0:{options.port}',
            '--max-inbound', str(options.peers + 30), '--json']
    process = subprocess.Popen(options.program or tool, stdout=subprocess.DEVNULL, env={**os.environ, 'DOTNET_GCHeapHardLimit': hex(options.heap << 20)})
    try:
        wait_until_it_listens(options.port, process)
        held = Connection('9.8.7.6', options.port).shake()
        for _ in range(5):
            serve_one(options.port)
        time.sleep(5)
        before, cpu, begun = memory(process), processor_seconds(process), time.time()
        attack, waits, failures = Attack(options.port, options.peers), [], 0
        while time.time() < begun + options.seconds and process.poll() is None:
            try:
                held.ping()
                waits.append(serve_one(options.port))
            except OSError as error:
                failures += 1
                print(f'# after {time.time() - begun:.0f} s an honest peer was not served: {error}', flush=True)
            time.sleep(1)
        alive = process.poll() is None
        height = memory(process, 'VmHWM') if alive else 0
        share = (processor_seconds(process) - cpu) / (time.time() - begun) if alive else 0
        attack.stop()
        time.sleep(options.seconds)
        after = memory(process) if process.poll() is None else 0
        right = alive and after and failures == 0 and after <= 1.5 * before
        print(f'{"ok" if right else "wrong"}: {options.peers} hostile peers, {attack.connected} connections, {attack.sent >> 20} MB in {options.seconds} s: alive {alive}; '
              f'{len(waits)} honest peers served, the slowest in {max(waits, default=0):.1f} s, {failures} not; {share:.0%} of a core; '
              f'{before} MB before, {height} MB at its height, {after} MB {options.seconds} s after ({after / before:.2f} times)')
        return 0 if right else 1
    finally:
        process.terminate()
        process.wait(60)


def wait_until_it_listens(port, process):
    for _ in range(600):
        if process.poll() is not None:
            sys.exit(f'memory-attack: the program ended with {process.returncode}')
        try:
            socket.create_connection(('9.0.0.1', port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit('memory-attack: the program does not listen')


if __name__ == '__main__':
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main())
