"""Which ticket a counter calls next. Head start: a class is treated as if it had come some minutes earlier.

`order_ms` = arrival − head start, fixed at issue, so that the rule can be explained on a poster and nobody is passed
over by a ticket that came more than the largest head start after him: a proved bound on overtaking.
A level-2 skill helps out: the counter takes such a ticket only when none of its own work waits.
"""

from bisect import bisect_left

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
    """The ticket counter `n` should call now, or None when nothing waits that it serves."""
    counter = office.counter_by_n(n)
    if counter is None:
        return None
    for level in sorted(set(counter.skills.values())):
        codes = [code for code, own in counter.skills.items() if own == level]
        heads = [head for code in codes if (head := _head(state, code, n)) is not None]
        if heads:
            return state.tickets[min(heads)[2]]
    directed = [key for lane in state.lanes.values() for key in lane if state.tickets[key[2]].only_counter == n]
    return state.tickets[min(directed)[2]] if directed else None


def _head(state: OfficeState, code: str, n: int) -> LaneKey | None:
    for key in state.lanes.get(code, ()):
        only = state.tickets[key[2]].only_counter
        if only is None or only == n:
            return key
    return None


def waiting_for(state: OfficeState, office: Office, n: int) -> int:
    """How many tickets counter `n` could call."""
    counter = office.counter_by_n(n)
    skills = counter.skills if counter else {}
    return sum(len(state.lanes.get(code, ())) for code in skills)


def position(state: OfficeState, ticket: Ticket) -> int:
    """People ahead of a waiting ticket in its own service."""
    lane = state.lanes.get(ticket.service, [])
    return bisect_left(lane, (ticket.order_ms, ticket.number, ticket.id))
