"""One batch of commands → one transaction: decide on a fork, commit, then keep the fork (design.md §4, Writer).

A rejection changes nothing; a command that was seen before gives the ticket it gave then; the same id with other
content is `id_reused`. Only outcomes that changed state are remembered.
"""

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from contracts.errors import Rejected
from contracts.messages.appointments import BookAppointment
from contracts.messages.counters import CallNext, CallNumber, CloseCounter, CloseService, PauseCounter
from contracts.messages.leases import HandedOver, HandOver, OfflineTicket
from contracts.messages.tickets import IssueTicket
from contracts.settings import Office
from queue_server.application.ports import Changes, Entry, Outcome
from queue_server.application.storage import refuse_newcomers
from queue_server.domain import events as ev
from queue_server.domain.apply import apply
from queue_server.domain.apply_lease import late_ticket
from queue_server.domain.clock_trust import next_event_ms
from queue_server.domain.decide import Fresh, day_change, decide, orphans
from queue_server.domain.hand_over import hand_over, online_attempt, taken_times
from queue_server.domain.model import OfficeState, days_before
from queue_server.domain.moves import set_counter
from queue_server.domain.timers import due

SYSTEM = "system"
_NUL = b"\\u0000"  # as JSON writes it
_NOT_HASHED = frozenset({"sent_at_ms", "ttl_ms", "person"})

_OF_BLOCK = (ev.BlockGranted, ev.BlockSpent, ev.TicketHandedOver)
_OF_APPOINTMENT = (
    ev.AppointmentBooked, ev.AppointmentCancelled, ev.AppointmentCheckedIn, ev.AppointmentMissed,
)  # fmt: skip


class Command(msgspec.Struct, frozen=True):
    """A validated command with its actor."""

    actor: str
    verb: str
    message: Any

    @property
    def key(self) -> tuple[str, str]:
        """What a retry has in common with the first try."""
        return self.actor, self.message.id

    @property
    def keys(self) -> list[tuple[str, str]]:
        """Its own key, and those of the touches that it tells of."""
        touches = self.message.tickets if isinstance(self.message, HandOver) else ()
        return [self.key, *((self.actor, touch.id) for touch in touches)]


@dataclass
class Result:
    """What became of a command in its batch: a ticket id (of a booking its own id; perhaps none), or why not."""

    command: Command
    ticket: str | None = None
    error: Rejected | None = None
    handed: tuple[HandedOver, ...] | None = None


@dataclass
class Batch:
    """The outcome of deciding a batch: the new state, what to write, what to say."""

    state: OfficeState
    changes: Changes = field(default_factory=Changes)
    results: list[Result] = field(default_factory=list)
    closing: bool = False


def payload_hash(message: Any) -> str:
    """Hash of what was asked; a retry may carry another send time. Who books is not in it: it is kept longer than that
    may be (`_same` compares persons as long as we know them). Raises `malformed` for a text that not every database can
    keep."""
    kind: Any = type(message)
    encoded = msgspec.json.encode([kind.__name__, {name: getattr(message, name) for name in _hashed(kind)}])
    if _NUL in encoded:
        raise Rejected("malformed", "a text has the character 0")
    return hashlib.blake2b(encoded, digest_size=12).hexdigest()


@functools.cache
def _hashed(kind: Any) -> tuple[str, ...]:
    return tuple(name for name in kind.__struct_fields__ if name not in _NOT_HASHED)


def decide_batch(
    committed: OfficeState,
    office: Office,
    commands: Sequence[Command],
    remembered: dict[tuple[str, str], Outcome],
    clock_ms: int,
    fresh: Fresh,
    *,
    loaded: bool = False,
    closing: bool = False,
    timers: bool = True,
    office_ms: int | None = None,
) -> Batch:
    """Decides all commands in order on a fork of `committed`; nothing of it counts before the commit.

    Times to live are judged by `clock_ms`; events carry the office's own time, which does not go back while somebody is
    here: `office_ms`, where it is known better than from the clock (slow_time.py). `loaded`: the state was just read
    and may have been made under another office file. `closing`: nobody new is let in (storage.py). `timers`: something
    may be due by now (timers.py).
    """
    batch = Batch(committed.fork(), closing=closing)
    office_ms = clock_ms if office_ms is None else office_ms
    now_ms = next_event_ms(committed, office_ms)
    if loaded:
        _record(batch, SYSTEM, orphans(batch.state, now_ms))
    turned = day_change(batch.state, office, now_ms)
    _record(batch, SYSTEM, turned)
    if turned:
        batch.changes.persons_before = days_before(batch.state.day, office.appointments.keep_days)
    known = dict(remembered)
    for command in commands:
        batch.results.append(_one(batch, office, command, known, (clock_ms, office_ms), fresh))
    if timers:
        _pass_time(batch, office, office_ms, fresh)
    return batch


def _pass_time(batch: Batch, office: Office, office_ms: int, fresh: Fresh) -> None:
    """Automatic calls and alerts, after what people asked: whoever presses is served before the timer."""
    while events := due(batch.state, office, next_event_ms(batch.state, office_ms), fresh):
        _record(batch, SYSTEM, events)


def _one(
    batch: Batch, office: Office, command: Command, known: dict[tuple[str, str], Outcome], times: tuple[int, int],
    fresh: Fresh,
) -> Result:  # fmt: skip
    clock_ms, office_ms = times
    try:
        digest = payload_hash(command.message)
        before = known.get(command.key)
        if before is not None:
            _same(before, digest, command.message, batch.state)
            return Result(command, before.ticket)
        _in_time(command.message, clock_ms)
        if batch.closing:
            refuse_newcomers(command.message)
        now_ms = next_event_ms(batch.state, office_ms)
        if isinstance(command.message, HandOver):
            return Result(command, handed=_hand_over(batch, office, command, known, now_ms, fresh))
        events = decide(batch.state, office, command.message, now_ms, fresh, command.actor)
    except Rejected as why:
        return Result(command, error=why)
    _record(batch, command.actor, events)
    ticket = _ticket_of(command.message, events)
    if isinstance(command.message, IssueTicket) and command.message.dossier and ticket:
        _keep_dossier(batch, ticket, command.message.dossier)
    elif isinstance(command.message, BookAppointment) and ticket:
        _keep_person(batch, ticket, command.message.person)
    elif events:
        _keep_words(batch, command.message)
    if not events and isinstance(command.message, CallNext):
        ticket = batch.state.counters[command.message.counter].ticket_id  # just called by itself: the press asks for it
    if events or (ticket and isinstance(command.message, CallNext)):
        known[command.key] = batch.changes.outcomes[command.key] = Outcome(digest, ticket)
    return Result(command, ticket)


def _hand_over(
    batch: Batch, office: Office, command: Command, known: dict[tuple[str, str], Outcome], now_ms: int, fresh: Fresh
) -> tuple[HandedOver, ...]:
    """Each ticket alone, after those before it: what one comes to does not touch the others. The hand-over itself is
    not remembered, each of its tickets is, as if it had been issued."""
    times = taken_times(batch.state, office, command.actor, command.message, now_ms)
    handed = []
    for touch, taken_ms in zip(command.message.tickets, times, strict=True):
        key, error = (command.actor, touch.id), None
        try:
            outcome = _take_over(batch, office, touch, known.get(key), (command.actor, taken_ms, now_ms), fresh)
            if outcome is not None:
                known[key] = batch.changes.outcomes[key] = outcome
        except Rejected as why:
            error = why.code
        handed.append(HandedOver(touch.id, touch.number.upper(), error is None, error))
    return tuple(handed)


def _take_over(
    batch: Batch, office: Office, touch: OfflineTicket, before: Outcome | None, of: tuple[str, int, int], fresh: Fresh
) -> Outcome | None:
    """One ticket; None when nothing changed. `of`: actor, when it was taken, now. Raises Rejected."""
    actor, taken_ms, now_ms = of
    attempt = online_attempt(batch.state, touch)
    digest = payload_hash(attempt) if attempt is not None else ""
    if attempt is not None and before is not None and before.hash != digest:
        raise Rejected("id_reused", f"{touch.id} was a different command")
    known = before.ticket if before is not None else None
    events = hand_over(batch.state, office, actor, touch, known, taken_ms, now_ms, fresh)
    _record(batch, actor, events)
    if not events:
        return None
    last: Any = events[-1]
    if isinstance(last, ev.LateTicketRecorded):
        return Outcome(digest, last.late)
    if touch.dossier:
        _keep_dossier(batch, last.ticket, touch.dossier)
    return Outcome(digest, last.ticket)


def _same(before: Outcome, digest: str, message: Any, state: OfficeState) -> None:
    booked_by = state.persons.get(before.ticket or "") if isinstance(message, BookAppointment) else None
    if before.hash != digest or (booked_by is not None and booked_by != message.person):
        raise Rejected("id_reused", f"{message.id} was a different command")


def _in_time(message: Any, now_ms: int) -> None:
    sent, ttl = message.sent_at_ms, message.ttl_ms
    if sent is not None and ttl is not None and now_ms - sent > ttl:
        raise Rejected("expired", f"{now_ms - sent} ms old, at most {ttl}")


def played(state: OfficeState, actor: str, event: ev.AnyEvent) -> Changes:
    """What one event of the journal writes; it is applied to `state`. For the rebuild of the tables."""
    batch = Batch(state)
    _record(batch, actor, (event,))
    return batch.changes


def _record(batch: Batch, actor: str, events: Sequence[ev.AnyEvent]) -> None:
    state, changes = batch.state, batch.changes
    for event in events:
        ticket_id, counters = getattr(event, "ticket", None), _counters_of(state, event)
        if isinstance(event, ev.DayStarted):
            counters |= set(state.counters)
        apply(state, event)
        state.seq += 1
        changes.entries.append(Entry(state.seq, actor, state.day, event))
        if ticket_id is not None:
            changes.tickets[ticket_id] = state.tickets[ticket_id]
        changes.counters |= counters
        if isinstance(event, _OF_BLOCK):
            changes.blocks[event.block] = state.blocks[event.block]
        elif isinstance(event, _OF_APPOINTMENT):
            changes.appointments[event.appointment] = state.appointments[event.appointment]
            if isinstance(event, ev.AppointmentCancelled):
                _forget_person(batch, event.appointment)
        elif isinstance(event, ev.LateTicketRecorded):
            changes.late[event.late] = (event.of_day, late_ticket(event))


def _counters_of(state: OfficeState, event: ev.AnyEvent) -> set[int]:
    if type(event) is ev.TicketIssued:  # of no counter, and the most frequent of all
        return set()
    named = {getattr(event, "counter", None), getattr(event, "from_counter", None)}
    ticket = state.tickets.get(getattr(event, "ticket", ""))
    if ticket is not None:
        named.add(ticket.counter)
    return {n for n in named if n in state.counters}


def _ticket_of(message: Any, events: Sequence[ev.AnyEvent]) -> str | None:
    """The ticket a reply speaks of; of a call-next only the one it called, not the one it ended; or a booking."""
    if isinstance(message, BookAppointment):
        return next((e.appointment for e in events if isinstance(e, ev.AppointmentBooked)), None)
    kinds: Any = ev.TicketCalled if isinstance(message, CallNext | CallNumber) else ev.Event
    return next((e.ticket for e in reversed(events) if isinstance(e, kinds) and hasattr(e, "ticket")), None)


def _keep_dossier(batch: Batch, ticket_id: str, code: str) -> None:
    ticket = batch.state.tickets[ticket_id].but(dossier=code)
    batch.state.tickets[ticket_id] = batch.changes.tickets[ticket_id] = ticket
    batch.changes.personal[ticket_id] = code


def _keep_words(batch: Batch, message: Any) -> None:
    """A reason in words: for the tables of now; the journal has its code."""
    reason = getattr(message, "reason", None)
    if reason and isinstance(message, CloseCounter | PauseCounter):
        set_counter(batch.state, message.counter, reason=reason)
    elif reason and isinstance(message, CloseService):
        batch.state.closed_services[message.service] = reason


def _keep_person(batch: Batch, appointment_id: str, person: str) -> None:
    batch.state.persons = {**batch.state.persons, appointment_id: person}
    batch.changes.persons[appointment_id] = person


def _forget_person(batch: Batch, appointment_id: str) -> None:
    """Given back: nobody needs to know any more whose it was."""
    batch.state.persons = {i: who for i, who in batch.state.persons.items() if i != appointment_id}
    batch.changes.persons.pop(appointment_id, None)
    batch.changes.persons_gone.add(appointment_id)
