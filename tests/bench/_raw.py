"""The disk itself: one-row durable commits with the standard library's sqlite3, WAL and synchronous=FULL.

A slower disk is played by a delay before every commit, on both sides of a comparison: `slow_commits` is what the
measured server gets (_slow_server.py), `raw_commits` the baseline.
"""

import sqlite3
import sqlite3.dbapi2
import time
from pathlib import Path
from typing import Any

from tests.bench._figures import NS_MS, Run


def delayed(delay_s: float) -> type[sqlite3.Connection]:
    """A connection whose every commit of a transaction takes `delay_s` longer."""

    class Delayed(sqlite3.Connection):
        def commit(self) -> None:
            """As before, later."""
            if self.in_transaction:
                time.sleep(delay_s)
            super().commit()

    return Delayed


def slow_commits(delay_s: float) -> None:
    """From now on every connection of this process that names no class of its own is `delayed`."""
    connect, kind = sqlite3.dbapi2.connect, delayed(delay_s)

    def slowly(*words: Any, **options: Any) -> Any:
        return connect(*words, **{"factory": kind, **options})

    sqlite3.connect = sqlite3.dbapi2.connect = slowly


def raw_commits(directory: Path, seconds: float, delay_s: float = 0.0) -> Run:
    """Commits one row after the other for `seconds` in a new database in `directory`."""
    path = directory / "raw.sqlite"
    connection = sqlite3.connect(path, isolation_level=None, factory=delayed(delay_s))
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, number TEXT NOT NULL, at_ms INTEGER NOT NULL)")
        return _commit_for(connection, seconds)
    finally:
        connection.close()
        for name in (path.name, path.name + "-wal", path.name + "-shm"):
            (directory / name).unlink(missing_ok=True)


def _commit_for(connection: sqlite3.Connection, seconds: float) -> Run:
    took: list[float] = []
    begin_ns = time.monotonic_ns()
    while (start_ns := time.monotonic_ns()) - begin_ns < seconds * 1e9:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO row (number, at_ms) VALUES (?, ?)", (f"A{len(took):05d}", start_ns))
        connection.commit()
        took.append((time.monotonic_ns() - start_ns) / NS_MS)
    return Run.of(took, (time.monotonic_ns() - begin_ns) / 1e9)
