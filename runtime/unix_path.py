"""Socket files below a long data directory: sun_path holds 107 bytes (unix(7)), a path may have 4096."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

SUN_PATH_BYTES_MAX = 107
"""Longest path of a socket file, without its closing zero."""


@contextlib.contextmanager
def short_path(path: Path) -> Iterator[str]:
    """A text for bind or connect that means `path` while the block lasts: through its directory's descriptor when
    the path itself is too long. Raises FileNotFoundError when there is no such directory."""
    if len(os.fsencode(path)) <= SUN_PATH_BYTES_MAX:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
