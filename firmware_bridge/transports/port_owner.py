"""The one owner of a port: a thread that opens it, reads, writes, and opens it again when it went away."""

import os
import select
import termios
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import serial

from firmware_bridge.transports.spec import PortSpec

RETRY_S_MIN, RETRY_S_MAX = 0.25, 3.0  # a sign shows its number at most 5 s after its cable is back
WRITE_S_MAX = 2.0
WRITES_MAX = 32
READ_BYTES_MAX = 4096


@dataclass(frozen=True)
class Opened:
    """The port is open."""


@dataclass(frozen=True)
class Closed:
    """The port would not open, or went away. What was not yet written is dropped."""

    detail: str


@dataclass(frozen=True)
class Received:
    """Bytes came in."""

    data: bytes


@dataclass(frozen=True)
class Wrote:
    """Write `seq` was handed to the line."""

    seq: int


PortEvent = Opened | Closed | Received | Wrote


@dataclass
class _Orders:
    """What others ask of the thread; guarded by the lock."""

    writes: deque[tuple[int, bytes]] = field(default_factory=deque)
    reopen: bool = False
    stop: bool = False


def retry_s(failures: int) -> float:
    """The pause before the next try after `failures` in a row."""
    return min(RETRY_S_MAX, RETRY_S_MIN * 2.0 ** min(failures - 1, 10))


class PortOwner:
    """`on_event` is called on the owner's thread and must only hand over. No method here waits for the port."""

    def __init__(self, name: str, spec: PortSpec, on_event: Callable[[PortEvent], None]) -> None:
        self._spec, self._on_event = spec, on_event
        self._orders, self._lock = _Orders(), threading.Lock()
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._pipe_closed = False
        self._thread = threading.Thread(target=self._run, name=f"port-{name}", daemon=True)

    def start(self) -> None:
        """Begin to open the port."""
        self._thread.start()

    def write(self, seq: int, data: bytes) -> bool:
        """Hand `data` over; Wrote(seq) or Closed follows. False when WRITES_MAX already wait."""
        with self._lock:
            if len(self._orders.writes) >= WRITES_MAX:
                return False
            self._orders.writes.append((seq, data))
        self._wake()
        return True

    def reopen(self) -> None:
        """Close the port and open it again."""
        with self._lock:
            self._orders.reopen = True
        self._wake()

    def stop(self, seconds_max: float = 3.0) -> None:
        """Close the port and end the thread; a port that hangs longer is left to the process's end."""
        with self._lock:
            self._orders.stop = True
        self._wake()
        self._thread.join(seconds_max)
        with self._lock:
            if not self._thread.is_alive() and not self._pipe_closed:
                self._pipe_closed = True
                os.close(self._wake_read)
                os.close(self._wake_write)

    # ---- the owner's thread ----

    def _run(self) -> None:
        failures = 0
        while not self._orders.stop:
            try:
                with self._open() as port:
                    failures = 0
                    self._begin()
                    self._serve(port)
                detail = "closed"
            except (OSError, termios.error, ValueError) as error:  # ValueError: a speed the adapter cannot do
                detail = str(error)[:200]
            if not self._orders.stop:
                failures += 1
                self._on_event(Closed(detail))
                self._pause(retry_s(failures))

    def _open(self) -> serial.SerialBase:
        spec = self._spec
        return serial.serial_for_url(
            spec.address,
            baudrate=spec.baud,
            bytesize=spec.bytesize,
            parity=spec.parity,
            stopbits=spec.stopbits,
            timeout=0,
            write_timeout=WRITE_S_MAX,
            exclusive=True,
        )

    def _begin(self) -> None:
        with self._lock:
            self._orders.writes.clear()
            self._orders.reopen = False
        self._on_event(Opened())

    def _serve(self, port: serial.SerialBase) -> None:
        """Until told otherwise, or an error of the port."""
        while not (self._orders.stop or self._orders.reopen):
            ready, _, _ = select.select([port.fileno(), self._wake_read], [], [])
            if self._wake_read in ready:
                self._drain_wakes()
                self._write_all(port)
            if port.fileno() in ready:
                data = port.read(READ_BYTES_MAX)
                if data:
                    self._on_event(Received(bytes(data)))

    def _write_all(self, port: serial.SerialBase) -> None:
        while True:
            with self._lock:
                if not self._orders.writes or self._orders.stop:
                    return
                seq, data = self._orders.writes.popleft()
            port.write(data)
            self._on_event(Wrote(seq))

    def _pause(self, seconds: float) -> None:
        """Wait, unless told to stop; orders for a closed port are dropped."""
        select.select([self._wake_read], [], [], seconds)
        if self._orders.stop:
            return
        self._drain_wakes()

    def _wake(self) -> None:
        with self._lock:
            if self._pipe_closed:
                return
            try:
                os.write(self._wake_write, b".")
            except BlockingIOError:
                return  # enough wakes wait already

    def _drain_wakes(self) -> None:
        try:
            while os.read(self._wake_read, 512):
                pass
        except BlockingIOError:
            return
