"""Which ticket a counter calls next. Head start: a class is treated as if it had come some minutes earlier.

`order_ms` = arrival − head start, fixed at issue, so that the rule can be explained on a poster and nobody is passed
over by a ticket that came more than the largest head start after him: a proved bound on overtaking.
A level-2 skill helps out: the counter takes such a ticket only when none of its own work waits. A ticket that was sent
to a counter is that counter's own work until the counter closes.
"""

from bisect import bisect_left

from contracts.messages.common import CounterStatus
from contracts.settings import Office
from queue_server.domain.model import LaneKey, OfficeState, Ticket

MINUTE_MS = 60_000


def order_ms(office: Office, priority: str, at_ms: int) -> int:
    """The place of a ticket that arrives now."""
    for row in office.priority:
        if row.code == priority:
            return at_ms - round(row.head_start_min * MINUTE_MS)
    return at_ms


def next_for(state: OfficeState, office: Office, n: int) -> Ticket | None:
    """The ticket counter `n` should call now, or None when nothing waits that it may call."""
    counter = office.counter_by_n(n)
    skills = counter.skills if counter else {}
    sent_here = min((_key(state, i) for i, only in state.directed.items() if only == n), default=None)
    for level in sorted(set(skills.values())):
        codes = [code for code, own in skills.items() if own == level]
        heads = [head for code in codes if (head := _head(state, code, n)) is not None]
        if sent_here is not None:
            heads.append(sent_here)  # own work of the first level, whatever its service
        if heads:
            return state.tickets[min(heads)[2]]
    return state.tickets[sent_here[2]] if sent_here else None


def _key(state: OfficeState, ticket_id: str) -> LaneKey:
    ticket = state.tickets[ticket_id]
    return ticket.order_ms, ticket.number, ticket.id


def _head(state: OfficeState, code: str, n: int) -> LaneKey | None:
    return next((key for key in state.lanes.get(code, ()) if _may(state, key[2], n)), None)


def _may(state: OfficeState, ticket_id: str, n: int) -> bool:
    """May counter `n` call this ticket? One sent to a counter that closed (or is gone) is anybody's again."""
    only = state.directed.get(ticket_id)
    if only is None or only == n:
        return True
    there = state.counters.get(only)
    return there is None or there.status is CounterStatus.CLOSED


def waiting_for(state: OfficeState, office: Office, n: int) -> int:
    """How many tickets counter `n` could call."""
    counter = office.counter_by_n(n)
    skills = counter.skills if counter else {}
    count = sum(len(state.lanes.get(code, ())) for code in skills)
    for ticket_id, only in state.directed.items():
        if state.tickets[ticket_id].service in skills:
            count -= not _may(state, ticket_id, n)
        else:
            count += only == n
    return count


def position(state: OfficeState, ticket: Ticket) -> int:
    """People ahead of a waiting ticket in its own service."""
    lane = state.lanes.get(ticket.service, [])
    return bisect_left(lane, (ticket.order_ms, ticket.number, ticket.id))
