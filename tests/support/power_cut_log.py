"""The log of a disk: every write, truncate, sync and delete in order, in a file of its own.

`kill -9` keeps the page cache, so this file is whole after it (but perhaps for its last record): from it the disk as a
power cut would have left it is made (power_cut_disk.py).
"""

import os
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

HEAD = struct.Struct("<BHQI")  # kind, file, offset or size, bytes that follow


class Kind(IntEnum):
    """What was done to a file."""

    NAME = 1  # the data is the path of this file number
    WRITE = 2
    TRUNCATE = 3  # to `offset` bytes
    SYNC = 4  # all before is durable
    DELETE = 5  # durable with the folder's next sync
    DELETE_SYNCED = 6
    CONTENT = 7  # the whole of a small file, as it was when its fsync returned
    RENAME = 8  # the data is the new path; durable with the folder's next sync
    SYNC_DIR = 9  # of a folder


@dataclass(frozen=True)
class Record:
    """One act on `path`."""

    kind: Kind
    path: Path
    offset: int = 0
    data: bytes = b""


class LogWriter:
    """Appends records; any thread."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._numbers: dict[str, int] = {}
        self._lock = threading.Lock()

    def add(self, kind: Kind, path: str, offset: int = 0, data: bytes = b"") -> None:
        """One record, in one write."""
        with self._lock:
            number = self._numbers.get(path)
            named = b""
            if number is None:
                number = self._numbers[path] = len(self._numbers)
                raw = path.encode()
                named = HEAD.pack(Kind.NAME, number, 0, len(raw)) + raw
            os.write(self._file, named + HEAD.pack(kind, number, offset, len(data)) + data)


def read_log(path: Path) -> Iterator[Record]:
    """The records; an unfinished last one is left out: nobody was told that it happened."""
    raw = path.read_bytes()
    names: dict[int, Path] = {}
    at = 0
    while at + HEAD.size <= len(raw):
        kind, number, offset, length = HEAD.unpack_from(raw, at)
        at += HEAD.size
        if at + length > len(raw):
            return
        data = raw[at : at + length]
        at += length
        if kind == Kind.NAME:
            names[number] = Path(data.decode())
        else:
            yield Record(Kind(kind), names[number], offset, data)
