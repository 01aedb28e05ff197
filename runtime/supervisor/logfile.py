"""DATA/logs/NAME.log of a child: it writes itself (O_APPEND), we keep the size within bounds."""

import os
import shutil
from pathlib import Path

LOG_BYTES_MAX = 5_000_000
LOG_GENERATIONS = 3  # NAME.log.1 … NAME.log.3
TAIL_BYTES_MAX = 4_000


def _older(path: Path, generation: int) -> Path:
    return path.with_name(f"{path.name}.{generation}")


def rotate(path: Path, bytes_max: int = LOG_BYTES_MAX) -> bool:
    """When the log is over its limit, copy it to generation 1 and empty it; True when it was.

    Copied and emptied, not renamed: the child goes on writing to the same file and must not be told.
    """
    try:
        if path.stat().st_size <= bytes_max:
            return False
    except FileNotFoundError:
        return False
    for generation in range(LOG_GENERATIONS - 1, 0, -1):
        if _older(path, generation).exists():
            _older(path, generation).replace(_older(path, generation + 1))
    try:
        shutil.copyfile(path, _older(path, 1))
    except OSError:  # the disk is full: the log is what we can give back
        _older(path, 1).unlink(missing_ok=True)
    os.truncate(path, 0)
    return True


def open_log(path: Path) -> int:
    """A descriptor to append to; the caller closes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rotate(path)
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)


def tail(path: Path, lines: int = 5) -> list[str]:
    """The last lines of a log, for a person who asks why a child died."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL_BYTES_MAX))
            return file.read(TAIL_BYTES_MAX).decode(errors="replace").splitlines()[-lines:]
    except OSError:
        return []
