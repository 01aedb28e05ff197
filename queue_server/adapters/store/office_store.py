"""The writer's store: one connection, one transaction a batch, fenced by an epoch (design.md §4)."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, select, tuple_

from queue_server.adapters.store import loading, schema
from queue_server.adapters.store.database import Where, database_at
from queue_server.adapters.store.epoch import next_epoch
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

    def __init__(self, where: Where, now_ms: int, beside: Path | None = None) -> None:
        database = database_at(where)
        self._session = Session(database)
        self._writer = ChangesWriter(Statements(database))
        self._remembered = Remembered()
        self._published: int | None = None
        beside = where.parent if isinstance(where, Path) else beside
        try:
            upgrade(self._session)
            self.epoch = next_epoch(self._session, now_ms, beside)
        except BaseException:
            self._session.close()
            raise

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
        except BaseException:
            self._remembered.forget()  # it may have happened all the same
            self._published = None
            raise
        self._published = changes.published_seq if published is not None else self._published
        self._remembered.add(changes.outcomes)
        if started_day(changes) is not None:
            self._session.tidy()

    def check(self) -> None:
        """Is the database still ours, and can it be written? Takes up a lost line again. Raises as `commit` does."""
        with self._session.commit():
            pass


def _published(connection: Connection) -> int | None:
    found = connection.execute(select(schema.meta.c.value).where(schema.meta.c.key == PUBLISHED)).scalar()
    return None if found is None else int(found)
