"""The rows of one transaction: Changes → statements on the driver's cursor."""

from typing import Any

from queue_server.adapters.store import rows
from queue_server.adapters.store.statements import Row, Statements
from queue_server.application.ports import Changes
from queue_server.domain import events as ev
from queue_server.domain.model import OfficeState

PUBLISHED = "published_seq"
_SERVICE_EVENTS = (ev.ServiceOpened, ev.ServiceClosed)


def started_day(changes: Changes) -> str | None:
    """The business day that begins with these changes."""
    days = [e.event.day for e in changes.entries if isinstance(e.event, ev.DayStarted)]
    return days[-1] if days else None


class ChangesWriter:
    """Writes into a transaction that somebody else begins and commits."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def write(self, cursor: Any, changes: Changes, state: OfficeState, published: int | None) -> None:
        """Everything. `published`: the cursor of published calls, when it moved."""
        sql = self._sql
        day = started_day(changes)
        if day is not None:
            self._forget(cursor, day)
        if changes.persons_before is not None:
            cursor.execute(sql.old_persons, (changes.persons_before,))
        sql.journal.run(cursor, [rows.journal_row(entry) for entry in changes.entries])
        sql.tickets.run(cursor, _ticket_rows(changes, state))
        sql.counters.run(cursor, [rows.counter_row(state.counters[n]) for n in sorted(changes.counters)])
        sql.outcomes.run(cursor, _outcome_rows(changes, state.day))
        if changes.blocks or changes.late or changes.appointments or changes.personal:
            self._write_rare(cursor, changes, state)
        if any(isinstance(e.event, _SERVICE_EVENTS) for e in changes.entries):
            self._write_services(cursor, state)
        if published is not None:
            sql.meta.run(cursor, [{"key": PUBLISHED, "value": str(published)}])

    def _write_rare(self, cursor: Any, changes: Changes, state: OfficeState) -> None:
        sql = self._sql
        sql.blocks.run(cursor, [rows.block_row(block) for block in changes.blocks.values()])
        sql.late.run(cursor, [rows.ticket_row(ticket, day) for day, ticket in changes.late.values()])
        sql.appointments.run(cursor, [rows.appointment_row(a) for a in changes.appointments.values()])
        sql.persons.run(
            cursor,
            [{"appointment": i, "day": changes.appointments[i].day, "person": p} for i, p in changes.persons.items()],
        )
        for appointment in sorted(changes.persons_gone):
            cursor.execute(sql.no_person, (appointment,))
        sql.personal.run(
            cursor, [{"ticket_id": t, "day": state.day, "dossier": code} for t, code in changes.personal.items()]
        )

    def _write_services(self, cursor: Any, state: OfficeState) -> None:
        cursor.execute(self._sql.no_closed_services)
        closed = [{"code": code, "reason": reason} for code, reason in state.closed_services.items()]
        self._sql.closed_services.run(cursor, closed)

    def _forget(self, cursor: Any, day: str) -> None:
        """A new day: personal rows of the days before, and outcomes older than the last day that has any."""
        cursor.execute(self._sql.old_personal, (day,))
        cursor.execute(self._sql.old_outcomes)


def _ticket_rows(changes: Changes, state: OfficeState) -> list[Row]:
    if not changes.tickets:
        return []
    days = {getattr(e.event, "ticket", ""): e.day for e in changes.entries}
    return [rows.ticket_row(t, days.get(t.id, state.day)) for t in changes.tickets.values()]


def _outcome_rows(changes: Changes, day: str) -> list[Row]:
    return [
        {"actor": actor, "id": id_, "hash": outcome.hash, "ticket": outcome.ticket, "day": day}
        for (actor, id_), outcome in changes.outcomes.items()
    ]
