"""Where scans of every source wait for the kiosk's screen loop: bounded, and it wakes the loop."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from contracts.scan import BadScan, BadScanReason, Scan

WAITING_MAX = 16
"""More than a visitor can scan while a screen is drawn; a scanner gone mad must not fill the memory."""
_NOISE = frozenset({BadScanReason.NO_PREFIX, BadScanReason.NO_SUFFIX})
"""Bytes that nobody scanned: a visitor is told nothing about them."""


@dataclass(frozen=True)
class Arrival:
    """A scan, or one that a visitor made but that cannot be read, and its device (id of the office file)."""

    scan: Scan | BadScan
    device: str


@dataclass(frozen=True)
class DeviceState:
    """How a scanning device is: `code` None = works; else a stable code of contracts/errors.py, for health topics."""

    device: str
    code: str | None = None
    detail: str = ""


class ScanInbox:
    """Filled from any thread, drained by one. `wake` is called from the filling thread after each arrival."""

    def __init__(self, wake: Callable[[], None] = lambda: None) -> None:
        self._wake = wake
        self._lock = Lock()
        self._waiting: deque[Arrival] = deque()
        self.dropped = 0  # scans that came while WAITING_MAX waited
        self.bad = 0  # bytes that were no scan

    def put(self, scan: Scan | BadScan, device: str) -> None:
        """Take a scan in; noise, or one too many, is only counted."""
        with self._lock:
            if isinstance(scan, BadScan):
                self.bad += 1
                if scan.reason in _NOISE:
                    return
            if len(self._waiting) >= WAITING_MAX:
                self.dropped += 1
                return
            self._waiting.append(Arrival(scan, device))
        self._wake()

    def drain(self) -> list[Arrival]:
        """Everything that waits, in order of arrival."""
        with self._lock:
            arrivals = list(self._waiting)
            self._waiting.clear()
        return arrivals
