"""The disk after a power cut: every file as of its last sync, and of what came after, whatever the disk felt like.

A drive may keep any part of what it was not told to keep: nothing, all, the first so many writes, any of them in any
combination, and of one write any of its 512-byte sectors. Which, a seed decides.
"""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from random import Random

from tests.support.power_cut_log import Kind, Record, read_log

SECTOR = 512


class Fate(StrEnum):
    """What becomes of writes that no sync followed."""

    NONE = "none"
    ALL = "all"
    PREFIX = "prefix"
    SUBSET = "subset"
    TORN = "torn"  # any subset, and of each write any sectors


@dataclass
class _Content:
    data: bytearray = field(default_factory=bytearray)
    there: bool = False

    def apply(self, record: Record) -> None:
        if record.kind in (Kind.DELETE, Kind.DELETE_SYNCED):
            self.data.clear()
            self.there = False
            return
        self.there = True
        if record.kind == Kind.TRUNCATE:
            self._resize(record.offset)
        elif record.kind == Kind.WRITE:
            end = record.offset + len(record.data)
            if end > len(self.data):
                self._resize(end)
            self.data[record.offset : end] = record.data

    def _resize(self, size: int) -> None:
        del self.data[size:]
        self.data.extend(bytes(size - len(self.data)))


@dataclass
class _OneFile:
    durable: _Content
    pending: list[Record] = field(default_factory=list)

    def take(self, record: Record) -> None:
        self.pending.append(record)
        if record.kind in (Kind.SYNC, Kind.DELETE_SYNCED):
            self._settle(len(self.pending))

    def folder_synced(self) -> None:
        """That it was deleted is durable now; what was written to a new file of that name since is not."""
        kinds = [record.kind for record in self.pending]
        if Kind.DELETE in kinds:
            self._settle(len(kinds) - kinds[::-1].index(Kind.DELETE))

    def _settle(self, count: int) -> None:
        for past in self.pending[:count]:
            self.durable.apply(past)
        del self.pending[:count]

    def cut(self, fate: Fate, rng: Random) -> _Content:
        for record in _FATES[fate](self.pending, rng):
            self.durable.apply(record)
        return self.durable


def _any(pending: list[Record], rng: Random) -> list[Record]:
    """Any of them; what was written to a file after its unsynced removal went to another file of the same name."""
    kept = []
    for record in pending:
        if rng.random() < 0.5:
            kept.append(record)
        elif record.kind == Kind.DELETE:
            break
    return kept


def _torn(pending: list[Record], rng: Random) -> list[Record]:
    return [part for record in _any(pending, rng) for part in _sectors(record, rng)]


def _sectors(record: Record, rng: Random) -> Iterable[Record]:
    if record.kind != Kind.WRITE:
        yield record
        return
    at, end = record.offset, record.offset + len(record.data)
    while at < end:
        until = min(end, (at // SECTOR + 1) * SECTOR)
        if rng.random() < 0.5:
            yield Record(Kind.WRITE, record.path, at, record.data[at - record.offset : until - record.offset])
        at = until


_FATES: dict[Fate, Callable[[list[Record], Random], list[Record]]] = {
    Fate.NONE: lambda _pending, _rng: [],
    Fate.ALL: lambda pending, _rng: pending,
    Fate.PREFIX: lambda pending, rng: pending[: rng.randint(0, len(pending))],
    Fate.SUBSET: _any,
    Fate.TORN: _torn,
}


@dataclass(frozen=True)
class Cut:
    """What a cut did: for the failure message."""

    fate: Fate
    unsynced: int  # writes that no sync had followed
    records: int


def after_cut(log: Path, base: Path, root: Path, target: Path, rng: Random) -> Cut:
    """Writes into `target` the files under `root` as the cut left them.

    `base`: the files as they were when the log began. The WAL's shared memory (-shm) is never durable and is left out.
    """
    fate = rng.choice(list(Fate))
    files = {
        root / path.relative_to(base): _OneFile(_Content(bytearray(path.read_bytes()), True)) for path in _in(base)
    }
    records = 0
    for record in read_log(log):
        records += 1
        if record.kind == Kind.SYNC_DIR:
            for path, file in files.items():
                if path.parent == record.path:
                    file.folder_synced()
        else:
            files.setdefault(record.path, _OneFile(_Content())).take(record)
    unsynced = sum(len(file.pending) for file in files.values())
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True, mode=0o700)
    for path, file in sorted(files.items()):
        left = file.cut(fate, rng)
        if left.there:
            place = target / path.relative_to(root)
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            place.write_bytes(left.data)
    return Cut(fate, unsynced, records)


def copy_base(root: Path, base: Path) -> None:
    """The files that are there before the log begins."""
    base.mkdir(parents=True, mode=0o700)
    for path in _in(root):
        place = base / path.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)


def _in(folder: Path) -> list[Path]:
    return [p for p in sorted(folder.rglob("*")) if p.is_file() and not p.name.endswith("-shm")]
