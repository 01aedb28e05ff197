"""SQLite's own ways: a lock file beside the database, BEGIN IMMEDIATE, result codes."""

import fcntl
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, ClassVar

from sqlalchemy import Engine

from contracts.errors import Rejected
from queue_server.adapters.store import engine
from queue_server.adapters.store.reserve import Reserve
from runtime.secrets import private_dir

_CORRUPT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE})  # the second: a quota
_PERHAPS_FULL = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN})  # a log or its index cannot be made or grow
_NOT_TEXT = "Could not decode to UTF-8"  # Python's own words, without a code
_PRIMARY = 0xFF  # the low byte of an extended result code (sqlite.org, Result Codes §2)


class SqliteDatabase:
    """Implements Database over one file."""

    mark, dialect, begin = "qmark", "sqlite", "BEGIN IMMEDIATE"
    snapshot: ClassVar[dict[str, Any]] = {}  # a reading transaction is one

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reserve = Reserve(path.parent)
        self._keeper: sqlite3.Connection | None = None

    def writing_engine(self) -> Engine:
        """See engine.py."""
        return engine.writing_engine(self.path)

    def reading_engine(self) -> Engine:
        """See engine.py."""
        return engine.reading_engine(self.path)

    def exists(self) -> bool:
        """A file with something in it."""
        try:
            return self.path.stat().st_size > 0
        except OSError:
            return False

    def guard(self) -> IO[str]:
        """The file lock that keeps a second server off; the kernel drops it with the process."""
        folder = self.path.parent
        try:
            private_dir(folder)
            lock = (folder / "office.lock").open("a")
        except OSError as error:
            raise Rejected("data_unwritable", f"{folder}: {error.strerror}") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise Rejected("already_running", f"another server has {self.path}") from None
        return lock

    def claim(self, _driver: Any, /) -> bool:
        """The file lock is enough."""
        return True

    def epoch_query(self) -> str:
        """BEGIN IMMEDIATE keeps every other writer out already."""
        return "SELECT value FROM meta WHERE key = 'epoch'"

    def lost(self, _driver: Any, /) -> bool:
        """A file has no line to lose."""
        return False

    def code_of(self, error: BaseException) -> str | None:
        """Full, busy, read-only, an I/O error: we go on when it has gone. A damaged file: never."""
        if not isinstance(error, sqlite3.Error):
            return None
        primary = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
        damaged = primary in _CORRUPT or str(error).startswith(_NOT_TEXT)
        return "database_corrupt" if damaged else "storage_unavailable"

    def preserve(self) -> None:
        """The last connection to close would copy the log into the file. A read-only one that stays does not."""
        with suppress(sqlite3.Error):
            self._keeper = engine.read_only(self.path)
            self._keeper.execute("SELECT count(*) FROM sqlite_master").fetchone()

    def full(self, error: BaseException, /) -> bool:
        """No room on the disk, or in the quota."""
        code = getattr(error, "sqlite_errorcode", 0)
        return code in _FULL or (code & _PRIMARY in _PERHAPS_FULL and not self._reserve.room())

    def keep_reserve(self) -> bool:
        """See reserve.py."""
        return self._reserve.keep()

    def give_up_reserve(self) -> bool:
        """See reserve.py."""
        return self._reserve.give_up()

    def tidy(self, driver: Any, /) -> None:
        """Empties the write-ahead log; a busy reader delays it a day. The commit itself has succeeded."""
        with suppress(sqlite3.Error):  # a checkpoint cannot run in a transaction
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
