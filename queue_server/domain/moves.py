"""How tickets and counters move within the state: the only code that touches lanes. Used by the apply functions."""

from bisect import bisect_left, insort
from collections.abc import Iterable
from typing import Any

from contracts.ids import parse_ticket_number
from contracts.messages.common import TicketState
from queue_server.domain.model import CounterState, LaneKey, LaneName, OfficeState, Ticket
from queue_server.domain.policies import after

GIVEN_BACK = frozenset({TicketState.CANCELLED, TicketState.VOID})


def _key(ticket: Ticket) -> LaneKey:
    return ticket.order_ms, ticket.number, ticket.id


def _lane(ticket: Ticket) -> LaneName:
    return ticket.service, ticket.priority


def _dequeue(state: OfficeState, ticket: Ticket) -> None:
    name = _lane(ticket)
    lane = state.own_lane(name) if name in state.lanes else []
    at = bisect_left(lane, _key(ticket))
    if at == len(lane) or lane[at][2] != ticket.id:
        raise KeyError(f"{ticket.number} is not in the lane of {name}")
    del lane[at]
    if not lane:
        del state.lanes[name]
        state.own_lanes.discard(name)
    state.waits[ticket.service] -= 1
    state.directed.pop(ticket.id, None)
    state.passed.pop(ticket.id, None)


def place(state: OfficeState, ticket: Ticket) -> None:
    """Puts a ticket that exists already (read from the database) where it belongs."""
    state.tickets[ticket.id] = ticket
    state.by_number[ticket.number] = ticket.id
    state.by_token[ticket.token] = ticket.id
    prefix, serial = parse_ticket_number(ticket.number)
    if not ticket.offline:  # a lent number does not move our own sequence on
        state.serials[prefix] = max(state.serials.get(prefix, 0), serial)
    if ticket.state not in GIVEN_BACK:
        state.taken[prefix] = state.taken.get(prefix, 0) + 1
    _queue_up(state, ticket)


def _queue_up(state: OfficeState, ticket: Ticket) -> None:
    if ticket.state is TicketState.WAITING:
        insort(state.own_lane(_lane(ticket)), _key(ticket))
        state.waits[ticket.service] = state.waits.get(ticket.service, 0) + 1
        state.classes[ticket.priority] = None
        if ticket.only_counter is not None:
            state.directed[ticket.id] = ticket.only_counter
    elif ticket.state is TicketState.HELD:
        state.held[ticket.id] = None


def _stands(ticket: Ticket) -> tuple[LaneName, LaneKey, int | None]:
    return _lane(ticket), _key(ticket), ticket.only_counter


def put(state: OfficeState, ticket: Ticket, /, **changes: Any) -> Ticket:
    """A ticket changes: out of its lane, and into the one it belongs to now."""
    changed = ticket.but(**changes)
    if ticket.state is changed.state is TicketState.WAITING and _stands(ticket) == _stands(changed):
        state.tickets[ticket.id] = changed  # it keeps its place, and how often it was passed over
        return changed
    if ticket.state is TicketState.WAITING:
        _dequeue(state, ticket)
    elif ticket.state is TicketState.HELD:
        del state.held[ticket.id]
    state.tickets[ticket.id] = changed
    _queue_up(state, changed)
    return changed


def set_counter(state: OfficeState, n: int, /, **changes: Any) -> None:
    """A counter changes, at `state.at_ms`."""
    old = state.counters[n]
    if old.ticket_id is not None and changes.get("ticket_id", old.ticket_id) is None:
        state.idle_ms[n] = state.at_ms
    values = {
        "n": n, "status": old.status, "since_ms": old.since_ms, "reason": old.reason, "ticket_id": old.ticket_id,
        "missed_id": old.missed_id, "call_id": old.call_id,
    }  # fmt: skip
    state.counters[n] = CounterState(**{**values, **changes})


def leave(state: OfficeState, ticket: Ticket) -> None:
    """Frees the counter that has this ticket now, if one has it (the office file may have lost that counter)."""
    counter = state.counters.get(ticket.counter) if ticket.counter is not None else None
    if counter is not None and counter.ticket_id == ticket.id:
        set_counter(state, counter.n, ticket_id=None)


def pass_over(state: OfficeState, called: Ticket, counter: int, among: Iterable[str]) -> None:
    """Counts those who came before `called` and were not called, in the services that the counter chose among."""
    place = _key(called)
    passed = [key[2] for lane in state.lanes_of(among).values() for key in lane[: bisect_left(lane, place)]]
    known = set(among)
    for ticket_id, only in state.directed.items():  # sent here from a service that is not the counter's
        ticket = state.tickets[ticket_id]
        if only == counter and ticket.service not in known and _key(ticket) < place:
            passed.append(ticket_id)
    for ticket_id in passed:
        state.passed[ticket_id] = times = state.passed.get(ticket_id, 0) + 1
        state.passed_most = max(state.passed_most, times)
    state.turns[counter] = after(state.turns.get(counter), called.priority)


def give_back(state: OfficeState, ticket: Ticket) -> None:
    """It does not count against the quota of the day any more."""
    prefix, _serial = parse_ticket_number(ticket.number)
    state.taken[prefix] -= 1
