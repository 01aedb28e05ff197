"""The writer's store: one connection, one transaction a batch, fenced by an epoch (design.md §4)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, select, tuple_

from contracts.errors import Rejected
from queue_server.adapters.store import loading, schema
from queue_server.adapters.store.database import Database, Where, database_at
from queue_server.adapters.store.epoch import next_epoch
from queue_server.adapters.store.examine import examine
from queue_server.adapters.store.faults import driver_error
from queue_server.adapters.store.migrate import upgrade
from queue_server.adapters.store.remembered import KEYS_MAX, Remembered
from queue_server.adapters.store.session import Session
from queue_server.adapters.store.statements import Statements
from queue_server.adapters.store.writing import PUBLISHED, ChangesWriter, started_day
from queue_server.application.ports import Changes, Outcome
from queue_server.domain import events as ev
from queue_server.domain.model import OfficeState


class OfficeStore:
    """Opens, locks, migrates; raises Rejected `already_running` when another server has this database.

    `beside`: the folder where the epoch is kept once more; of a SQLite file its own folder.
    """

    closing = False
    """The disk is full and the reserve is in use: what is there may be brought to its end, nothing new be begun."""

    def __init__(self, where: Where, now_ms: int, beside: Path | None = None) -> None:
        self._database = database_at(where)
        self._writer = ChangesWriter(Statements(self._database))
        self._remembered = Remembered()
        self._published: int | None = None
        beside = where.parent if isinstance(where, Path) else beside
        try:
            self._session, self.epoch = _open(self._database, now_ms, beside)
        except Rejected as why:
            if not self._make_room(why):
                raise
            self._session, self.epoch = _open(self._database, now_ms, beside)
        self.closing = not self._database.keep_reserve()

    def _make_room(self, why: Rejected) -> bool:
        """After a failure: True when it was for want of room, and the reserve has been given up."""
        return why.__cause__ is not None and self._database.full(driver_error(why.__cause__)) and self._give_up()

    def _give_up(self) -> bool:
        self.closing = True
        return self._database.give_up_reserve()

    def close(self) -> None:
        """Ends connection and lock."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- reading ----

    def load(self, counters: Sequence[int]) -> OfficeState:
        """The last business day as it was committed; counters without a row are open."""
        with self._session.transaction() as connection:
            self._published = _published(connection)
            self._fill(connection)
            return loading.load(connection, counters)

    def outcomes(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Outcome]:
        """What is remembered of these commands."""
        asked = self._remembered.perhaps(keys)
        if not asked:
            return {}
        table = schema.outcomes.c
        query = select(table.actor, table.id, table.hash, table.ticket).where(tuple_(table.actor, table.id).in_(asked))
        with self._session.transaction() as connection:
            return {(actor, id_): Outcome(hash_, ticket) for actor, id_, hash_, ticket in connection.execute(query)}

    def unpublished_calls(self, since_ms: int) -> list[ev.AnyEvent]:
        """Committed after the publish cursor, not older than `since_ms`."""
        with self._session.transaction() as connection:
            return loading.unpublished_calls(connection, _published(connection) or 0, since_ms)

    def _fill(self, connection: Connection) -> None:
        query = select(schema.outcomes.c.actor, schema.outcomes.c.id).limit(KEYS_MAX + 1)
        self._remembered.fill((actor, id_) for actor, id_ in connection.execute(query))

    # ---- writing ----

    def commit(self, changes: Changes, state: OfficeState) -> None:
        """All or nothing; `fenced` when another server took the database over."""
        published = changes.published_seq if changes.published_seq != self._published else None
        try:
            with self._session.commit() as cursor:
                self._writer.write(cursor, changes, state, published)
        except BaseException as error:
            self._remembered.forget()  # it may have happened all the same
            self._published = None
            if isinstance(error, Rejected):
                self._make_room(error)
            raise
        self._published = changes.published_seq if published is not None else self._published
        self._remembered.add(changes.outcomes)
        if started_day(changes) is not None:
            self._session.tidy()

    @contextmanager
    def filling(self) -> Iterator[tuple[ChangesWriter, Any]]:
        """One long transaction, for the rebuild."""
        with self._session.commit() as cursor:
            yield self._writer, cursor

    def check(self) -> None:
        """Is the database still ours, and can it be written? Takes up a lost line again, and makes a reserve that was
        given up anew. Raises as `commit` does."""
        with self._session.commit():
            pass
        self.closing = not self._database.keep_reserve()


def _open(database: Database, now_ms: int, beside: Path | None) -> tuple[Session, int]:
    examine(database)
    session = Session(database)
    try:
        upgrade(session)
        return session, next_epoch(session, now_ms, beside)
    except BaseException:
        session.close()
        raise


def _published(connection: Connection) -> int | None:
    found = connection.execute(select(schema.meta.c.value).where(schema.meta.c.key == PUBLISHED)).scalar()
    return None if found is None else int(found)
