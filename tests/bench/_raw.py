"""The disk itself: one-row durable commits with the standard library's sqlite3, WAL and synchronous=FULL."""

import sqlite3
import time
from pathlib import Path

from tests.bench._figures import NS_MS, Run


def raw_commits(directory: Path, seconds: float) -> Run:
    """Commits one row after the other for `seconds` in a new database in `directory`."""
    path = directory / "raw.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
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
        connection.execute("COMMIT")
        took.append((time.monotonic_ns() - start_ns) / NS_MS)
    return Run.of(took, (time.monotonic_ns() - begin_ns) / 1e9)
