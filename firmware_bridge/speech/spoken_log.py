"""Remembers across restarts which calls were spoken: a small append-only file, a line a call."""

import os
from pathlib import Path

from firmware_bridge.speech.announcer import SPOKEN_MAX
from firmware_bridge.speech.files import write_whole

FILE_BYTES_MAX = 1_000_000
LINES_MAX = 4 * SPOKEN_MAX  # then the file is written anew with the newest SPOKEN_MAX


class SpokenLog:
    """`path` is created at the first line. Raises OSError when it cannot be written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys = self._read()

    def keys(self) -> tuple[str, ...]:
        """The remembered keys, oldest first."""
        return tuple(self._keys[-SPOKEN_MAX:])

    def add(self, key: str) -> None:
        """Remember `key` before anything of it is heard; on disk when this returns."""
        self._keys.append(key)
        if len(self._keys) > LINES_MAX:
            self._keys = self._keys[-SPOKEN_MAX:]
            write_whole(self._path, "".join(f"{one}\n" for one in self._keys).encode())
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            file.write(f"{key}\n".encode())
            file.flush()
            os.fsync(file.fileno())

    def _read(self) -> list[str]:
        """All whole lines; a torn last line and anything unreadable is left out."""
        try:
            data = self._path.read_bytes()[-FILE_BYTES_MAX:]
        except OSError:
            return []
        whole, _, torn = data.rpartition(b"\n")
        if torn:  # the machine stopped in the middle of a line: end it, so that the next one stands alone
            self._path.write_bytes(whole + b"\n" if whole else b"")
        return whole.decode(errors="replace").split("\n") if whole else []
