"""Events → state. The same function serves a live command and the rebuild from the journal, so they cannot differ."""

from collections.abc import Callable
from typing import Any

from contracts.messages.board import BOARD_CALLS_MAX, Call
from contracts.messages.common import CounterStatus, TicketState
from queue_server.domain import events as ev
from queue_server.domain.apply_appointment import APPOINTMENT_APPLY
from queue_server.domain.apply_lease import LEASE_APPLY
from queue_server.domain.clock import utc
from queue_server.domain.model import BLOCK_DAYS_KEPT, OfficeState, Stage, Ticket, days_before, late_key
from queue_server.domain.moves import give_back, leave, pass_over, place, put, set_counter


def apply(state: OfficeState, event: ev.AnyEvent) -> None:
    """Changes `state` by one event. An event that does not fit its state is a bug and raises KeyError."""
    state.at_ms = event.at_ms
    _APPLY[type(event)](state, event)


def _day_started(state: OfficeState, event: ev.DayStarted) -> None:
    over = (late_key(state.day, t.number) for t in state.tickets.values() if t.offline)  # a kiosk may repeat itself
    state.late = state.late.union(over)
    state.day = event.day
    state.tickets.clear()
    state.by_number.clear()
    state.by_token.clear()
    state.lanes.clear()
    state.own_lanes.clear()
    state.waits.clear()
    state.held.clear()
    state.directed.clear()
    state.serials.clear()
    state.taken.clear()
    state.calls = ()
    state.classes.clear()
    state.passed.clear()
    state.passed_most = 0
    state.turns.clear()
    kept = days_before(event.day, BLOCK_DAYS_KEPT)
    state.blocks = {i: b for i, b in state.blocks.items() if b.day >= kept}
    state.late = frozenset(key for key in state.late if key >= kept)
    state.appointments = {i: a for i, a in state.appointments.items() if a.day >= event.day}
    state.persons = {i: person for i, person in state.persons.items() if i in state.appointments}
    for n in state.counters:
        set_counter(state, n, ticket_id=None, missed_id=None, call_id=None)
    state.idle_ms.clear()


def _issued(state: OfficeState, event: ev.TicketIssued) -> None:
    ticket = Ticket(
        event.ticket, event.number, event.service, event.priority, event.lang, event.token, event.at_ms,
        event.order_ms, procedure=event.procedure, appointment=event.appointment,
    )  # fmt: skip
    place(state, ticket)


def with_call(calls: tuple[Call, ...], ticket: Ticket, event: ev.TicketCalled | ev.TicketRecalled) -> tuple[Call, ...]:
    """The board's list, newest first, after a call; a recall takes the place of its call."""
    repeat = event.repeat if isinstance(event, ev.TicketRecalled) else 0
    call = Call(event.call_id, ticket.number, ticket.service, event.counter, utc(event.at_ms), repeat, ticket.lang)
    return (call, *(c for c in calls if c.call_id != event.call_id))[:BOARD_CALLS_MAX]


def _called(state: OfficeState, event: ev.TicketCalled) -> None:
    waited = state.tickets[event.ticket].state is TicketState.WAITING
    before = state.tickets[event.ticket]
    first_ms = None if before.claimed else before.called_ms  # of a claimed one the newest: did its holder hear it?
    ticket = put(
        state, before, state=TicketState.CALLED, counter=event.counter, call_id=event.call_id, repeat=0,
        called_ms=first_ms or event.at_ms, ended_ms=None, stage_called_ms=before.stage_called_ms or event.at_ms,
    )  # fmt: skip
    set_counter(state, event.counter, ticket_id=ticket.id, missed_id=None, call_id=event.call_id)
    if waited:
        pass_over(state, ticket, event.counter, event.among)
    state.calls = with_call(state.calls, ticket, event)


def _recalled(state: OfficeState, event: ev.TicketRecalled) -> None:
    ticket = put(state, state.tickets[event.ticket], repeat=event.repeat)
    state.calls = with_call(state.calls, ticket, event)


def _started(state: OfficeState, event: ev.ServingStarted) -> None:
    ticket = state.tickets[event.ticket]
    put(state, ticket, state=TicketState.SERVING, started_ms=ticket.started_ms or event.at_ms)


def _finished(state: OfficeState, event: ev.TicketFinished) -> None:
    ticket = state.tickets[event.ticket]
    started = ticket.started_ms or ticket.called_ms
    put(state, ticket, state=TicketState.DONE, ended_ms=event.at_ms, started_ms=started, result=event.result)
    set_counter(state, event.counter, ticket_id=None)


def _missed(state: OfficeState, event: ev.TicketMissed) -> None:
    put(state, state.tickets[event.ticket], state=TicketState.NO_SHOW, ended_ms=event.at_ms)
    set_counter(state, event.counter, ticket_id=None, missed_id=event.ticket)


def _transferred(state: OfficeState, event: ev.TicketTransferred) -> None:
    ticket = state.tickets[event.ticket]
    past = (*ticket.past, _stage(ticket, event.from_counter, event.at_ms, transferred=True))
    put(
        state, ticket, state=TicketState.WAITING, service=event.to_service, only_counter=event.to_counter,
        counter=None, call_id=None, repeat=0, past=past, **_next_stage(event.at_ms),
    )  # fmt: skip
    set_counter(state, event.from_counter, ticket_id=None)


def _stage(ticket: Ticket, counter: int, at_ms: int, *, result: str | None = None, transferred: bool = False) -> Stage:
    since_ms = ticket.issued_ms if ticket.stage_ms is None else ticket.stage_ms
    return Stage(
        ticket.service, counter, since_ms, ticket.stage_called_ms, ticket.started_ms, at_ms, result, transferred
    )  # fmt: skip


def _next_stage(at_ms: int) -> dict[str, Any]:
    """What begins anew; the first call of the visit stays."""
    return {"stage_ms": at_ms, "stage_called_ms": None, "started_ms": None, "alerted": False}


def _stage_finished(state: OfficeState, event: ev.StageFinished) -> None:
    ticket = state.tickets[event.ticket]
    past = (*ticket.past, _stage(ticket, event.counter, event.at_ms, result=event.result))
    begun = _next_stage(event.at_ms)
    if event.here:
        begun |= {"stage_called_ms": event.at_ms, "started_ms": event.at_ms, "state": TicketState.SERVING}
    else:
        begun |= {"state": TicketState.WAITING, "counter": None, "call_id": None, "repeat": 0}
        set_counter(state, event.counter, ticket_id=None)
    put(state, ticket, service=event.next_service, only_counter=None, past=past, **begun)


def _at_risk(state: OfficeState, event: ev.TargetAtRisk) -> None:
    put(state, state.tickets[event.ticket], alerted=True)


def _held(state: OfficeState, event: ev.TicketHeld) -> None:
    put(state, state.tickets[event.ticket], state=TicketState.HELD)
    set_counter(state, event.counter, ticket_id=None)


def _resumed(state: OfficeState, event: ev.TicketResumed) -> None:
    put(state, state.tickets[event.ticket], state=TicketState.SERVING, counter=event.counter)
    set_counter(state, event.counter, ticket_id=event.ticket)


def _requeued(state: OfficeState, event: ev.TicketRequeued) -> None:
    ticket = state.tickets[event.ticket]
    leave(state, ticket)
    put(state, ticket, state=TicketState.WAITING, counter=None, call_id=None, repeat=0)


def _ended(state: OfficeState, event: ev.TicketCancelled | ev.TicketExpired) -> None:
    ticket = state.tickets[event.ticket]
    end = TicketState.CANCELLED if isinstance(event, ev.TicketCancelled) else TicketState.EXPIRED
    leave(state, ticket)
    put(state, ticket, state=end, ended_ms=event.at_ms)
    if end is TicketState.CANCELLED:
        give_back(state, ticket)


_STATUS = {
    ev.CounterOpened: CounterStatus.OPEN,
    ev.CounterClosed: CounterStatus.CLOSED,
    ev.CounterPaused: CounterStatus.PAUSED,
}


def _status(state: OfficeState, event: ev.CounterOpened | ev.CounterClosed | ev.CounterPaused) -> None:
    reason = None if isinstance(event, ev.CounterOpened) else event.reason
    set_counter(state, event.counter, status=_STATUS[type(event)], since_ms=event.at_ms, reason=reason)


def _service_opened(state: OfficeState, event: ev.ServiceOpened) -> None:
    state.closed_services.pop(event.service, None)


def _service_closed(state: OfficeState, event: ev.ServiceClosed) -> None:
    state.closed_services[event.service] = event.reason or "staff"


def _nothing(_state: OfficeState, _event: object) -> None:
    """A call for help, a confirmed day: they change no queue; the journal keeps them."""


_APPLY: dict[type, Callable[[OfficeState, Any], None]] = {
    ev.DayStarted: _day_started,
    ev.DayConfirmed: _nothing,
    ev.TicketIssued: _issued,
    ev.TicketCalled: _called,
    ev.TicketRecalled: _recalled,
    ev.ServingStarted: _started,
    ev.TicketFinished: _finished,
    ev.TicketMissed: _missed,
    ev.TicketTransferred: _transferred,
    ev.TicketHeld: _held,
    ev.TicketResumed: _resumed,
    ev.TicketRequeued: _requeued,
    ev.TicketCancelled: _ended,
    ev.TicketExpired: _ended,
    ev.CounterOpened: _status,
    ev.CounterClosed: _status,
    ev.CounterPaused: _status,
    ev.HelpAsked: _nothing,
    ev.ServiceOpened: _service_opened,
    ev.ServiceClosed: _service_closed,
    ev.StageFinished: _stage_finished,
    ev.TargetAtRisk: _at_risk,
    **LEASE_APPLY,
    **APPOINTMENT_APPLY,
}
