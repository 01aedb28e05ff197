"""The writer's one connection: it holds the office's lock, and a lost one is opened again, lock first."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from contracts.errors import Rejected
from queue_server.adapters.store.database import Database
from queue_server.adapters.store.faults import coded


class Session:
    """Raises Rejected `already_running` when another server has this database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.epoch: int | None = None  # set once we are the one writer
        self._connection: Connection | None = None
        self._guard = database.guard()
        self.engine = database.writing_engine()
        try:
            self._live()
        except Rejected:
            self.close()
            raise

    def close(self) -> None:
        """Ends connection and lock."""
        self._drop()
        self.engine.dispose()
        self._guard.close()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction through SQLAlchemy. Errors are coded."""
        connection = self._live()
        with self._coded(), connection.begin():
            yield connection

    @contextmanager
    def commit(self) -> Iterator[Any]:
        """A transaction on the driver itself; yields its cursor. The epoch has been checked: raises `fenced`.

        The commit is the last thing that can fail; when it does, only the database knows whether it happened.
        """
        driver: Any = self._live().connection.driver_connection
        with self._coded():
            cursor = driver.cursor()
            try:
                if self.database.begin:
                    cursor.execute(self.database.begin)
                self._check(cursor)
                yield cursor
                driver.commit()
            except BaseException:
                with suppress(Exception):  # the first error is the one that counts
                    driver.rollback()
                raise
            finally:
                with suppress(Exception):
                    cursor.close()

    def tidy(self) -> None:
        """See Database.tidy()."""
        self.database.tidy(self._live().connection.driver_connection)

    def _check(self, cursor: Any) -> None:
        found = cursor.execute(self.database.epoch_query()).fetchone()
        if found is None or found[0] != str(self.epoch):
            raise Rejected("fenced", f"epoch {self.epoch} is no longer the newest")

    def _live(self) -> Connection:
        if self._connection is None:
            with self._coded():
                connection = self.engine.connect()
                try:
                    self._own(connection.connection.driver_connection)
                except BaseException:
                    connection.close()  # without the lock it is of no use
                    raise
                self._connection = connection
        return self._connection

    def _own(self, driver: Any) -> None:
        """No word to the database before we have its lock. Raises `already_running`, or after a lost line `fenced`."""
        if self.database.claim(driver):
            return
        if self.epoch is None:
            raise Rejected("already_running", "another server has this database")
        cursor = driver.cursor()
        self._check(cursor)
        raise Rejected("storage_unavailable", "the lock of the lost connection is not free yet")

    @contextmanager
    def _coded(self) -> Iterator[None]:
        try:
            with coded(self.database):
                yield
        except Exception as error:
            if isinstance(error, Rejected) and error.code == "database_corrupt":
                self.database.preserve()
            self._forget_lost()
            raise

    def _forget_lost(self) -> None:
        """A broken connection is not used again."""
        connection = self._connection
        if connection is None:
            return
        try:
            broken = connection.invalidated or self.database.lost(connection.connection.driver_connection)
        except DBAPIError:
            broken = True
        if broken:
            self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):  # it may be broken in any way
                connection.close()
