"""Command → events. Pure: what would happen, or `Rejected`; nothing changes here (design.md §4)."""

from collections.abc import Callable
from typing import Any, Protocol

from contracts.errors import Rejected
from contracts.messages import appointments as amsg
from contracts.messages import counters as msg
from contracts.messages import tickets as tmsg
from contracts.messages.common import TicketState
from contracts.messages.leases import LeaseBlocks
from contracts.messages.office_day import ConfirmDay
from contracts.settings import Office
from queue_server.domain import decide_appointment, decide_counter, decide_ticket
from queue_server.domain.clock import business_day
from queue_server.domain.events import AnyEvent, DayConfirmed, DayStarted, TicketExpired, TicketRequeued
from queue_server.domain.leases import grant
from queue_server.domain.model import AT_COUNTER, LIVE, OfficeState


class Fresh(Protocol):
    """Where new ids come from; a simulation brings its own."""

    def uuid(self) -> str:
        """A random id."""

    def token(self) -> str:
        """A ticket token that nobody can guess."""


def confirm_day(state: OfficeState, _office: Office, command: ConfirmDay, now_ms: int, _fresh: Fresh) -> list[AnyEvent]:
    """For the journal: who said so. The day itself has begun when this is decided, by the clock. Rejects wrong_day."""
    if command.day != state.day:
        raise Rejected("wrong_day", f"the business day is {state.day}, not {command.day}")
    return [DayConfirmed(at_ms=now_ms, day=state.day)]


_HANDLERS: dict[type, Callable[..., list[AnyEvent]]] = {
    tmsg.IssueTicket: decide_ticket.issue,
    tmsg.CancelTicket: decide_ticket.cancel,
    amsg.BookAppointment: decide_appointment.book,
    amsg.CancelAppointment: decide_appointment.cancel,
    amsg.CheckIn: decide_appointment.check_in,
    msg.CallNext: decide_counter.call_next,
    msg.CallNumber: decide_counter.call_number,
    msg.Recall: decide_counter.recall,
    msg.Start: decide_counter.start,
    msg.Finish: decide_counter.finish,
    msg.NoShow: decide_counter.no_show,
    msg.UndoNoShow: decide_counter.undo_no_show,
    msg.Transfer: decide_counter.transfer,
    msg.Hold: decide_counter.hold,
    msg.Resume: decide_counter.resume,
    msg.Requeue: decide_counter.requeue,
    msg.OpenCounter: decide_counter.open_counter,
    msg.CloseCounter: decide_counter.close_counter,
    msg.PauseCounter: decide_counter.pause_counter,
    msg.Help: decide_counter.ask_help,
    msg.OpenService: decide_ticket.open_service,
    msg.CloseService: decide_ticket.close_service,
    ConfirmDay: confirm_day,
}


def decide(
    state: OfficeState, office: Office, command: Any, now_ms: int, fresh: Fresh, actor: str = ""
) -> list[AnyEvent]:
    """The events of a command of `actor` at `now_ms` (UTC ms). Raises Rejected with a stable code; never changes
    `state`. A hand-over is decided ticket by ticket (hand_over.py)."""
    if isinstance(command, LeaseBlocks):
        return grant(state, office, actor, command, now_ms, fresh)
    return _HANDLERS[type(command)](state, office, command, now_ms, fresh)


def day_change(state: OfficeState, office: Office, now_ms: int) -> list[AnyEvent]:
    """The events of midnight: leftovers expire, a new day starts. Never back (a clock may be stepped)."""
    today = business_day(now_ms, office.office.timezone)
    if today <= state.day:
        return []
    left: list[AnyEvent] = [TicketExpired(at_ms=now_ms, ticket=t.id) for t in state.tickets.values() if t.state in LIVE]
    missed = decide_appointment.missed(state, today, now_ms)
    return [*left, *missed, DayStarted(at_ms=now_ms, day=today)]


def orphans(state: OfficeState, now_ms: int) -> list[AnyEvent]:
    """The events of an office file that lost counters: their tickets (called, served, on hold) wait again, in place."""
    return [
        TicketRequeued(at_ms=now_ms, ticket=t.id, counter=t.counter)
        for t in state.tickets.values()
        if (t.state in AT_COUNTER or t.state is TicketState.HELD)
        and t.counter is not None
        and t.counter not in state.counters
    ]
