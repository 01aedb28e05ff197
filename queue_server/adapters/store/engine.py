"""The SQLite engine. Every transaction begins with BEGIN IMMEDIATE: with the driver's own way of beginning late, six
threads gave 153 distinct numbers in 900 commits (measured.md, Database)."""

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event

from runtime.secrets import private_dir

BUSY_MS = 5_000


def writing_engine(path: Path) -> Engine:
    """For the one writer: WAL, synchronous=FULL (a commit survives a power cut), deleted data overwritten."""
    private_dir(path.parent)  # visitor data; a command may open the database before `up` ever ran
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=None)
    event.listen(engine, "connect", _write_pragmas)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def reading_engine(path: Path) -> Engine:
    """Read-only, beside the writer; WAL lets it read committed state without waiting. The file must exist."""
    url = URL.create("sqlite", database=_read_only(path), query={"mode": "ro", "uri": "true"})
    engine = create_engine(url)
    event.listen(engine, "connect", _read_pragmas)
    return engine


def read_only(path: Path) -> sqlite3.Connection:
    """The same, without SQLAlchemy."""
    return sqlite3.connect(f"{_read_only(path)}?mode=ro", uri=True, check_same_thread=False)


def _read_only(path: Path) -> str:
    return f"file:{quote(str(path))}"


def _pragmas(dbapi: Any, *pragmas: str) -> None:
    dbapi.isolation_level = None  # SQLAlchemy begins (see above), not the driver
    cursor = dbapi.cursor()
    for pragma in (*pragmas, f"busy_timeout={BUSY_MS}", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _write_pragmas(dbapi: Any, _record: object) -> None:
    _pragmas(dbapi, "journal_mode=WAL", "synchronous=FULL", "secure_delete=ON")


def _read_pragmas(dbapi: Any, _record: object) -> None:
    _pragmas(dbapi, "query_only=ON")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
