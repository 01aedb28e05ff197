"""The disk whose power can be cut keeps what it promised and no more: judged with a program of ten lines."""

import sqlite3
import subprocess
from pathlib import Path
from random import Random

import pytest

from tests.support.environment import clean
from tests.support.offices import ROOT
from tests.support.power_cut import LOOSE, CuttableDisk
from tests.support.power_cut_disk import Cut, Fate, after_cut
from tests.support.power_cut_log import Kind, LogWriter

pytestmark = pytest.mark.e2e

CUTS = 15
LOOSE_CUTS = 5
ROWS_MIN, ROWS_MAX = 5, 150


def run_and_cut(disk: CuttableDisk, rng: Random, **environment: str) -> tuple[int, Cut]:
    """(last number that was said to be committed, the cut)."""
    command = disk.command("tests.support.power_cut_victim", str(disk.folder / "rows.sqlite"))
    rows = rng.randint(ROWS_MIN, ROWS_MAX)
    with subprocess.Popen(command, cwd=ROOT, env=clean(**environment), stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        said = [victim.stdout.readline() for _ in range(rows)]
        victim.kill()
        said += victim.stdout.readlines()  # what it still could say counts
    assert said[rows - 1], "the victim died by itself"
    return int(said[-1]), disk.cut(rng)


def rows_there(path: Path) -> int:
    """How many of the rows 1, 2, … are there, without a gap; 0 when the database is unusable."""
    connection = sqlite3.connect(path)
    try:
        if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            return 0
        count, last = connection.execute("SELECT count(*), max(n) FROM rows").fetchone()
    except sqlite3.DatabaseError:
        return 0
    finally:
        connection.close()
    assert count == (last or 0)
    return int(count)


def test_what_sqlite_synced_is_there_after_every_cut(tmp_path: Path) -> None:
    disk = CuttableDisk(tmp_path / "data", tmp_path / "log")
    for seed in range(CUTS):  # one after the other on the same disk
        said, cut = run_and_cut(disk, Random(seed))
        there = rows_there(disk.folder / "rows.sqlite")
        assert said <= there <= said + 1, (seed, cut)  # the one under way may be there


def test_without_syncs_the_same_cuts_lose_rows(tmp_path: Path) -> None:
    lost = 0
    for seed in range(LOOSE_CUTS):
        disk = CuttableDisk(tmp_path / f"data-{seed}", tmp_path / "log")
        said, _ = run_and_cut(disk, Random(seed), **{LOOSE: "1"})
        lost += rows_there(disk.folder / "rows.sqlite") < said
    assert lost > 0


class Disk:
    """A log written by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / "data" / "file"
        (folder / "base").mkdir()
        self._log = LogWriter(folder / "records")

    def do(self, kind: Kind, offset: int = 0, data: bytes = b"") -> None:
        self._log.add(kind, str(self.file), offset, data)

    def sync_folder(self) -> None:
        self._log.add(Kind.SYNC_DIR, str(self.file.parent))

    def after(self, seed: int) -> tuple[Fate, bytes | None]:
        places = self.folder / "records", self.folder / "base", self.folder / "data", self.folder / "after"
        cut = after_cut(*places, Random(seed))
        left = self.folder / "after" / "file"
        return cut.fate, left.read_bytes() if left.exists() else None


def test_every_fate_of_unsynced_writes_happens(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    disk.do(Kind.WRITE, 0, b"a" * 1024)
    disk.do(Kind.SYNC)
    disk.do(Kind.WRITE, 0, b"b" * 1024)
    disk.do(Kind.WRITE, 1024, b"c" * 1024)
    seen = {disk.after(seed) for seed in range(200)}
    assert {fate for fate, _ in seen} == set(Fate)
    contents = {content for _, content in seen}
    old, new, more = b"a" * 1024, b"b" * 1024, b"c" * 1024
    assert {old, new, new + more, old + more} <= contents
    assert old[:512] + new[512:] in contents, "torn in the middle of a write"
    assert {content[:512] for content in contents if content} == {old[:512], new[:512]}, "a sector is never mixed"


def test_a_delete_is_durable_only_with_its_directory(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    disk.do(Kind.WRITE, 0, b"old")
    disk.do(Kind.SYNC)
    disk.do(Kind.DELETE)
    assert {disk.after(seed)[1] for seed in range(50)} == {b"old", None}
    disk.sync_folder()
    assert {disk.after(seed)[1] for seed in range(50)} == {None}


def plain(folder: Path, synced: bytes, appended: bytes) -> Disk:
    """An ordinary file, synced, then written to."""
    disk = Disk(folder)
    disk.file.parent.mkdir()
    disk.file.write_bytes(synced + appended)
    disk.do(Kind.CONTENT, 0, synced)
    return disk


def test_an_ordinary_file_keeps_what_was_synced_and_perhaps_more(tmp_path: Path) -> None:
    disk = plain(tmp_path, b"kept ", b"more")
    seen = {disk.after(seed)[1] for seed in range(200)}
    assert {b"kept ", b"kept m", b"kept more"} <= seen
    assert all(content is not None and content.startswith(b"kept ") for content in seen)


def test_an_ordinary_file_that_was_never_synced_may_be_gone(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    disk.file.parent.mkdir()
    disk.file.write_bytes(b"more")
    assert {None, b"", b"more"} <= {disk.after(seed)[1] for seed in range(200)}


def test_a_rename_is_durable_with_its_folder(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    disk.file.parent.mkdir()
    disk.file.write_bytes(b"new")
    log, fresh = disk._log, disk.file.with_name("file.new")
    log.add(Kind.CONTENT, str(disk.file), 0, b"old")
    log.add(Kind.CONTENT, str(fresh), 0, b"new")
    log.add(Kind.RENAME, str(fresh), 0, str(disk.file).encode())
    assert {disk.after(seed)[1] for seed in range(100)} == {b"old", b"new"}
    disk.sync_folder()
    assert {disk.after(seed)[1] for seed in range(100)} == {b"new"}


def test_a_file_made_anew_does_not_mix_with_the_deleted_one(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    disk.do(Kind.WRITE, 0, b"old old")
    disk.do(Kind.SYNC)
    disk.do(Kind.DELETE)
    disk.do(Kind.WRITE, 0, b"new")
    assert {disk.after(seed)[1] for seed in range(200)} == {b"old old", None, b"new"}
