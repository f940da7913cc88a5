"""Processes whose processor time and memory are measured, and which end with this one."""

import asyncio
import ctypes
import os
import signal
import subprocess

_libc = ctypes.CDLL(None)


def die_with_parent():
    _libc.prctl(1, signal.SIGKILL)


class Measured:
    """A process. Its exit code, once `poll` has seen its end, and what it has used."""

    def __init__(self, command, stdout=subprocess.DEVNULL, stderr=None, env=None):
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, env=env, preexec_fn=die_with_parent)
        self.pid = self._process.pid
        self.code = None
        self.cpu = 0.0  # Seconds.
        self.peak = 0  # KiB of resident memory at its height.

    def poll(self):
        """Takes a look; True when it has ended."""
        if self.code is not None:
            return True
        try:
            with open(f"/proc/{self.pid}/status", encoding="ascii", errors="replace") as status:
                self.peak = max([self.peak, *(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))])
        except OSError:
            pass
        pid, status, used = os.wait4(self.pid, os.WNOHANG)
        if pid == 0:
            return False
        self.code = self._process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu = used.ru_utime + used.ru_stime
        return True

    async def end(self, how):
        """Sends a signal and waits for the end."""
        if not self.poll():
            os.kill(self.pid, how)
        while not self.poll():
            await asyncio.sleep(0.02)
