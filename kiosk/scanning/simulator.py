"""A simulated serial barcode scanner: `python -m kiosk.scanning.simulator --link PATH --control SOCKET`.

Makes a pty and a link to it, as a USB scanner makes /dev/ttyACM0; each datagram sent to the control socket is one
scan, sent out framed as a real scanner would. Ending the process is pulling the plug.
"""

import os
import socket
import sys
import tty
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector

from contracts.errors import Rejected
from contracts.scan import Framing, encode, framing_from
from runtime.cli_options import CodedParser, run_command
from runtime.lifecycle import stop_event

DATAGRAM_BYTES_MAX = 4096
POLL_S = 0.2


class ScannerSimulator:
    """Owns the pty, the link and the control socket until closed."""

    def __init__(self, link: Path, control: Path, framing: Framing, aim: str = "") -> None:
        self.link, self.control = link, control
        self._framing, self._aim = framing, aim
        self._master, self._slave = os.openpty()  # holding the far end open keeps the pty alive between readers
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            control.parent.mkdir(parents=True, exist_ok=True)
            control.unlink(missing_ok=True)
            self._socket.bind(str(control))
            control.chmod(0o600)
            _point(link, os.ttyname(self._slave))
        except OSError as error:
            self.close()
            raise Rejected("device_unreachable", f"{error.filename or control}: {error.strerror}") from error

    def serve(self, timeout_s: float) -> None:
        """Handle what arrives within `timeout_s`: datagrams become scans; what is written to the scanner is dropped."""
        with DefaultSelector() as selector:
            selector.register(self._socket, EVENT_READ)
            selector.register(self._master, EVENT_READ)
            for key, _ in selector.select(timeout_s):
                if key.fileobj is self._socket:
                    self.scan(self._socket.recv(DATAGRAM_BYTES_MAX).decode("utf-8", "replace").rstrip("\r\n"))
                else:
                    os.read(self._master, DATAGRAM_BYTES_MAX)

    def scan(self, text: str) -> None:
        """Send one scan. When nobody reads and the line is full it is lost, as with a real scanner."""
        with suppress(BlockingIOError):
            os.write(self._master, encode(text, self._framing, self._aim))

    def close(self) -> None:
        """Pull the plug."""
        for end in (self._master, self._slave):
            with suppress(OSError):
                os.close(end)
        self._socket.close()
        for path in (self.link, self.control):
            with suppress(OSError):
                path.unlink()


def _point(link: Path, target: str) -> None:
    """Make or turn the link in one step: a reader never sees it missing."""
    link.parent.mkdir(parents=True, exist_ok=True)
    new = link.with_name(f".{link.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(link)


def main(argv: Sequence[str]) -> int:
    """Run until told to stop."""
    parser = CodedParser(prog="motcua sim scanner", allow_abbrev=False)
    parser.add_argument("--link", type=Path, required=True, metavar="PATH", help="where the scanner's port appears")
    parser.add_argument("--control", type=Path, required=True, metavar="SOCKET", help="each datagram is a scan")
    parser.add_argument("--prefix", default="", help="text or STX")
    parser.add_argument("--suffix", default="CR", help="CR, LF, CRLF, ETX, TAB or nothing")
    parser.add_argument("--aim", default="", metavar="ID", help='AIM identifier to send, such as "]C0"')
    options = parser.parse_args(argv)
    stop = stop_event()
    scanner = ScannerSimulator(options.link, options.control, framing_from(options.prefix, options.suffix), options.aim)
    try:
        sys.stdout.write(f"ready link={options.link} control={options.control}\n")
        sys.stdout.flush()
        while not stop.is_set():
            scanner.serve(POLL_S)
    finally:
        scanner.close()
    return 0


if __name__ == "__main__":
    run_command(main)
