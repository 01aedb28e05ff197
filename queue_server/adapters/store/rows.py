"""Domain objects ↔ table rows."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from operator import attrgetter
from typing import Any

import msgspec

from contracts.messages.appointments import AppointmentState
from contracts.messages.common import CounterStatus, TicketState
from queue_server.application.ports import Entry
from queue_server.domain.events import AnyEvent
from queue_server.domain.model import AT_COUNTER, Appointment, Block, CounterState, OfficeState, Stage, Ticket

_COLUMNS = (
    "id", "number", "service", "priority", "lang", "token", "procedure", "issued_ms", "order_ms", "called_ms",
    "started_ms", "ended_ms", "counter", "call_id", "repeat", "result", "only_counter",
    "stage_ms", "stage_called_ms", "offline", "claimed", "appointment", "alerted",
)  # fmt: skip
_values = attrgetter(*_COLUMNS)
_stages = msgspec.json.Decoder(tuple[Stage, ...])
_event: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def ticket_row(ticket: Ticket, day: str) -> dict[str, Any]:
    """A row of `tickets`; the dossier code is not in it (it is personal)."""
    row = dict(zip(_COLUMNS, _values(ticket), strict=True))
    row["state"], row["day"] = ticket.state.value, day
    row["past"] = msgspec.json.encode(ticket.past).decode() if ticket.past else None
    return row


def ticket_from(row: Mapping[str, Any], dossier: str | None) -> Ticket:
    """The way back."""
    past = _stages.decode(row["past"]) if row["past"] else ()
    known, state = {name: row[name] for name in _COLUMNS}, TicketState(row["state"])
    if state is TicketState.UNKNOWN:
        raise ValueError(f"a ticket is never {row['state']!r}")
    return Ticket(**known, state=state, dossier=dossier, past=past)


def appointment_row(appointment: Appointment) -> dict[str, Any]:
    """A row of `appointments`."""
    return asdict(appointment) | {"state": appointment.state.value}


def appointment_from(row: Mapping[str, Any]) -> Appointment:
    """The way back."""
    return Appointment(**{**row, "state": AppointmentState(row["state"])})


def block_row(block: Block) -> dict[str, Any]:
    """A row of `blocks`; its columns are the fields."""
    return asdict(block)


def counter_row(counter: CounterState) -> dict[str, Any]:
    """A row of `counters`."""
    return {
        "n": counter.n, "status": counter.status.value, "since_ms": counter.since_ms, "reason": counter.reason,
        "ticket_id": counter.ticket_id, "missed_id": counter.missed_id, "call_id": counter.call_id,
    }  # fmt: skip


def counter_from(row: Mapping[str, Any], state: OfficeState) -> CounterState:
    """The way back. A counter that was out of the office file for some days may name a ticket that is gone, or is
    somebody else's by now."""
    found = CounterState(**{**row, "status": CounterStatus(row["status"])})
    if found.status is CounterStatus.UNKNOWN:
        raise ValueError(f"a counter is never {row['status']!r}")
    ticket = state.tickets.get(found.ticket_id or "")
    if ticket is None or ticket.counter != found.n or ticket.state not in AT_COUNTER:
        found = replace(found, ticket_id=None)
    return found if found.missed_id in state.tickets else replace(found, missed_id=None)


def journal_row(entry: Entry) -> dict[str, Any]:
    """A row of `journal`."""
    return {
        "seq": entry.seq, "at_ms": entry.event.at_ms, "day": entry.day, "actor": entry.actor,
        "kind": type(entry.event).__struct_config__.tag, "data": msgspec.json.encode(entry.event).decode(),
    }  # fmt: skip


def event_from(data: str) -> AnyEvent:
    """The event of a journal row."""
    return _event.decode(data)
