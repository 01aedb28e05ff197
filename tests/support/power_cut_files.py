"""Ordinary files on the disk whose power can be cut: what `os.fsync` and renames made durable is logged.

Writes need no log: what the page cache held lies in the file after the kill. So only syncs and renames are wrapped; a
file is synced as a whole, and is small.
"""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.power_cut_log import Kind, LogWriter


class LoggedFiles:
    """Replaces os.fsync, os.fdatasync, os.rename and os.replace of this process."""

    def __init__(self, root: Path, log: LogWriter, *, loose: bool = False) -> None:
        """`loose`: what is synced is durable all the same no sooner than anything else."""
        self._root, self._log, self._loose = str(root.resolve()), log, loose
        os.fsync, os.fdatasync = self._syncing(os.fsync), self._syncing(os.fdatasync)
        os.rename, os.replace = self._renaming(os.rename), self._renaming(os.replace)

    def _ours(self, path: str) -> bool:
        return path == self._root or path.startswith(self._root + os.sep)

    def _syncing(self, real: Callable[[Any], None]) -> Callable[[Any], None]:
        def sync(fd: Any) -> None:
            real(fd)
            number = fd if isinstance(fd, int) else fd.fileno()
            path = str(Path(f"/proc/self/fd/{number}").readlink())
            if self._loose or not self._ours(path):
                return
            if stat.S_ISDIR(os.fstat(number).st_mode):
                self._log.add(Kind.SYNC_DIR, path)
            else:
                self._log.add(Kind.CONTENT, path, 0, Path(path).read_bytes())

        return sync

    def _renaming(self, real: Callable[..., None]) -> Callable[..., None]:
        def rename(old: Any, new: Any, **options: Any) -> None:
            before, after = os.path.realpath(old), os.path.realpath(new)
            real(old, new, **options)
            if self._ours(before) and self._ours(after):
                self._log.add(Kind.RENAME, before, 0, after.encode())

        return rename
