"""Which ticket a counter calls next, and how many are ahead of one: the same weighing for both (policies.py).

Waiting tickets stand in lanes, one a (service, class), by place of arrival. A pick compares the heads of the lanes that
a counter may call: O(services × classes), however many wait. What the policy decides is bounded by three rules:

- Levels. A skill of level 2 or more helps out: such a ticket is taken only when none of the counter's own work waits.
  It counts as own work while no counter whose own work it is (level 1) is open, or once the first who waits for it has
  waited longer than the target of the service. A ticket sent to a counter is that counter's own work until it closes.
- Overtaking. A ticket is passed over when a counter that chose among its service (`TicketCalled.among`) called somebody
  who came later. After `queue.overtaken_max` times it goes before everybody else, whatever the policy.
- The head. A place before HEAD_MS is the very front: a visitor whose number was called while he held another paper.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from contracts.messages.common import CounterStatus
from contracts.settings import Office
from queue_server.domain.model import LaneKey, OfficeState, Ticket
from queue_server.domain.policies import MINUTE_MS, POLICIES, Edged, Policy, Turn, after

HEAD_MS = 0
"""A smaller `order_ms` is no arrival but the head of the queue."""
_BEFORE_ALL_MS = 10**14  # three thousand years: any time less this is before HEAD_MS, and keeps its order

Head = tuple[str, LaneKey]
"""The class and the place of the first of a lane."""


@dataclass(frozen=True, slots=True)
class Pick:
    """What the button would call, and the services among which it chose."""

    ticket: Ticket
    among: tuple[str, ...]


@dataclass(frozen=True)
class Rules:
    """The office file as routing reads it."""

    policy: Policy
    overtaken_max: int
    levels: dict[int, tuple[tuple[str, ...], ...]]  # counter → service codes, best level first
    own_of: dict[str, tuple[int, ...]]  # service → the counters whose own work it is
    target_ms: dict[str, int]


_known: tuple[Office, Rules] | None = None  # of the office file in use; replaced as a whole


def rules_of(office: Office) -> Rules:
    """Worked out once for an office file."""
    global _known  # noqa: PLW0603 - a memo of one pure function
    if _known is None or _known[0] is not office:
        _known = (office, _rules(office))
    return _known[1]


def _rules(office: Office) -> Rules:
    levels = {}
    for counter in office.counter:
        found = sorted(set(counter.skills.values()))
        levels[counter.n] = tuple(tuple(c for c, own in counter.skills.items() if own == level) for level in found)
    own_of = {s.code: tuple(c.n for c in office.counter if c.skills.get(s.code) == 1) for s in office.service}
    target_ms = {s.code: round(s.target_min * MINUTE_MS) for s in office.service}
    return Rules(POLICIES[office.queue.policy](office), office.queue.overtaken_max, levels, own_of, target_ms)


def head_ms(now_ms: int) -> int:
    """The place before everybody who waits; of several the first come."""
    return now_ms - _BEFORE_ALL_MS


# ---- whom a counter calls ----


def pick(state: OfficeState, office: Office, n: int, now_ms: int) -> Pick | None:
    """The ticket that counter `n` should call now, or None when nothing waits that it may call."""
    rules = rules_of(office)
    sent = [(state.tickets[i].priority, key_of(state.tickets[i])) for i, only in state.directed.items() if only == n]
    for codes in groups(state, rules, n, now_ms):
        heads = [*sent, *_heads(state, codes, n)]  # sent here: own work, whatever its service
        if heads:
            first = _first(rules, heads, _overdue(state, rules, codes, n), now_ms, state.turns.get(n))
            return Pick(state.tickets[first[1][2]], codes)
    if not sent:
        return None
    return Pick(state.tickets[min(key for _, key in sent)[2]], ())


def next_for(state: OfficeState, office: Office, n: int, now_ms: int) -> Ticket | None:
    """The ticket of `pick`."""
    found = pick(state, office, n, now_ms)
    return found.ticket if found else None


def among(state: OfficeState, office: Office, n: int, service: str, now_ms: int) -> tuple[str, ...]:
    """The services that counter `n` passes over when it calls a ticket of `service` by its number: what it would have
    called rather, or as soon."""
    found: list[str] = []
    for codes in groups(state, rules_of(office), n, now_ms):
        found += codes
        if service in codes:
            break
    return tuple(found)


def groups(state: OfficeState, rules: Rules, n: int, now_ms: int) -> list[tuple[str, ...]]:
    """The services of counter `n`, the ones to call first together: own work, then what it helps out with by level."""
    levels = rules.levels.get(n, ())
    if len(levels) < 2:  # nothing to help out with
        return list(levels)
    raised = {code for codes in levels[1:] for code in codes if _as_own(state, rules, code, now_ms)}
    first = (*levels[0], *sorted(raised))
    return [first, *(rest for codes in levels[1:] if (rest := tuple(c for c in codes if c not in raised)))]


def _as_own(state: OfficeState, rules: Rules, code: str, now_ms: int) -> bool:
    """Does a service that counters help out with count as their own work now?"""
    counters = (state.counters.get(n) for n in rules.own_of.get(code, ()))
    if not any(c is not None and c.status is CounterStatus.OPEN for c in counters):
        return True
    late_ms = now_ms - rules.target_ms.get(code, 0)
    return any(lane[0][0] < late_ms for lane in state.lanes_of((code,)).values())


def _heads(state: OfficeState, codes: Iterable[str], n: int) -> Iterator[Head]:
    for (_code, cls), lane in state.lanes_of(codes).items():
        key = next((key for key in lane if _may(state, key[2], n)), None)
        if key is not None:
            yield cls, key


def _may(state: OfficeState, ticket_id: str, n: int) -> bool:
    """May counter `n` call this ticket? One sent to a counter that closed (or is gone) is anybody's again."""
    only = state.directed.get(ticket_id)
    if only is None or only == n:
        return True
    there = state.counters.get(only)
    return there is None or there.status is CounterStatus.CLOSED


def key_of(ticket: Ticket) -> LaneKey:
    """Its place."""
    return ticket.order_ms, ticket.number, ticket.id


def _overdue(state: OfficeState, rules: Rules, codes: Sequence[str], n: int) -> list[Head]:
    """Who has been passed over often enough, of those that counter `n` may call."""
    if state.passed_most < rules.overtaken_max:
        return []
    found = [state.tickets[i] for i, times in state.passed.items() if times >= rules.overtaken_max]
    mine = [t for t in found if state.directed.get(t.id) == n or (t.service in codes and _may(state, t.id, n))]
    return [(t.priority, key_of(t)) for t in mine]


def _first(rules: Rules, heads: Sequence[Head], overdue: Sequence[Head], now_ms: int, turn: Turn | None) -> Head:
    """Overdue ones and those at the very head by place, then the smallest weight."""
    urgent = [*overdue, *(head for head in heads if head[1][0] < HEAD_MS)]
    if urgent:
        return min(urgent, key=lambda head: head[1])
    return min(heads, key=lambda head: (*rules.policy.weight(head[0], head[1][0], now_ms, turn), head[1][1]))


def waiting_for(state: OfficeState, office: Office, n: int) -> int:
    """How many tickets counter `n` could call."""
    counter = office.counter_by_n(n)
    skills = counter.skills if counter else {}
    count = sum(state.waiting(code) for code in skills)
    for ticket_id, only in state.directed.items():
        if state.tickets[ticket_id].service in skills:
            count -= not _may(state, ticket_id, n)
        else:
            count += only == n
    return count


# ---- who stands where ----


def lineup(state: OfficeState, office: Office, n: int, now_ms: int) -> Iterator[Ticket]:
    """Whom counter `n` would call, one after the other, if nothing else happened meanwhile."""
    rules, turn = rules_of(office), state.turns.get(n)
    sent = [(state.tickets[i].priority, key_of(state.tickets[i])) for i, only in state.directed.items() if only == n]
    for codes in groups(state, rules, n, now_ms) or [()]:
        lanes = state.lanes_of(codes).items()
        free = [(cls, key) for (_, cls), lane in lanes for key in lane if _may(state, key[2], n)]
        others = [head for head in free if state.directed.get(head[1][2]) != n]  # sent here: of the first level
        for cls, key in _in_order(state, rules, sorted([*others, *sent], key=lambda head: head[1]), now_ms, turn):
            turn = after(turn, cls)
            yield state.tickets[key[2]]
        sent = []


def everybody(state: OfficeState, office: Office, now_ms: int) -> Iterator[Ticket]:
    """All who wait, as one counter for everything would call them."""
    keys = sorted(((cls, key) for (_, cls), lane in state.lanes.items() for key in lane), key=lambda head: head[1])
    for _cls, key in _in_order(state, rules_of(office), keys, now_ms, None):
        yield state.tickets[key[2]]


def _in_order(
    state: OfficeState, rules: Rules, places: Sequence[Head], now_ms: int, turn: Turn | None
) -> Iterator[Head]:
    """`places`, sorted by place, in the order of calling."""
    lanes: dict[str, list[Head]] = {}
    overdue: list[Head] = []
    for head in reversed(places):  # the first of a lane stands last: cheap to take
        late = state.passed.get(head[1][2], 0) >= rules.overtaken_max
        (overdue if late else lanes.setdefault(head[0], [])).append(head)
    while overdue or lanes:
        heads = [lane[-1] for lane in lanes.values()]
        first = _first(rules, heads, overdue[-1:], now_ms, turn)
        if overdue and first is overdue[-1]:
            overdue.pop()
        else:
            lanes[first[0]].pop()
            if not lanes[first[0]]:
                del lanes[first[0]]
        turn = after(turn, first[0])
        yield first


def position(state: OfficeState, office: Office, ticket: Ticket, now_ms: int) -> int:
    """People ahead of a waiting ticket in its own service, by the policy as it stands now."""
    rules, lanes = rules_of(office), state.lanes_of((ticket.service,))
    place = key_of(ticket)
    urgent = _urgent(state, rules, ticket.service)
    if place in urgent:
        return sum(key < place for key in urgent)
    policy = rules.policy
    if not isinstance(policy, Edged):
        return _steps_to(state, rules, lanes, place, now_ms)
    edges = {cls: policy.edge(cls, ticket.priority, place[:2], now_ms) for _, cls in lanes}
    ahead = sum(bisect_left(lane, edges[cls]) for (_, cls), lane in lanes.items())
    return ahead + sum(key[:2] >= edges[state.tickets[key[2]].priority] for key in urgent)


def _urgent(state: OfficeState, rules: Rules, service: str) -> list[LaneKey]:
    """Who goes first of all in a service: passed over often enough, or placed at the head."""
    found = []
    if state.passed_most >= rules.overtaken_max:
        late = [state.tickets[i] for i, times in state.passed.items() if times >= rules.overtaken_max]
        found = [key_of(t) for t in late if t.service == service]
    for lane in state.lanes_of((service,)).values():
        found += [key for key in lane[: bisect_left(lane, (HEAD_MS, "", ""))] if key not in found]
    return found


def _steps_to(
    state: OfficeState, rules: Rules, lanes: dict[tuple[str, str], list[LaneKey]], place: LaneKey, now_ms: int
) -> int:
    """Interleaved: counted out, as one counter would begin a new round."""
    places = sorted(((cls, key) for (_, cls), lane in lanes.items() for key in lane), key=lambda head: head[1])
    found = _in_order(state, rules, places, now_ms, None)
    return next(steps for steps, (_, key) in enumerate(found) if key == place)
