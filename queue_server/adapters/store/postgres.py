"""PostgreSQL's own ways: an advisory lock on the writer's session, the epoch row locked in each transaction.

The URL goes to libpq as it is, so that all of its options work (host lists, sockets, sslmode, service); a password
comes from PGPASSFILE, `passfile=` in the URL or ~/.pgpass, never from the command line.
"""

from typing import Any, ClassVar

import psycopg
from psycopg import errors
from sqlalchemy import Engine, NullPool, create_engine

LOCK_KEY = 0x6D6F7463  # "motc"; advisory locks are a database's own, and an office has a database to itself
BUSY_MS = 5_000
CONNECT_S = 5
READERS_MAX = 4
_LINE: dict[str, Any] = {
    "connect_timeout": CONNECT_S, "application_name": "motcua", "client_encoding": "utf8",
    # A server that went away without a word is noticed within about 10 s, also while nothing is sent.
    "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000,
}  # fmt: skip
_COMMON = ("timezone=UTC", "statement_timeout=60000")
_WRITER = (*_COMMON, "synchronous_commit=on", "default_transaction_isolation=read\\ committed")
_READER = (*_COMMON, "default_transaction_read_only=on")
_CORRUPT = (errors.DataCorrupted, errors.IndexCorrupted)


class PostgresDatabase:
    """Implements Database over a PostgreSQL database that is this office's alone."""

    mark, dialect, begin = "format", "postgresql", ""
    snapshot: ClassVar[dict[str, Any]] = {"isolation_level": "REPEATABLE READ"}

    def __init__(self, url: str) -> None:
        self.url = url

    def _connect(self, settings: tuple[str, ...]) -> "psycopg.Connection[Any]":
        options = " ".join(f"-c {setting}" for setting in (*settings, f"lock_timeout={BUSY_MS}"))
        return psycopg.connect(self.url, options=options, **_LINE)

    def writing_engine(self) -> Engine:
        """One connection, opened when asked: a lost one is not brought back behind the lock's back."""
        return create_engine("postgresql+psycopg://", creator=lambda: self._connect(_WRITER), poolclass=NullPool)

    def reading_engine(self) -> Engine:
        """A small pool of read-only connections, each looked at before it is used."""
        return create_engine(
            "postgresql+psycopg://", creator=lambda: self._connect(_READER), pool_pre_ping=True,
            pool_size=READERS_MAX, max_overflow=0,
        )  # fmt: skip

    def exists(self) -> bool:
        """Looking changes nothing there, and neither does opening it."""
        return False

    def guard(self) -> "_Nothing":
        """The lock needs a connection: see claim()."""
        return _Nothing()

    def claim(self, driver: Any, /) -> bool:
        """A session's advisory lock: the database server drops it with the session."""
        row = driver.execute("SELECT pg_try_advisory_lock(%s)", (LOCK_KEY,)).fetchone()
        driver.commit()
        return bool(row[0])

    def epoch_query(self) -> str:
        """The row stays ours until the commit: a server that takes over waits for it, and then sees all of it."""
        return "SELECT value FROM meta WHERE key = 'epoch' FOR UPDATE"

    def lost(self, driver: Any, /) -> bool:
        """The driver closes a connection that broke."""
        return bool(driver.closed)

    def code_of(self, error: BaseException) -> str | None:
        """Full, locked, restarted, unreachable: we go on when it has gone. Damaged pages: never."""
        if not isinstance(error, psycopg.Error):
            return None
        return "database_corrupt" if isinstance(error, _CORRUPT) else "storage_unavailable"

    def preserve(self) -> None:
        """Its administrator's matter: a stopped server writes nothing."""

    def full(self, _error: BaseException, /) -> bool:
        """Its disk is another machine's, or its administrator's: we keep nothing back there."""
        return False

    def keep_reserve(self) -> bool:
        """See full()."""
        return True

    def give_up_reserve(self) -> bool:
        """See full()."""
        return False

    def tidy(self, _driver: Any, /) -> None:
        """Its administrator's matter: vacuum and the retention of its log (docs/operations.md)."""


class _Nothing:
    def close(self) -> None:
        """There is nothing to let go of."""
