"""Years of a busy office, written straight into an empty SQLite database: a million tickets and their journal.

Every ticket was issued, called, started and finished; the last day is the one before `until`. Written as the store
would have written it: gapless journal, ids of the kind that the office draws.
"""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from contracts.messages.common import TicketState
from queue_server.adapters.fresh import SystemFresh
from queue_server.adapters.store import OfficeStore, rows
from queue_server.adapters.store.database import database_at
from queue_server.adapters.store.statements import Statements
from queue_server.application.ports import Entry
from queue_server.domain import events as ev
from queue_server.domain.clock import utc
from queue_server.domain.model import Ticket
from tests.support.offices import T0

A_DAY = 1_000
DAY_MS = 86_400_000
COUNTERS = 3
_SERVICES = "AC"


def grow(path: Path, tickets: int, until_ms: int = T0, a_day: int = A_DAY) -> None:
    """Fills the database at `path`, which is made when it is not there."""
    OfficeStore(path, until_ms - 2 * DAY_MS).close()
    sql = Statements(database_at(path))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        days = -(-tickets // a_day)
        last = utc(until_ms).date()
        now_ms = [until_ms]
        fresh, seq = SystemFresh(lambda: now_ms[0]), 0
        for n in range(days):
            day = last - timedelta(days=days - n)
            start_ms = now_ms[0] = until_ms - (days - n) * DAY_MS
            entries, found = _one_day(day, start_ms, min(a_day, tickets - n * a_day), fresh, seq)
            seq += len(entries)
            cursor = connection.cursor()
            sql.journal.run(cursor, [rows.journal_row(entry) for entry in entries])
            sql.tickets.run(cursor, [rows.ticket_row(ticket, day.isoformat()) for ticket in found])
            connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _one_day(day: date, start_ms: int, count: int, fresh: SystemFresh, seq: int) -> tuple[list[Entry], list[Ticket]]:
    events: list[Any] = [ev.DayStarted(at_ms=start_ms, day=day.isoformat())]
    found = []
    waits = random.Random(seq)
    for n in range(count):
        ticket = _ticket(n, start_ms + n * 20_000, waits.randrange(60_000, 1_800_000), fresh)
        found.append(ticket)
        events += _life(ticket)
    entries = [Entry(seq + i, "kiosk-1", day.isoformat(), event) for i, event in enumerate(events, 1)]
    return entries, found


def _ticket(n: int, at_ms: int, wait_ms: int, fresh: SystemFresh) -> Ticket:
    service = _SERVICES[n % len(_SERVICES)]
    number = f"{service}{n // len(_SERVICES) + 1:03d}"
    ticket = Ticket(fresh.uuid(), number, service, "normal", "vi", fresh.token(), at_ms, at_ms)
    called_ms = at_ms + wait_ms
    return ticket.but(
        state=TicketState.DONE, called_ms=called_ms, started_ms=called_ms + 20_000, ended_ms=called_ms + 300_000,
        counter=n % COUNTERS + 1, call_id=fresh.uuid(), stage_called_ms=called_ms,
    )  # fmt: skip


def _life(t: Ticket) -> Iterator[Any]:
    counter, called_ms = t.counter or 1, t.called_ms or 0
    yield ev.TicketIssued(
        at_ms=t.issued_ms, ticket=t.id, number=t.number, service=t.service, priority=t.priority, lang=t.lang,
        token=t.token, serial=int(t.number[1:]), order_ms=t.order_ms,
    )  # fmt: skip
    yield ev.TicketCalled(at_ms=called_ms, ticket=t.id, counter=counter, call_id=t.call_id or "")
    yield ev.ServingStarted(at_ms=called_ms + 20_000, ticket=t.id, counter=counter)
    yield ev.TicketFinished(at_ms=called_ms + 300_000, ticket=t.id, counter=counter)
