"""Where the office database is, and what its engine does in its own way. All the rest of the store is the same SQL."""

from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Engine

Where = Path | str
"""The file of a SQLite database, or the URL of a PostgreSQL one (postgresql://…, without a password)."""


class Guard(Protocol):
    """Held while an office is open."""

    def close(self) -> None:
        """Lets go."""


class Database(Protocol):
    """One engine: how to connect, how to keep a second server off, what its errors mean."""

    mark: str
    """Parameter style of its driver's SQL: qmark or format."""
    dialect: str
    """Name in SQLAlchemy."""
    begin: str
    """Statement that begins a writing transaction; empty when the driver begins by itself."""

    @property
    def snapshot(self) -> dict[str, Any]:
        """Execution options of a connection that reads one state, however long it takes."""

    def writing_engine(self) -> Engine:
        """For the one writer: a commit survives a power cut."""

    def reading_engine(self) -> Engine:
        """Read-only, beside the writer; sees committed state only."""

    def exists(self) -> bool:
        """True when there is something to look at before it is opened for writing."""

    def guard(self) -> Guard:
        """What must be held before connecting. Raises Rejected `already_running`, `data_unwritable`."""

    def claim(self, driver: Any, /) -> bool:
        """Takes the lock that lives on the writer's own connection; False when another has it."""

    def epoch_query(self) -> str:
        """Reads the epoch in the writer's transaction so that nobody changes it before the transaction's end."""

    def lost(self, driver: Any, /) -> bool:
        """True when this connection will never work again."""

    def code_of(self, error: BaseException) -> str | None:
        """The code for an error of the driver: `storage_unavailable`, `database_corrupt`; None: not one of its own."""

    def preserve(self) -> None:
        """It is damaged: from now on nothing that this process does may change what can still be saved of it."""

    def full(self, error: BaseException, /) -> bool:
        """True when this error of the driver says that there is no room left which give_up_reserve() could make."""

    def keep_reserve(self) -> bool:
        """True when there is room kept back for the day's end, or when that is not our matter."""

    def give_up_reserve(self) -> bool:
        """Frees what was kept back; False when there was nothing."""

    def tidy(self, driver: Any, /) -> None:
        """After a day's personal rows were deleted: they shall not live on in a log beside the database."""


def database_at(where: Where) -> Database:
    """The engine for a place. PostgreSQL's driver is loaded only when it is used."""
    if isinstance(where, str):
        from queue_server.adapters.store.postgres import PostgresDatabase

        return PostgresDatabase(where)
    from queue_server.adapters.store.sqlite import SqliteDatabase

    return SqliteDatabase(where)
