"""The device's end of a serial line: a pseudo-terminal under a stable name."""

import errno
import os
import tty
from pathlib import Path

READ_BYTES_MAX = 4096


class Terminal:
    """A pty whose other end is `link`. `unplug` and `plug` do what a person does to a cable."""

    def __init__(self, link: Path) -> None:
        """Creates the link (and its folder); replaces one that an earlier run left. Raises OSError."""
        self._link = link
        self._fds: tuple[int, int] | None = None
        self.plug()

    @property
    def plugged(self) -> bool:
        """True while the device is there."""
        return self._fds is not None

    def fileno(self) -> int:
        """For select; raises OSError when unplugged."""
        if self._fds is None:
            raise OSError(errno.EBADF, "unplugged")
        return self._fds[0]

    def plug(self) -> None:
        """Open the pty and point the link at it, at once for whoever looks."""
        if self._fds is not None:
            return
        ours, theirs = os.openpty()  # theirs stays open here: else our reads fail while nobody is connected
        tty.setraw(theirs)
        os.set_blocking(ours, False)
        self._fds = (ours, theirs)
        self._link.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._link.with_name(f".{self._link.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(theirs))
        fresh.replace(self._link)

    def unplug(self) -> None:
        """Hang up: whoever has the port open gets an error, and the link is gone."""
        if self._fds is None:
            return
        target = os.ttyname(self._fds[1])
        if self._link.is_symlink() and str(self._link.readlink()) == target:
            self._link.unlink(missing_ok=True)
        for fd in self._fds:
            os.close(fd)
        self._fds = None

    def read(self) -> bytes:
        """What came in; b"" for nothing."""
        try:
            return os.read(self.fileno(), READ_BYTES_MAX)
        except BlockingIOError:
            return b""

    def write(self, data: bytes) -> None:
        """Send; what nobody reads while the line's buffer is full is lost, as on a wire."""
        try:
            os.write(self.fileno(), data)
        except BlockingIOError:
            return
