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


class _Folder:
    """All files under one folder: SQLite's by their log, others by their fsyncs and what lies there after the kill."""

    def __init__(self, base: Path, root: Path) -> None:
        self._root = root
        self.databases: dict[Path, _OneFile] = {}
        self._synced = {root / path.relative_to(base): path.read_bytes() for path in _in(base)}
        self._renames: list[tuple[Path, Path]] = []  # not yet durable

    def take(self, record: Record) -> None:
        """One more record."""
        if record.kind == Kind.SYNC_DIR:
            self._folder_synced(record.path)
        elif record.kind == Kind.CONTENT:
            self._synced[record.path] = record.data
        elif record.kind == Kind.RENAME:
            self._renames.append((record.path, Path(record.data.decode())))
        else:
            if record.path not in self.databases:
                before = self._synced.pop(record.path, None)
                self.databases[record.path] = _OneFile(_Content(bytearray(before or b""), before is not None))
            self.databases[record.path].take(record)

    def _folder_synced(self, folder: Path) -> None:
        for path, file in self.databases.items():
            if path.parent == folder:
                file.folder_synced()
        for old, new in [pair for pair in self._renames if pair[1].parent == folder]:
            self._rename(old, new)
        self._renames = [pair for pair in self._renames if pair[1].parent != folder]

    def _rename(self, old: Path, new: Path) -> None:
        if old in self._synced:
            self._synced[new] = self._synced.pop(old)

    def cut(self, fate: Fate, rng: Random) -> dict[Path, bytes]:
        """Every file that is left, with its content."""
        lost = {new for _, new in self._renames}
        for old, new in self._renames[: rng.randint(0, len(self._renames))]:
            self._rename(old, new)
            lost.discard(new)
        left = {path: file.cut(fate, rng) for path, file in sorted(self.databases.items())}
        kept = {path: bytes(content.data) for path, content in left.items() if content.there}
        for path in sorted({*self._synced, *_in(self._root)} - set(self.databases)):
            synced = self._synced.get(path)
            now = path.read_bytes() if path.exists() else None
            content = synced if path in lost else _plain(synced, now, fate, rng)
            if content is not None:
                kept[path] = content
        return kept


def _plain(synced: bytes | None, now: bytes | None, fate: Fate, rng: Random) -> bytes | None:
    """An ordinary file: `synced` when its fsync returned (None: never), `now` in the page cache (None: removed)."""
    if fate is Fate.NONE:
        return synced
    if fate is Fate.ALL:
        return now
    start = synced or b""
    if now is not None and now.startswith(start):  # appended to
        return now[: rng.randint(len(start), len(now))] if synced is not None or rng.random() < 0.5 else None
    return rng.choice([synced, now])


def after_cut(log: Path, base: Path, root: Path, target: Path, rng: Random) -> Cut:
    """Writes into `target` the files under `root` as the cut left them.

    `base`: the files as they were when the log began. The WAL's shared memory (-shm) is never durable and is left out.
    """
    fate = rng.choice(list(Fate))
    folder, records = _Folder(base, root), 0
    for record in read_log(log):
        records += 1
        folder.take(record)
    unsynced = sum(len(file.pending) for file in folder.databases.values())
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True, mode=0o700)
    for path, content in folder.cut(fate, rng).items():
        place = target / path.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        place.write_bytes(content)
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
