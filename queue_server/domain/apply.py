"""Events → state. The same function serves a live command and the rebuild from the journal, so they cannot differ."""

from bisect import bisect_left, insort
from collections.abc import Callable
from typing import Any

from contracts.ids import parse_ticket_number
from contracts.messages.board import BOARD_CALLS_MAX, Call
from contracts.messages.common import CounterStatus, TicketState
from queue_server.domain import events as ev
from queue_server.domain.clock import utc
from queue_server.domain.model import CounterState, LaneKey, OfficeState, Ticket


def apply(state: OfficeState, event: ev.AnyEvent) -> None:
    """Changes `state` by one event. An event that does not fit its state is a bug and raises KeyError."""
    _APPLY[type(event)](state, event)
    state.at_ms = event.at_ms


def _key(ticket: Ticket) -> LaneKey:
    return ticket.order_ms, ticket.number, ticket.id


def _dequeue(state: OfficeState, ticket: Ticket) -> None:
    lane = state.lanes[ticket.service]
    at = bisect_left(lane, _key(ticket))
    if lane[at][2] != ticket.id:
        raise KeyError(f"{ticket.number} is not in the lane of {ticket.service}")
    del lane[at]
    state.directed.pop(ticket.id, None)


def place(state: OfficeState, ticket: Ticket) -> None:
    """Puts a ticket that exists already (read from the database) where it belongs."""
    state.tickets[ticket.id] = ticket
    state.by_number[ticket.number] = ticket.id
    state.by_token[ticket.token] = ticket.id
    prefix, serial = parse_ticket_number(ticket.number)
    state.serials[prefix] = max(state.serials.get(prefix, 0), serial)
    _queue_up(state, ticket)


def _queue_up(state: OfficeState, ticket: Ticket) -> None:
    if ticket.state is TicketState.WAITING:
        insort(state.lanes.setdefault(ticket.service, []), _key(ticket))
        if ticket.only_counter is not None:
            state.directed[ticket.id] = ticket.only_counter
    elif ticket.state is TicketState.HELD:
        state.held[ticket.id] = None


def _put(state: OfficeState, ticket: Ticket, /, **changes: Any) -> Ticket:
    changed = ticket.but(**changes)
    if ticket.state is TicketState.WAITING:
        _dequeue(state, ticket)
    elif ticket.state is TicketState.HELD:
        del state.held[ticket.id]
    state.tickets[ticket.id] = changed
    _queue_up(state, changed)
    return changed


def _counter(state: OfficeState, n: int, /, **changes: Any) -> None:
    old = state.counters[n]
    values = {
        "n": n, "status": old.status, "since_ms": old.since_ms, "reason": old.reason, "ticket_id": old.ticket_id,
        "missed_id": old.missed_id, "call_id": old.call_id,
    }  # fmt: skip
    state.counters[n] = CounterState(**{**values, **changes})


def _leave(state: OfficeState, ticket: Ticket) -> None:
    """Frees the counter that has this ticket now, if one has it (the office file may have lost that counter)."""
    counter = state.counters.get(ticket.counter) if ticket.counter is not None else None
    if counter is not None and counter.ticket_id == ticket.id:
        _counter(state, counter.n, ticket_id=None)


def _day_started(state: OfficeState, event: ev.DayStarted) -> None:
    state.day = event.day
    state.tickets.clear()
    state.by_number.clear()
    state.by_token.clear()
    state.lanes.clear()
    state.held.clear()
    state.directed.clear()
    state.serials.clear()
    state.calls = ()
    for n in state.counters:
        _counter(state, n, ticket_id=None, missed_id=None, call_id=None)


def _issued(state: OfficeState, event: ev.TicketIssued) -> None:
    ticket = Ticket(
        event.ticket, event.number, event.service, event.priority, event.lang, event.token, event.at_ms,
        event.order_ms, procedure=event.procedure,
    )  # fmt: skip
    place(state, ticket)


def with_call(calls: tuple[Call, ...], ticket: Ticket, event: ev.TicketCalled | ev.TicketRecalled) -> tuple[Call, ...]:
    """The board's list, newest first, after a call; a recall takes the place of its call."""
    repeat = event.repeat if isinstance(event, ev.TicketRecalled) else 0
    call = Call(event.call_id, ticket.number, ticket.service, event.counter, utc(event.at_ms), repeat, ticket.lang)
    return (call, *(c for c in calls if c.call_id != event.call_id))[:BOARD_CALLS_MAX]


def _called(state: OfficeState, event: ev.TicketCalled) -> None:
    ticket = _put(
        state, state.tickets[event.ticket], state=TicketState.CALLED, counter=event.counter, call_id=event.call_id,
        repeat=0, called_ms=state.tickets[event.ticket].called_ms or event.at_ms, ended_ms=None,
    )  # fmt: skip
    _counter(state, event.counter, ticket_id=ticket.id, missed_id=None, call_id=event.call_id)
    state.calls = with_call(state.calls, ticket, event)


def _recalled(state: OfficeState, event: ev.TicketRecalled) -> None:
    ticket = _put(state, state.tickets[event.ticket], repeat=event.repeat)
    state.calls = with_call(state.calls, ticket, event)


def _started(state: OfficeState, event: ev.ServingStarted) -> None:
    ticket = state.tickets[event.ticket]
    _put(state, ticket, state=TicketState.SERVING, started_ms=ticket.started_ms or event.at_ms)


def _finished(state: OfficeState, event: ev.TicketFinished) -> None:
    ticket = state.tickets[event.ticket]
    started = ticket.started_ms or ticket.called_ms
    _put(state, ticket, state=TicketState.DONE, ended_ms=event.at_ms, started_ms=started, result=event.result)
    _counter(state, event.counter, ticket_id=None)


def _missed(state: OfficeState, event: ev.TicketMissed) -> None:
    _put(state, state.tickets[event.ticket], state=TicketState.NO_SHOW, ended_ms=event.at_ms)
    _counter(state, event.counter, ticket_id=None, missed_id=event.ticket)


def _transferred(state: OfficeState, event: ev.TicketTransferred) -> None:
    ticket = state.tickets[event.ticket]
    _put(
        state, ticket, state=TicketState.WAITING, service=event.to_service, only_counter=event.to_counter,
        counter=None, call_id=None, repeat=0,
    )  # fmt: skip
    _counter(state, event.from_counter, ticket_id=None)


def _held(state: OfficeState, event: ev.TicketHeld) -> None:
    _put(state, state.tickets[event.ticket], state=TicketState.HELD)
    _counter(state, event.counter, ticket_id=None)


def _resumed(state: OfficeState, event: ev.TicketResumed) -> None:
    _put(state, state.tickets[event.ticket], state=TicketState.SERVING, counter=event.counter)
    _counter(state, event.counter, ticket_id=event.ticket)


def _requeued(state: OfficeState, event: ev.TicketRequeued) -> None:
    ticket = state.tickets[event.ticket]
    _leave(state, ticket)
    _put(state, ticket, state=TicketState.WAITING, counter=None, call_id=None, repeat=0)


def _ended(state: OfficeState, event: ev.TicketCancelled | ev.TicketExpired) -> None:
    ticket = state.tickets[event.ticket]
    end = TicketState.CANCELLED if isinstance(event, ev.TicketCancelled) else TicketState.EXPIRED
    _leave(state, ticket)
    _put(state, ticket, state=end, ended_ms=event.at_ms)


def _status(status: CounterStatus) -> Callable[[OfficeState, Any], None]:
    def change(state: OfficeState, event: Any) -> None:
        reason = getattr(event, "reason", None)
        _counter(state, event.counter, status=status, since_ms=event.at_ms, reason=reason)

    return change


def _service_opened(state: OfficeState, event: ev.ServiceOpened) -> None:
    state.closed_services.pop(event.service, None)


def _service_closed(state: OfficeState, event: ev.ServiceClosed) -> None:
    state.closed_services[event.service] = event.reason or "staff"


def _nothing(_state: OfficeState, _event: object) -> None:
    """A call for help changes no queue; the journal keeps it."""


_APPLY: dict[type, Callable[[OfficeState, Any], None]] = {
    ev.DayStarted: _day_started,
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
    ev.CounterOpened: _status(CounterStatus.OPEN),
    ev.CounterClosed: _status(CounterStatus.CLOSED),
    ev.CounterPaused: _status(CounterStatus.PAUSED),
    ev.HelpAsked: _nothing,
    ev.ServiceOpened: _service_opened,
    ev.ServiceClosed: _service_closed,
}
