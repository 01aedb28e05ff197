"""Printers to test with: the simulator as a process, and printers on ptys that do as told."""

import os
import pty
import socket
import subprocess
import sys
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from kiosk.printing.simulator.framer import Framer, StatusQuery, Transmit
from kiosk.printing.simulator.machine import Machine

START_S_MAX = 20.0
T = TypeVar("T")


@dataclass
class Simulator:
    """A running `python -m kiosk.printing.simulator`."""

    process: "subprocess.Popen[str]"
    port: int
    out: Path
    control: Path

    @property
    def url(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def order(self, text: str) -> str:
        """Send an order, return the answer (`ok` or the coded error)."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.bind(str(self.control) + ".me")
            try:
                sender.settimeout(START_S_MAX)
                sender.sendto(text.encode(), str(self.control))
                return sender.recv(500).decode()
            finally:
                Path(str(self.control) + ".me").unlink()

    def wait_for(self, pattern: str, count: int) -> list[Path]:
        """Poll for `count` files in the tray."""
        return wait_until(lambda: found if len(found := sorted(self.out.glob(pattern))) >= count else [])


@contextmanager
def running_simulator(folder: Path, *extra: str) -> Iterator[Simulator]:
    """The simulator on a free port, ended by SIGTERM."""
    out, control = folder / "printed", folder / "ctl"
    command = [sys.executable, "-m", "kiosk.printing.simulator", "--port", "0", "--out", str(out)]
    command += ["--control", str(control), *extra]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            word, port = process.stdout.readline().split()
            assert word == "ready"
            yield Simulator(process, int(port), out, control)
        finally:
            process.terminate()
            process.communicate(timeout=START_S_MAX)


def wait_until(look: Callable[[], T], wait_s: float = START_S_MAX) -> T:
    """Poll until `look` gives something true."""
    end_s = time.monotonic() + wait_s
    while not (found := look()):
        assert time.monotonic() < end_s, "waited too long"
        time.sleep(0.02)
    return found


class PtyPrinter:
    """An ESC/POS printer on a pty: keeps every byte, answers as its machine stands."""

    def __init__(self, machine: Machine, *, proves: bool = True) -> None:
        self.machine = machine
        self.proves = proves
        self.received = bytearray()
        self._bytes_max = 0
        self._near, far = pty.openpty()
        tty.setraw(self._near)
        tty.setraw(far)
        self.path = os.ttyname(far)
        self._far = far
        self._thread = threading.Thread(target=self._play, daemon=True)
        self._thread.start()

    def unplug_after(self, count: int) -> None:
        """Hang up once `count` bytes have come."""
        self._bytes_max = count

    def close(self) -> None:
        os.close(self._far)
        self._thread.join(5)
        os.close(self._near)

    def _play(self) -> None:
        framer = Framer()
        while True:
            try:
                chunk = os.read(self._near, 4096)
            except OSError:  # the far end was closed: unplugged
                return
            self.received += chunk
            if self._bytes_max and len(self.received) > self._bytes_max:
                os.close(self._far)
                os.close(self._near)
                return
            for op in framer.feed(chunk):
                if isinstance(op, StatusQuery):
                    os.write(self._near, self.machine.status(op.n))
                elif isinstance(op, Transmit) and self.proves and self.machine.prints:
                    os.write(self._near, self.machine.transmit(op.n))
