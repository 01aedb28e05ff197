"""What happens because time passes: a counter that is idle calls by itself, and an alert before a wait grows too long.

Pure: `due` gives the events of now, `next_due_ms` when to look again. The writer looks after every batch and wakes
itself in between; nobody polls.
"""

from bisect import bisect_left
from collections.abc import Iterator
from typing import TYPE_CHECKING

from contracts.messages.common import CounterStatus
from contracts.settings import Office, Service
from queue_server.domain import events as ev
from queue_server.domain.decide_counter import call_of
from queue_server.domain.model import OfficeState, Ticket
from queue_server.domain.policies import MINUTE_MS
from queue_server.domain.routing import HEAD_MS, Pick, pick

if TYPE_CHECKING:
    from queue_server.domain.decide import Fresh

SECOND_MS = 1000


def due(state: OfficeState, office: Office, now_ms: int, fresh: "Fresh") -> list[ev.AnyEvent]:
    """The events that are due: every alert, and one automatic call (it changes what the next counter would call: apply
    it and ask again). [] when nothing is due."""
    found: list[ev.AnyEvent] = [
        ev.TargetAtRisk(at_ms=now_ms, ticket=ticket.id)
        for ticket, at_ms in _alerts(state, office, now_ms)
        if at_ms <= now_ms
    ]
    for n, choice, at_ms in _auto_calls(state, office, now_ms):
        if at_ms <= now_ms:
            return [*found, call_of(choice.ticket, n, choice.among, now_ms, fresh)]
    return found


def next_due_ms(state: OfficeState, office: Office, now_ms: int) -> int | None:
    """Not before this instant is anything due, as far as can be told now; None: not before something else happens."""
    times = [at_ms for _, _, at_ms in _auto_calls(state, office, now_ms)]
    times += [at_ms for _, at_ms in _alerts(state, office, now_ms)]
    return min(times, default=None)


def soonest_ms(office: Office) -> int:
    """A ticket that was just taken makes nothing due within so long."""
    alerts = min(alert_after_ms(office, service) for service in office.service)
    calls = office.queue.auto_call_s * SECOND_MS
    return min(alerts, calls) if any(counter.auto_call for counter in office.counter) else alerts


# ---- automatic calls ----


def _auto_calls(state: OfficeState, office: Office, now_ms: int) -> Iterator[tuple[int, Pick, int]]:
    """Counters that would call by themselves, whom, and when: after `auto_call_s` without a ticket while somebody
    waits, so that paper is out of the printer before its number is called."""
    wait_ms = office.queue.auto_call_s * SECOND_MS
    for row in office.counter:
        counter = state.counters.get(row.n) if row.auto_call else None
        if counter is None or counter.status is not CounterStatus.OPEN or counter.ticket_id is not None:
            continue
        choice = pick(state, office, row.n, now_ms)
        if choice is not None:
            free_ms = max(counter.since_ms, state.idle_ms.get(row.n, 0))
            yield row.n, choice, max(free_ms, here_since(choice.ticket)) + wait_ms


# ---- alerts ----


def here_since(ticket: Ticket) -> int:
    """Since when the visitor is here for the present service."""
    return ticket.issued_ms if ticket.stage_ms is None else ticket.stage_ms


def waiting_since(ticket: Ticket) -> int:
    """From when the target of the service counts: who has an appointment does not wait before its slot."""
    return max(here_since(ticket), ticket.order_ms)


def alert_after_ms(office: Office, service: Service) -> int:
    """So long a wait is at risk: `alert_min` before the target, but not before half of it."""
    return round(max(service.target_min - office.queue.alert_min, service.target_min / 2) * MINUTE_MS)


_known: tuple[Office, tuple[tuple[str, int], ...]] | None = None  # of the office file in use; replaced as a whole


def _windows(office: Office) -> tuple[tuple[str, int], ...]:
    """Each service with its window; this is looked at after every batch."""
    global _known  # noqa: PLW0603 - a memo of one pure function
    if _known is None or _known[0] is not office:
        _known = (office, tuple((service.code, alert_after_ms(office, service)) for service in office.service))
    return _known[1]


def _alerts(state: OfficeState, office: Office, now_ms: int) -> Iterator[tuple[Ticket, int]]:
    """Tickets without an alert, and when it is due. Nobody waits for longer than since his place (but one placed at the
    head): of a lane those whose place is old enough are looked at, and the next one stands for all behind it."""
    for code, window_ms in _windows(office):
        if not state.waiting(code):
            continue
        young_ms = max(now_ms - window_ms, HEAD_MS) + 1
        for lane in state.lanes_of((code,)).values():
            old = 0 if lane[0][0] >= young_ms else bisect_left(lane, (young_ms, "", ""))
            for key in lane[:old]:
                ticket = state.tickets[key[2]]
                if not ticket.alerted:
                    yield ticket, waiting_since(ticket) + window_ms
            for key in lane[old : old + 1]:
                yield state.tickets[key[2]], key[0] + window_ms


def at_risk(state: OfficeState) -> list[Ticket]:
    """Waiting tickets whose alert is out, the longest wait first."""
    waiting = (state.tickets[key[2]] for lane in state.lanes.values() for key in lane)
    return sorted((t for t in waiting if t.alerted), key=waiting_since)
