"""Tables → the state of the last business day, as it was committed."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, ScalarSelect, func, select

from contracts.errors import Rejected
from contracts.messages.common import CounterStatus
from queue_server.adapters.store import rows, schema
from queue_server.adapters.store.faults import DETAIL_CHARS_MAX
from queue_server.domain import events as ev
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
from queue_server.domain.replay import play_again, remember

CALL_KINDS = ("ticket_called", "ticket_recalled")


_UNREADABLE = (msgspec.MsgspecError, ValueError, TypeError, KeyError, Rejected)


def load(connection: Connection, counters: Sequence[int]) -> OfficeState:
    """Counters without a row are open. Raises Rejected `database_corrupt` when the day's journal has a gap, or rows
    cannot be what we wrote."""
    try:
        return _load(connection, counters)
    except _UNREADABLE as error:
        detail = error.detail if isinstance(error, Rejected) else f"{type(error).__name__}: {error}"
        raise Rejected("database_corrupt", detail[:DETAIL_CHARS_MAX]) from error


def _load(connection: Connection, counters: Sequence[int]) -> OfficeState:
    state = OfficeState()
    state.seq, state.at_ms, state.day = _last_entry(connection)
    _gapless(connection, state.day, state.seq)
    state.blocks = _blocks(connection, state.day)
    state.late = _late(connection, state.day)
    state.appointments = _appointments(connection, state.day)
    persons = schema.appointment_persons.c
    state.persons = dict(_rows(connection, select(persons.appointment, persons.person).where(persons.day >= state.day)))
    _place_tickets(connection, state)
    known = {r["n"]: rows.counter_from(r, state) for r in _mappings(connection, select(schema.counters))}
    state.counters = {n: known.get(n, CounterState(n, CounterStatus.OPEN)) for n in counters}
    state.closed_services = dict(_rows(connection, select(schema.closed_services)))
    _tell_story(connection, state)
    return state


def unpublished_calls(connection: Connection, cursor: int, since_ms: int) -> list[ev.AnyEvent]:
    """Calls of the last day after that journal position, not older than `since_ms`."""
    columns = schema.journal.c
    last = select(columns.day).where(columns.seq == _newest()).scalar_subquery()
    query = (
        select(columns.data)  # by its day: a cursor that has not moved for years makes no long search
        .where(columns.day == last, columns.seq > cursor, columns.at_ms >= since_ms, columns.kind.in_(CALL_KINDS))
        .order_by(columns.seq)
    )
    return [rows.event_from(data) for (data,) in _rows(connection, query)]


def _rows(connection: Connection, query: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(query)]


def _mappings(connection: Connection, query: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(query).mappings()]


def _last_entry(connection: Connection) -> tuple[int, int, str]:
    """(seq, at_ms, day) of the newest journal entry."""
    columns = schema.journal.c
    query = select(columns.seq, columns.at_ms, columns.day).where(columns.seq == _newest())
    found = _rows(connection, query)
    return next(((int(seq), int(at_ms), str(day)) for seq, at_ms, day in found), (0, 0, ""))


def _newest() -> ScalarSelect[Any]:
    return select(func.max(schema.journal.c.seq)).scalar_subquery()


def _gapless(connection: Connection, day: str, last: int) -> None:
    """The day's entries follow each other, and the day before's. All of the journal: rebuild.py, which takes longer."""
    columns = schema.journal.c
    query = select(func.count(), func.min(columns.seq), func.max(columns.seq)).where(columns.day == day)
    count, first, newest = _rows(connection, query)[0]
    before = 0 if not count else _rows(connection, select(func.max(columns.seq)).where(columns.seq < first))[0][0] or 0
    if count and (newest != last or newest - first + 1 != count or before != first - 1):
        raise Rejected("database_corrupt", f"the journal has a gap: {count} entries of {day}, {first} to {newest}")


def _blocks(connection: Connection, day: str) -> dict[str, Block]:
    kept = select(schema.blocks).where(schema.blocks.c.day >= days_before(day, BLOCK_DAYS_KEPT))
    return {row["id"]: Block(**row) for row in _mappings(connection, kept)}


def _late(connection: Connection, day: str) -> frozenset[str]:
    table = schema.tickets.c
    since = days_before(day, BLOCK_DAYS_KEPT)
    query = select(table.day, table.number).where(table.day >= since, table.day < day, table.offline)
    return frozenset(late_key(of_day, number) for of_day, number in _rows(connection, query))


def _appointments(connection: Connection, day: str) -> dict[str, Appointment]:
    query = select(schema.appointments).where(schema.appointments.c.day >= day)
    return {row["id"]: rows.appointment_from(row) for row in _mappings(connection, query)}


def _place_tickets(connection: Connection, state: OfficeState) -> None:
    personal = dict(_rows(connection, select(schema.personal.c.ticket_id, schema.personal.c.dossier)))
    columns = schema.tickets.c
    query = select(schema.tickets).where(columns.day == state.day).order_by(columns.issued_ms, columns.number)
    for row in _mappings(connection, query):
        place(state, rows.ticket_from(row, personal.get(row["id"])))


def _tell_story(connection: Connection, state: OfficeState) -> None:
    """What apply() made of the day beyond the tables: a call names the service and language its ticket had then, held
    tickets stand in the order in which they were put on hold, and people have been passed over."""
    columns = schema.journal.c
    query = select(columns.data).where(columns.day == state.day).order_by(columns.seq)
    events = (rows.event_from(data) for (data,) in _rows(connection, query))
    try:
        played = play_again(events, state.blocks, state.appointments)
        remember(state, played)
    except KeyError as lost:
        raise Rejected(
            "database_corrupt", f"the journal of {state.day} tells of {lost}, which it does not know"
        ) from lost
    if played.tickets.keys() != state.tickets.keys():
        raise Rejected("database_corrupt", f"journal and tickets of {state.day} do not tell of the same tickets")
