"""The writer's store: one connection, one transaction a batch, fenced by an epoch (design.md §4)."""

import fcntl
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from sqlalchemy import Connection, Table, delete, insert, select, tuple_
from sqlalchemy.dialects.sqlite import insert as upsert_insert

from contracts.errors import Rejected
from contracts.messages.board import Call
from contracts.messages.common import CounterStatus
from queue_server.adapters.store import rows, schema
from queue_server.adapters.store.engine import writing_engine
from queue_server.adapters.store.faults import coded
from queue_server.adapters.store.migrate import upgrade
from queue_server.application.ports import Changes, Outcome
from queue_server.domain import events as ev
from queue_server.domain.apply import with_call
from queue_server.domain.model import (
    BLOCK_DAYS_KEPT,
    Appointment,
    Block,
    CounterState,
    OfficeState,
    days_before,
    late_key,
)
from queue_server.domain.moves import place
from runtime.secrets import private_dir

EPOCH, PUBLISHED = "epoch", "published_seq"
CALL_KINDS = ("ticket_called", "ticket_recalled")
SERVICE_KINDS = ("ticket_issued", "ticket_transferred")


class OfficeStore:
    """Opens, locks, migrates; raises Rejected `already_running` when another server has this database."""

    def __init__(self, path: Path, now_ms: int) -> None:
        self._lock = _take_lock(path)
        self._engine = writing_engine(path)
        try:
            with coded():
                upgrade(self._engine)
                self._connection = self._engine.connect()
                self.epoch = self._next_epoch(now_ms)
        except Rejected:
            self._lock.close()
            raise

    def close(self) -> None:
        """Ends connection and lock."""
        self._connection.close()
        self._engine.dispose()
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _next_epoch(self, now_ms: int) -> int:
        """Higher than any before, also after a restore of an old copy: hence not a mere count."""
        with self._connection.begin():
            old = self._meta(EPOCH)
            epoch = max(int(old or 0) + 1, now_ms // 1000)
            self._set_meta(EPOCH, str(epoch))
        return epoch

    def _meta(self, key: str) -> str | None:
        found: str | None = self._connection.execute(
            select(schema.meta.c.value).where(schema.meta.c.key == key)
        ).scalar()
        return found

    def _set_meta(self, key: str, value: str) -> None:
        _upsert(self._connection, schema.meta, [{"key": key, "value": value}], "key")

    # ---- reading ----

    def load(self, counters: Sequence[int]) -> OfficeState:
        """The last business day as it was committed; counters without a row are open."""
        with coded(), self._connection.begin():
            state = OfficeState()
            state.seq, state.at_ms, state.day = self._last_entry()
            personal = dict(self._rows(select(schema.personal.c.ticket_id, schema.personal.c.dossier)))
            state.blocks = self._blocks(state.day)
            state.late = self._late(state.day)
            state.appointments = self._appointments(state.day)
            for row in self._mappings(select(schema.tickets).where(schema.tickets.c.day == state.day)):
                place(state, rows.ticket_from(row, personal.get(row["id"])))
            known = {r["n"]: rows.counter_from(r, state) for r in self._mappings(select(schema.counters))}
            state.counters = {n: known.get(n, CounterState(n, CounterStatus.OPEN)) for n in counters}
            state.closed_services = dict(self._rows(select(schema.closed_services)))
            state.calls = self._last_calls(state)
        return state

    def _blocks(self, day: str) -> dict[str, Block]:
        kept = select(schema.blocks).where(schema.blocks.c.day >= days_before(day, BLOCK_DAYS_KEPT))
        return {row["id"]: Block(**row) for row in self._mappings(kept)}

    def _late(self, day: str) -> frozenset[str]:
        table = schema.tickets.c
        since = days_before(day, BLOCK_DAYS_KEPT)
        query = select(table.day, table.number).where(table.day >= since, table.day < day, table.offline)
        return frozenset(late_key(of_day, number) for of_day, number in self._rows(query))

    def _appointments(self, day: str) -> dict[str, Appointment]:
        query = select(schema.appointments).where(schema.appointments.c.day >= day)
        return {row["id"]: rows.appointment_from(row) for row in self._mappings(query)}

    def _rows(self, query: Any) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._connection.execute(query)]

    def _mappings(self, query: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in self._connection.execute(query).mappings()]

    def _last_entry(self) -> tuple[int, int, str]:
        """(seq, at_ms, day) of the newest journal entry."""
        columns = schema.journal.c
        query = select(columns.seq, columns.at_ms, columns.day).order_by(columns.seq.desc()).limit(1)
        return next(((int(seq), int(at_ms), str(day)) for seq, at_ms, day in self._rows(query)), (0, 0, ""))

    def _last_calls(self, state: OfficeState) -> tuple[Call, ...]:
        """The list as apply() made it: a call names the service its ticket was for then, not after a transfer."""
        columns = schema.journal.c
        query = (
            select(columns.data)
            .where(columns.day == state.day, columns.kind.in_((*CALL_KINDS, *SERVICE_KINDS)))
            .order_by(columns.seq)  # all of the day: one call may have been repeated any number of times
        )
        calls: tuple[Call, ...] = ()
        services: dict[str, str] = {}
        for (data,) in self._rows(query):
            event = rows.event_from(data)
            if isinstance(event, ev.TicketIssued):
                services[event.ticket] = event.service
            elif isinstance(event, ev.TicketTransferred):
                services[event.ticket] = event.to_service
            elif isinstance(event, ev.TicketCalled | ev.TicketRecalled):
                ticket = state.tickets[event.ticket].but(service=services[event.ticket])
                calls = with_call(calls, ticket, event)
        return calls

    def outcomes(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Outcome]:
        """What is remembered of these commands."""
        table = schema.outcomes.c
        query = select(table.actor, table.id, table.hash, table.ticket).where(tuple_(table.actor, table.id).in_(keys))
        with coded(), self._connection.begin():
            return {(actor, id_): Outcome(hash_, ticket) for actor, id_, hash_, ticket in self._rows(query)}

    def unpublished_calls(self, since_ms: int) -> list[ev.AnyEvent]:
        """Committed after the publish cursor, not older than `since_ms`."""
        columns = schema.journal.c
        with coded(), self._connection.begin():
            cursor = int(self._meta(PUBLISHED) or 0)
            query = (
                select(columns.data)
                .where(columns.seq > cursor, columns.at_ms >= since_ms, columns.kind.in_(CALL_KINDS))
                .order_by(columns.seq)
            )
            return [rows.event_from(data) for (data,) in self._rows(query)]

    # ---- writing ----

    def commit(self, changes: Changes, state: OfficeState) -> None:
        """All or nothing; `fenced` when another server took the database over."""
        self._commit(changes, state)
        if any(isinstance(e.event, ev.DayStarted) for e in changes.entries):
            self._empty_wal()

    def _empty_wal(self) -> None:
        """What a new day deleted shall not live on in the log beside the database; a busy reader delays it a day."""
        driver: Any = self._connection.connection.driver_connection  # a checkpoint cannot run in a transaction
        with suppress(sqlite3.Error):  # the commit itself has succeeded
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()

    def _commit(self, changes: Changes, state: OfficeState) -> None:
        with coded(), self._connection.begin():
            self._check_epoch()
            self._write_day(changes)
            connection = self._connection
            if changes.entries:
                connection.execute(insert(schema.journal), [rows.journal_row(entry) for entry in changes.entries])
            if changes.tickets:
                _upsert(connection, schema.tickets, self._ticket_rows(changes, state), "id")
            if changes.counters:
                _upsert(
                    connection, schema.counters, [rows.counter_row(state.counters[n]) for n in changes.counters], "n"
                )
            self._write_leases(changes)
            self._write_appointments(changes)
            self._write_rest(changes, state)

    def _write_leases(self, changes: Changes) -> None:
        if changes.blocks:
            found = [rows.block_row(block) for block in changes.blocks.values()]
            _upsert(self._connection, schema.blocks, found, "id")
        if changes.late:
            late = [rows.ticket_row(ticket, day) for day, ticket in changes.late.values()]
            self._connection.execute(insert(schema.tickets), late)

    def _write_appointments(self, changes: Changes) -> None:
        known = changes.appointments
        if known:
            _upsert(self._connection, schema.appointments, [rows.appointment_row(a) for a in known.values()], "id")
        if changes.persons:
            found = [{"appointment": i, "day": known[i].day, "person": key} for i, key in changes.persons.items()]
            self._connection.execute(insert(schema.appointment_persons), found)

    def _ticket_rows(self, changes: Changes, state: OfficeState) -> list[dict[str, Any]]:
        days = {getattr(e.event, "ticket", ""): e.day for e in changes.entries}
        return [rows.ticket_row(t, days.get(t.id, state.day)) for t in changes.tickets.values()]

    def _check_epoch(self) -> None:
        if self._meta(EPOCH) != str(self.epoch):
            raise Rejected("fenced", f"epoch {self.epoch} is no longer the newest")

    def _write_day(self, changes: Changes) -> None:
        """A new day: outcomes of two days ago and personal rows of the day before are forgotten."""
        started = [e.event.day for e in changes.entries if isinstance(e.event, ev.DayStarted)]
        if started:
            self._connection.execute(delete(schema.personal).where(schema.personal.c.day < started[-1]))
            kept = select(schema.outcomes.c.day).distinct().order_by(schema.outcomes.c.day.desc()).limit(1)
            self._connection.execute(delete(schema.outcomes).where(schema.outcomes.c.day < kept.scalar_subquery()))

    def _write_rest(self, changes: Changes, state: OfficeState) -> None:
        connection = self._connection
        if changes.personal:
            found = [{"ticket_id": t, "day": state.day, "dossier": code} for t, code in changes.personal.items()]
            _upsert(connection, schema.personal, found, "ticket_id")
        if changes.outcomes:
            remembered = [
                {"actor": actor, "id": id_, "hash": o.hash, "ticket": o.ticket, "day": state.day}
                for (actor, id_), o in changes.outcomes.items()
            ]
            connection.execute(insert(schema.outcomes), remembered)
        if any(isinstance(e.event, ev.ServiceOpened | ev.ServiceClosed) for e in changes.entries):
            connection.execute(delete(schema.closed_services))
            closed = [{"code": code, "reason": reason} for code, reason in state.closed_services.items()]
            if closed:
                connection.execute(insert(schema.closed_services), closed)
        if changes.published_seq is not None:
            self._set_meta(PUBLISHED, str(changes.published_seq))


def _take_lock(path: Path) -> IO[str]:
    """The file lock that keeps a second server off this database; the kernel drops it with the process."""
    try:
        private_dir(path.parent)
        lock = (path.parent / "office.lock").open("w")
    except OSError as error:
        raise Rejected("data_unwritable", f"{path.parent}: {error.strerror}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise Rejected("already_running", f"another server has {path}") from None
    return lock


def _upsert(connection: Connection, table: Table, values: list[dict[str, Any]], key: str) -> None:
    statement = upsert_insert(table)
    changed = {c.name: statement.excluded[c.name] for c in table.c if c.name != key}
    connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=changed), values)
