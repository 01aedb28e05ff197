"""One open line to a printer, by python-escpos: write with a deadline, read where it can be read.

A line lives for one job. Expected trouble becomes `PrinterFault`; nothing here blocks longer than
the deadline it was given.
"""

from __future__ import annotations

import os
import select
import termios
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol

import usb.core
import usb.util
from escpos.exceptions import Error as EscposError
from escpos.printer import File, Network, Serial, Usb

from contracts.errors import Rejected
from kiosk.printing.escpos import PROFILE
from kiosk.printing.url import LinkKind, PrinterUrl

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNECT_S_MAX: Final = 3.0
"""A printer in the same room answers in milliseconds; three seconds is a switched-off one."""
WRITE_S_MAX: Final = 20.0
"""For a whole ticket on TCP, USB and file: the longest mechanical print plus a busy buffer."""
_SERIAL_BITS_PER_BYTE: Final = 10


class PrinterFault(Rejected):
    """The printer cannot do the job. `sent`: some of the job may already be on paper."""

    def __init__(self, code: str, detail: str = "", *, sent: bool = False) -> None:
        super().__init__(code, detail)
        self.sent = sent


class Link(Protocol):
    """An open line."""

    readable: bool

    def write(self, data: bytes) -> None:
        """Hand over all bytes; raises PrinterFault(sent=True)."""

    def read(self, wait_s: float) -> bytes:
        """What arrives within `wait_s` (at least one byte), else empty."""


@contextmanager
def open_link(url: PrinterUrl) -> Iterator[Link]:
    """The line to `url`, closed on leaving. Raises PrinterFault("printer_offline")."""
    link = _LINKS[url.kind](url)
    try:
        link.device.open()
        link.prepare()
    except (EscposError, OSError, usb.core.NoBackendError) as error:
        link.close()
        raise PrinterFault("printer_offline", _first_line(error)) from error
    try:
        yield link
    finally:
        link.close()


class _EscposLink:
    """The common part: faults, and a device of python-escpos underneath."""

    readable = False

    def __init__(self, url: PrinterUrl, device: Any) -> None:
        self.url = url
        self.device = device

    def prepare(self) -> None:
        """Set what python-escpos does not offer, once the device is open."""

    def write(self, data: bytes) -> None:
        try:
            self.send(data)
        except (TimeoutError, usb.core.USBTimeoutError) as error:
            raise PrinterFault("printer_timeout", "the write timed out", sent=True) from error
        except OSError as error:
            late = "timeout" in type(error).__name__.lower()
            code = "printer_timeout" if late else "printer_offline"
            raise PrinterFault(code, _first_line(error), sent=True) from error

    def send(self, data: bytes) -> None:
        self.device._raw(data)  # noqa: SLF001 - python-escpos' documented way to send raw bytes

    def read(self, wait_s: float) -> bytes:
        del wait_s
        return b""

    def close(self) -> None:
        try:
            self.finish()
        except (OSError, termios.error):
            self.device.device = None  # unplugged: it cannot be closed properly, and need not be

    def finish(self) -> None:
        self.device.close()


class _TcpLink(_EscposLink):
    readable = True

    def __init__(self, url: PrinterUrl) -> None:
        device = Network(url.target, port=url.port, timeout=CONNECT_S_MAX, profile=PROFILE)
        super().__init__(url, device)

    def send(self, data: bytes) -> None:
        self.device.device.settimeout(WRITE_S_MAX)
        super().send(data)

    def read(self, wait_s: float) -> bytes:
        self.device.device.settimeout(wait_s)
        try:
            got = bytes(self.device.device.recv(64))
        except TimeoutError:
            return b""
        except OSError as error:
            raise PrinterFault("printer_offline", _first_line(error), sent=True) from error
        if not got:
            raise PrinterFault("printer_offline", "the printer hung up", sent=True)
        return got


class _SerialLink(_EscposLink):
    readable = True
    stalled = False
    """A write began and did not end."""

    def __init__(self, url: PrinterUrl) -> None:
        device = Serial(
            url.target,
            baudrate=url.baud,
            bytesize=url.data_bits,
            parity=url.parity,
            stopbits=url.stop_bits,
            profile=PROFILE,
        )
        super().__init__(url, device)

    def send(self, data: bytes) -> None:
        port = self.device.device
        port.write_timeout = WRITE_S_MAX + len(data) * _SERIAL_BITS_PER_BYTE / self.url.baud
        super().send(data)

    def read(self, wait_s: float) -> bytes:
        port = self.device.device
        port.timeout = wait_s
        try:
            return bytes(port.read(1)) + bytes(port.read(port.in_waiting))
        except OSError as error:
            raise PrinterFault("printer_offline", _first_line(error), sent=True) from error

    def finish(self) -> None:
        # Closing flushes, and flushing waits for a printer that holds the line: drop instead.
        # After a good job nothing is left to drop, for the answer came behind the last byte.
        port = self.device.device
        if port and port.is_open and self.stalled:
            port.reset_output_buffer()
        super().finish()

    def write(self, data: bytes) -> None:
        self.stalled = True
        super().write(data)
        self.stalled = False


class _UsbLink(_EscposLink):
    def __init__(self, url: PrinterUrl) -> None:
        device = Usb(url.vendor_id, url.product_id, timeout=int(WRITE_S_MAX * 1000), profile=PROFILE)
        super().__init__(url, device)

    def prepare(self) -> None:
        """Printers differ in the number of their bulk endpoint; ask instead of guessing 0x01."""
        interface = self.device.device.get_active_configuration()[(0, 0)]
        for endpoint in interface:
            address = int(endpoint.bEndpointAddress)
            if usb.util.endpoint_direction(address) == usb.util.ENDPOINT_OUT:
                self.device.out_ep = address
                return


class _ExistingFile(File):  # type: ignore[misc]  # python-escpos ships no types
    """python-escpos' File, but it neither creates nor truncates: a missing /dev/usb/lp0 must not
    become a plain file that swallows tickets. Outside /dev it begins the file. Non-blocking, so
    that a dead printer can time out."""

    def open(self, raise_not_found: bool = True) -> None:
        del raise_not_found
        flags = os.O_WRONLY | os.O_NONBLOCK | os.O_APPEND | os.O_NOCTTY | os.O_CLOEXEC
        if not self.devfile.startswith("/dev/"):
            flags |= os.O_CREAT
        self.device = os.fdopen(os.open(self.devfile, flags, 0o644), "wb", buffering=0)


class _FileLink(_EscposLink):
    def __init__(self, url: PrinterUrl) -> None:
        super().__init__(url, _ExistingFile(url.target, profile=PROFILE))

    def send(self, data: bytes) -> None:
        stream = self.device.device
        end_s = time.monotonic() + WRITE_S_MAX
        left = memoryview(data)
        while left:
            wait_s = end_s - time.monotonic()
            if wait_s <= 0 or not select.select([], [stream], [], wait_s)[1]:
                raise TimeoutError("the device takes no more bytes")
            left = left[stream.write(left) or 0 :]


_LINKS: Final[dict[LinkKind, Any]] = {
    LinkKind.TCP: _TcpLink,
    LinkKind.SERIAL: _SerialLink,
    LinkKind.USB: _UsbLink,
    LinkKind.FILE: _FileLink,
}


def _first_line(error: BaseException) -> str:
    return str(error).replace("\n", " ").strip() or type(error).__name__
