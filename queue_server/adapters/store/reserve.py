"""A file that is in nobody's way until the disk is full: given up, it leaves room to end the day in (design.md §4).

Eight MiB: SQLite's log grows to about 4 MiB before it is used from its start again (1,000 pages), the other half holds
the calls and ends of more than 2,000 tickets. It is made again when there is room for it and as much once more, so that
an office at the limit does not open and close with every ticket.
"""

import os
from contextlib import suppress
from pathlib import Path

RESERVE_BYTES = 8 * 1024 * 1024
MARGIN_BYTES = RESERVE_BYTES
NAME = "reserve"


class Reserve:
    """The reserve file in a folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def keep(self) -> bool:
        """True when it is there, made now if need be; False while the disk has no room for it."""
        return self._there() or (self.room() and self._make())

    def give_up(self) -> bool:
        """Frees its room; False when there was none."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True

    def _there(self) -> bool:
        with suppress(OSError):
            return self._path.stat().st_size >= RESERVE_BYTES
        return False

    def room(self) -> bool:
        """True while the disk has room for a reserve and as much once more."""
        try:
            found = os.statvfs(self._path.parent)
        except OSError:
            return False
        return found.f_bavail * found.f_frsize >= RESERVE_BYTES + MARGIN_BYTES

    def _make(self) -> bool:
        """Really allocated: a sparse file would hold nothing free."""
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
            finally:
                os.close(descriptor)
        except OSError:
            self.give_up()  # a part of it would look like all of it
            return False
        return True
