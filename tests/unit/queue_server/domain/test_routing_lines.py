"""Lines and places told in advance are those that come to pass: seeded offices, counted out by playing them."""

from random import Random
from typing import Any

import pytest

from contracts.messages import counters as c
from contracts.messages.common import CounterStatus
from contracts.messages.tickets import IssueTicket
from contracts.settings import Office
from queue_server.domain import routing
from queue_server.domain.apply import apply
from queue_server.domain.decide import decide
from queue_server.domain.events import TicketIssued
from queue_server.domain.model import OfficeState, Ticket
from queue_server.domain.policies import POLICIES
from tests.support.offices import MIN, T0, Counted, Desk, office

ID = "command-0001"
MAX = 20
RATIOS = {"normal": 0, "elderly": 1, "disabled": 2}


def classed(policy: str, **more: Any) -> Office:
    """Two classes, three counters: 1 does A, 2 does C and helps with A, 3 does both."""
    return office(
        **{
            "queue": {"policy": policy, "overtaken_max": MAX},
            "counter": [
                {"n": 1, "name": {"vi": "1"}, "skills": {"A": 1}},
                {"n": 2, "name": {"vi": "2"}, "skills": {"C": 1, "A": 2}},
                {"n": 3, "name": {"vi": "3"}, "skills": {"A": 1, "C": 1}},
            ],
            "priority": [
                {"code": "elderly", "name": {"vi": "x"}, "head_start_min": 10, "rank": 1, "ratio": 1, "rate": 2},
                {"code": "disabled", "name": {"vi": "y"}, "head_start_min": 15, "rank": 2, "ratio": 2, "rate": 3.5},
            ],
            **more,
        }
    )


def crowd(policy: str, seed: int, *, heads: bool) -> Desk:
    """Some fifteen people: of all classes, some sent to a counter, some passed over too often, some at the head."""
    desk, chance = Desk(classed(policy)), Random(seed)
    for i in range(1, 16):
        desk.now_ms += chance.randrange(0, 4 * MIN)
        service, at_ms = chance.choice("AAC"), desk.now_ms
        place_ms = routing.head_ms(at_ms) if heads and chance.random() < 0.15 else at_ms
        apply(
            desk.state,
            TicketIssued(
                at_ms=at_ms, ticket=f"t{i}", number=f"{service}{i:03d}", service=service,
                priority=chance.choice([*RATIOS, "of an older office file"]), lang="vi", token=f"token-{i}", serial=i,
                order_ms=place_ms,
            ),
        )  # fmt: skip
        if chance.random() < 0.2:
            desk.do(c.CallNumber(id=ID, counter=1, number=f"{service}{i:03d}"))
            desk.do(c.Transfer(id=ID, counter=1, to_service=chance.choice("AC"), to_counter=chance.choice([1, 2, 3])))
    for ticket_id in chance.sample([key[2] for lane in desk.state.lanes.values() for key in lane], 2 * heads):
        desk.state.passed[ticket_id] = desk.state.passed_most = MAX
    desk.now_ms += chance.randrange(0, 10 * MIN)
    return desk


def waiting(state: OfficeState) -> list[Ticket]:
    return [state.tickets[key[2]] for lane in state.lanes.values() for key in lane]


def played(desk: Desk, n: int) -> list[str]:
    """The numbers that the button calls at counter `n`, one after the other, at one instant."""
    state, fresh = desk.state.fork(), Counted()
    found: list[str] = []
    while True:
        for event in decide(state, desk.office, c.CallNext(id=ID, counter=n), desk.now_ms, fresh):
            apply(state, event)
        current = state.current(n)
        if current is None:
            return found
        found.append(current.number)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("seed", range(8))
def test_the_line_of_a_counter_is_what_its_button_calls(policy: str, seed: int) -> None:
    desk = crowd(policy, seed, heads=seed % 2 == 1)
    for n in (1, 3):  # counters that help nobody out: their work does not change while they call
        line = [t.number for t in routing.lineup(desk.state, desk.office, n, desk.now_ms)]
        assert line == played(desk, n)
        assert len(line) == routing.waiting_for(desk.state, desk.office, n)
    helped = [t.number for t in routing.lineup(desk.state, desk.office, 2, desk.now_ms)]
    assert sorted(helped) == sorted(played(desk, 2))
    assert len(helped) == routing.waiting_for(desk.state, desk.office, 2)


@pytest.mark.parametrize("policy", [p for p in POLICIES if p != "interleaved"])
@pytest.mark.parametrize("seed", range(8))
def test_ahead_is_counted_as_everybody_is_called(policy: str, seed: int) -> None:
    desk = crowd(policy, seed, heads=seed % 2 == 1)
    line = list(routing.everybody(desk.state, desk.office, desk.now_ms))
    assert sorted(t.id for t in line) == sorted(t.id for t in waiting(desk.state))
    for service in "AC":
        mine = [t for t in line if t.service == service]
        assert [routing.position(desk.state, desk.office, t, desk.now_ms) for t in mine] == list(range(len(mine)))


def in_turns(state: OfficeState, service: str) -> list[str]:
    """Interleaved, in its own words: so many of a class, then one of the others; overdue ones and heads before all."""
    left = sorted((t for t in waiting(state) if t.service == service), key=lambda t: (t.order_ms, t.number))
    found: list[str] = []
    last, times = "normal", 0
    while left:
        urgent = [t for t in left if t.order_ms < 0 or state.passed.get(t.id, 0) >= MAX]
        ratio = RATIOS.get(last, 0)
        if ratio and times >= ratio:
            wanted = [t for t in left if t.priority != last]
        elif ratio:
            wanted = [t for t in left if t.priority == last] or [t for t in left if RATIOS.get(t.priority, 0)]
        else:
            wanted = [t for t in left if RATIOS.get(t.priority, 0)]
        first = (urgent or wanted or left)[0]
        left.remove(first)
        last, times = (last, times + 1) if first.priority == last else (first.priority, 1)
        found.append(first.id)
    return found


@pytest.mark.parametrize("seed", range(8))
def test_ahead_of_the_interleaved_is_counted_out(seed: int) -> None:
    desk = crowd("interleaved", seed, heads=seed % 2 == 1)
    for service in "AC":
        line = [desk.state.tickets[i] for i in in_turns(desk.state, service)]
        assert [routing.position(desk.state, desk.office, t, desk.now_ms) for t in line] == list(range(len(line)))


# ---- levels ----


def helping(levels: dict[str, int], *, others: bool = True) -> Desk:
    """Counter 2 with these skills; 1 does A, 3 does C."""
    return Desk(
        office(
            service=[
                {"code": code, "name": {"vi": code}, "target_min": target}
                for code, target in (("A", 30), ("B", 20), ("C", 10))
            ],
            counter=[
                {"n": 1, "name": {"vi": "1"}, "skills": {"A": 1, "B": 2}},
                {"n": 2, "name": {"vi": "2"}, "skills": levels},
                {"n": 3, "name": {"vi": "3"}, "skills": {"C": 1, "B": 1} if others else {"C": 2, "B": 2}},
            ],
        )
    )  # fmt: skip


def groups(desk: Desk, n: int = 2) -> list[tuple[str, ...]]:
    return routing.groups(desk.state, routing.rules_of(desk.office), n, desk.now_ms)


def test_help_comes_after_ones_own_work_by_level() -> None:
    desk = helping({"C": 3, "A": 1, "B": 2})
    assert groups(desk) == [("A",), ("B",), ("C",)]
    assert groups(desk, 9) == []
    assert groups(helping({"A": 2, "B": 2})) == [("A", "B")]  # no level 1: the best it has
    assert [routing.among(desk.state, desk.office, 2, code, desk.now_ms) for code in "ABCZ"] == [
        ("A",), ("A", "B"), ("A", "B", "C"), ("A", "B", "C"),
    ]  # fmt: skip


def test_help_is_own_work_while_no_counter_of_it_is_open() -> None:
    desk = helping({"A": 1, "B": 2, "C": 3})
    desk.do(c.PauseCounter(id=ID, counter=3))
    assert groups(desk) == [("A", "B", "C")]
    desk.do(c.OpenCounter(id=ID, counter=3))
    assert groups(desk) == [("A",), ("B",), ("C",)]
    del desk.state.counters[3]
    assert groups(desk) == [("A", "B", "C")]
    assert groups(helping({"A": 1, "B": 2, "C": 3}, others=False)) == [("A", "B", "C")]  # nobody's own work


def test_help_is_own_work_once_the_first_has_waited_longer_than_the_target() -> None:
    desk = helping({"A": 1, "B": 2, "C": 3})
    desk.do(IssueTicket(id=ID, service="B"))
    desk.do(IssueTicket(id=ID, service="B", priority="elderly"), 5)
    desk.now_ms = T0 + 20 * MIN
    assert groups(desk) == [("A",), ("B",), ("C",)]
    desk.now_ms += 1
    assert groups(desk) == [("A", "B"), ("C",)]
    assert routing.among(desk.state, desk.office, 2, "B", desk.now_ms) == ("A", "B")
    desk.do(c.CallNumber(id=ID, counter=3, number="B001"))
    assert groups(desk) == [("A",), ("B",), ("C",)]  # the elderly one came five minutes later
    desk.now_ms = T0 + 25 * MIN + 1
    assert groups(desk) == [("A", "B"), ("C",)]


def test_whom_a_counter_may_call() -> None:
    desk = Desk(classed("head_start"))
    for service in "AAC":
        desk.do(IssueTicket(id=ID, service=service))
    desk.do(c.CallNext(id=ID, counter=1))
    desk.do(c.Transfer(id=ID, counter=1, to_service="C", to_counter=1))  # C is no skill of counter 1
    state, of = desk.state, desk.office
    assert [routing.waiting_for(state, of, n) for n in (1, 2, 3, 9)] == [2, 2, 2, 0]
    first = routing.pick(state, of, 1, desk.now_ms)
    assert first is not None
    assert (first.ticket.number, first.among) == ("A001", ("A",))
    desk.do(c.CallNumber(id=ID, counter=3, number="A002"))
    alone = routing.pick(state, of, 1, desk.now_ms)
    assert alone is not None
    assert (alone.ticket.number, alone.among) == ("A001", ("A",))
    desk.do(c.CloseCounter(id=ID, counter=1))
    assert [routing.waiting_for(state, of, n) for n in (2, 3)] == [2, 2]
    assert state.counters[1].status is CounterStatus.CLOSED
    found = routing.next_for(state, of, 3, desk.now_ms)
    assert found is not None
    assert found.number == "A001"
    del state.counters[1]
    assert routing.waiting_for(state, of, 3) == 2
    assert routing.next_for(state, of, 9, desk.now_ms) is None


def test_who_was_sent_to_a_counter_that_lost_its_skills_is_called_there_alone() -> None:
    desk = Desk(classed("head_start"))
    for service in "AA":
        desk.do(IssueTicket(id=ID, service=service))
    for _ in range(2):
        desk.do(c.CallNext(id=ID, counter=1))
        desk.do(c.Transfer(id=ID, counter=1, to_counter=2))
    desk.office = classed("head_start", counter=[{"n": 1, "name": {"vi": "1"}, "skills": {"A": 1, "C": 1}}])
    found = routing.pick(desk.state, desk.office, 2, desk.now_ms)
    assert found is not None
    assert (found.ticket.number, found.among) == ("A001", ())
    assert [t.number for t in routing.lineup(desk.state, desk.office, 2, desk.now_ms)] == ["A001", "A002"]
    assert routing.waiting_for(desk.state, desk.office, 2) == 2
