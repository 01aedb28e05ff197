"""A serial barcode scanner (USB-CDC, RS-232 or a network adapter): one thread that reads and reconnects."""

import time
from collections.abc import Callable
from threading import Event, Thread
from urllib.parse import parse_qs, urlsplit

import serial

from contracts.errors import Rejected
from contracts.scan import Framing, ScanFramer
from kiosk.scanning.inbox import DeviceState, ScanInbox

READ_S = 0.04  # half of the silence that ends a scan without suffix
RETRY_S = (0.5, 1.0, 2.0, 5.0)  # a scanner may be unplugged and plugged in again at any time
CHUNK_BYTES_MAX = 4096
BAUD_DEFAULT = 9600
STOP_S = 2.0
_FORMATS = {"8N1": (8, "N", 1), "7E1": (7, "E", 1), "7O1": (7, "O", 1), "8E1": (8, "E", 1), "8O1": (8, "O", 1)}

Opener = Callable[[], serial.SerialBase]


def opener(url: str) -> Opener:
    """How to open the port of a device row: `serial:///dev/NAME?baud=9600&bytes=8N1` or `tcp://HOST:PORT`.

    Raises `config_invalid` at once for an address that can never work; opening raises OSError.
    """
    parts = urlsplit(url)
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    baud = options.get("baud", str(BAUD_DEFAULT))
    form = _FORMATS.get(options.get("bytes", "8N1"))
    if not (baud.isascii() and baud.isdigit()) or form is None:
        raise Rejected("config_invalid", f"scanner url {url!r}: baud and bytes are like ?baud=9600&bytes=8N1")
    if parts.scheme == "tcp" and parts.netloc:
        return lambda: serial.serial_for_url(f"socket://{parts.netloc}", timeout=READ_S)
    if parts.scheme != "serial" or not parts.path or parts.netloc:
        raise Rejected("config_invalid", f"scanner url {url!r} is neither serial:///dev/NAME nor tcp://HOST:PORT")
    size, parity, stop = form
    return lambda: serial.Serial(
        parts.path, int(baud), bytesize=size, parity=parity, stopbits=stop, timeout=READ_S, exclusive=True
    )


class SerialScanner:
    """Reads one scanner into the inbox until stopped. `on_state` is called from its thread on every change."""

    def __init__(
        self, device: str, open_port: Opener, framing: Framing, inbox: ScanInbox,
        on_state: Callable[[DeviceState], None] = lambda _state: None,
        now_ms: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000,
    ) -> None:  # fmt: skip
        self._device, self._open, self._inbox = device, open_port, inbox
        self._framer = ScanFramer(framing)
        self._on_state, self._now_ms = on_state, now_ms
        self._told: DeviceState | None = None
        self._stopping = Event()
        self._thread = Thread(target=self._run, name=f"scanner {device}", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Stop reading and close the port."""
        self._stopping.set()
        self._thread.join(STOP_S)

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                with self._open() as port:
                    failures = 0
                    self._tell(DeviceState(self._device))
                    self._read(port)
            except OSError as error:  # pyserial's SerialException is one
                self._framer.reset()  # half a scan of before is no part of the next
                self._tell(DeviceState(self._device, "device_unreachable", str(error)))
                self._stopping.wait(RETRY_S[min(failures, len(RETRY_S) - 1)])
                failures += 1

    def _read(self, port: serial.SerialBase) -> None:
        while not self._stopping.is_set():
            chunk = port.read(1)
            waiting: int = getattr(port, "in_waiting", 0)  # the base class has none
            if chunk and waiting:
                chunk += port.read(min(waiting, CHUNK_BYTES_MAX))
            now_ms = self._now_ms()
            for scan in self._framer.feed(chunk, now_ms) if chunk else self._framer.tick(now_ms):
                self._inbox.put(scan, self._device)

    def _tell(self, state: DeviceState) -> None:
        if self._told is None or self._told.code != state.code:
            self._told = state
            self._on_state(state)
