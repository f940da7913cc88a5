#!/usr/bin/env bash
# bash eng/file-limits.sh [LIMIT...]
#
# Runs connmgr with few file descriptors (ulimit -n; default 128 200 300 400 1024), with and without dashboard and data directory, and takes up everything that it offers at once: inbound peers,
# connections and watchers of the dashboard, clients of the control socket, dials that are not answered. Right is a run that stays alive, refuses what is too much, and goes on serving;
# or one that does not begin and says how many files it takes. As root, or where user namespaces are allowed: all of it happens in a network namespace with nothing but loopback.
# Needs a Release build of src/Connmgr.Tool, and python3.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tool=$PWD/src/Connmgr.Tool/bin/Release/net10.0/Connmgr.Tool.dll
[ -f "$tool" ] || { echo "build src/Connmgr.Tool first: dotnet build src/Connmgr.Tool -c Release" >&2; exit 2; }
[ $# -gt 0 ] || set -- 128 200 300 400 1024
exec unshare --net --map-root-user -- python3 - "$tool" "$@" <<'PYTHON'
import hashlib, http.client, json, os, shutil, socket, struct, subprocess, sys, tempfile, time

MAGIC, PEERS, BOARD, SILENT = bytes.fromhex('fabfb5da'), 18444, 8330, 18999
tool, limits = sys.argv[1], [int(limit) for limit in sys.argv[2:]]
for command in ('ip link set lo up', 'ip route add local 0.0.0.0/0 dev lo'):
    subprocess.run(command.split(), check=True)


def frame(command, payload=b''):
    return MAGIC + command.encode().ljust(12, b'\0') + struct.pack('<I', len(payload)) + hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4] + payload


def greet(number):
    """Opens an inbound peer, alone in its netgroup; None when it was refused."""
    sock = socket.socket()
    sock.settimeout(5)
    try:
        sock.bind((f'{20 + number % 100}.{number // 100}.7.7', 0))
        sock.connect(('9.0.0.1', PEERS))
        address = struct.pack('<Q', 1) + bytes(10) + b'\xff\xff' + bytes(4) + b'\0\0'
        sock.sendall(frame('version', struct.pack('<iQq', 70016, 1, int(time.time())) + address + address + os.urandom(8) + b'\x03/x/' + struct.pack('<i', 0) + b'\1') + frame('verack'))
        got = b''
        while b'verack' not in got:
            got += sock.recv(4096) or exit_loop()
        return sock
    except (OSError, EOFError):
        sock.close()
        return None


def exit_loop():
    raise EOFError


def ask(path, source='44.1.1.1'):
    try:
        client = http.client.HTTPConnection('9.0.0.1', BOARD, timeout=10, source_address=(source, 0))
        client.request('GET', path)
        return client.getresponse().status
    except (OSError, http.client.HTTPException) as fault:
        return type(fault).__name__


def connect(where, source=None, says=b'', family=socket.AF_INET):
    sock = socket.socket(family)
    sock.settimeout(5)
    try:
        if source:
            sock.bind((source, 0))
        sock.connect(where)
        sock.sendall(says)
        return sock
    except OSError:
        sock.close()
        return None


def run(limit, has_board, has_data):
    folder = tempfile.mkdtemp()
    fixed = os.path.join(folder, 'fixed.txt')
    with open(fixed, 'w') as file:
        file.writelines(f'{20 + i % 150}.{50 + i // 150}.1.1:{SILENT}\n' for i in range(1000))
    args = ['dotnet', tool, 'run', '--network', 'regtest', '--listen', f'9.0.0.1:{PEERS}', '--max-inbound', '400', '--fixed-peers', fixed, '--target', '20', '--json']
    args += ['--dashboard', f'9.0.0.1:{BOARD}', '--dashboard-remote'] if has_board else []
    args += ['--data-dir', os.path.join(folder, 'data')] if has_data else []
    out = open(os.path.join(folder, 'out'), 'w+')
    process = subprocess.Popen(['sh', '-c', f'ulimit -n {limit} && exec "$@"', 'sh', *args], stdout=out, stderr=subprocess.STDOUT)
    what = f'{limit}{" dashboard" if has_board else ""}{" data" if has_data else ""}'
    held = []
    try:
        for _ in range(300):
            text = open(out.name).read()
            if '"started"' in text or process.poll() is not None:
                break
            time.sleep(0.1)
        time.sleep(2)
        if process.poll() is not None:
            text = open(out.name).read()
            is_told = process.returncode == 1 and f'may open {limit} files and needs at least' in text
            return is_told, f'{what}: does not begin, exit {process.returncode}: {text.strip().splitlines()[-1][:160] if text.strip() else "no word"}'
        if has_board:
            token = open(os.path.join(folder, 'data', 'dashboard.token')).read().strip() if has_data else None
            held += [connect(('9.0.0.1', BOARD), f'45.1.{i}.1') for i in range(100)]
            if token:
                says = f'GET /api/v1/events HTTP/1.1\r\nHost: 9.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n'.encode()
                held += [connect(('9.0.0.1', BOARD), f'46.1.{i}.1', says) for i in range(20)]
        if has_data:
            held += [connect(os.path.join(folder, 'data', 'connmgr.sock'), family=socket.AF_UNIX) for i in range(30)]
        peers = [greet(number) for number in range(450)]
        held += peers
        time.sleep(5)
        held += [connect(('9.0.0.1', PEERS), f'47.{i}.1.1') for i in range(100)]
        time.sleep(2)
        if process.poll() is not None:
            return False, f'{what}: the process is gone, exit {process.returncode}: {open(out.name).read()[-200:]}'
        most = len(os.listdir(f'/proc/{process.pid}/fd'))
        health = ask('/healthz') if has_board else '-'
        silent = len(subprocess.run(['ss', '-Htn', 'state', 'established', 'dport', f'= :{SILENT}'], capture_output=True, text=True).stdout.splitlines())
        short = [json.loads(line) for line in open(out.name) if '"fileDescriptorLimitTooLow"' in line]
        lowered = f'at most {short[0]["maxInbound"]} inbound and {short[0]["maxHedgedDials"]} hedged' if short else 'nothing lowered'
        process.terminate()
        code = process.wait(30)
        failed = [line for line in open(out.name) if '"listenerFailed"' in line or 'Too many open' in line]
        result = f'{what}: alive with {most} open, {sum(map(bool, peers))} of 450 inbound, {silent} outbound, {lowered}; /healthz {health}; exit {code}'
        return code == 0 and not failed and (not has_board or health in (200, 503)), result + (f'; {failed[0][:200]}' if failed else '')
    finally:
        process.kill()
        process.wait()
        for sock in held:
            if sock:
                sock.close()
        shutil.rmtree(folder)


server = socket.create_server(('0.0.0.0', SILENT), backlog=1024)  # Takes every connection, and never says a word.
bad = 0
for limit in limits:
    for has_board in (False, True):
        for has_data in (False, True):
            is_right, text = run(limit, has_board, has_data)
            bad += not is_right
            print(('ok    ' if is_right else 'WRONG ') + text, flush=True)
sys.exit(bad > 0)
PYTHON
