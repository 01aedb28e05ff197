"""Who goes first under each policy, as tables; and who is ahead, as the same rule turned round."""

from bisect import bisect_left

import hypothesis.strategies as st
import pytest
from hypothesis import given

from contracts.messages import counters as c
from contracts.messages.tickets import IssueTicket
from contracts.settings import Office
from queue_server.domain.policies import POLICIES, after
from queue_server.domain.routing import everybody, position
from tests.support.offices import MIN, Desk, office

ID = "command-0001"


def hall(policy: str, overtaken_max: int = 99, **more: float) -> Office:
    """One counter for everything."""
    row = {"code": "elderly", "name": {"vi": "x"}, "head_start_min": 10, "rank": 2, "ratio": 1, "rate": 2} | more
    return office(
        queue={"policy": policy, "overtaken_max": overtaken_max},
        service=[{"code": "A", "name": {"vi": "A"}, "target_min": 480}],
        counter=[{"n": 1, "name": {"vi": "1"}, "skills": {"A": 1}}],
        priority=[row, {"code": "merit", "name": {"vi": "y"}, "head_start_min": 5, "rank": 1, "ratio": 2, "rate": 1.5}],
    )


def played(of: Office, arrivals: str, every_min: float = 1.0) -> tuple[Desk, str]:
    """Visitors n(ormal), e(lderly), m(erit) one after another, then all are called: the numbers in order."""
    desk = Desk(of)
    names = {"n": "normal", "e": "elderly", "m": "merit"}
    for letter in arrivals:
        desk.do(IssueTicket(id=ID, service="A", priority=names[letter]), after_min=every_min)
    line = [t.number for t in everybody(desk.state, desk.office, desk.now_ms)]
    called = []
    for _ in arrivals:
        desk.do(c.CallNext(id=ID, counter=1))
        called.append(desk.number_at(1) or "")
    if of.queue.policy != "accumulating":
        assert called == line
    return desk, "".join(number[-1] for number in called)


@pytest.mark.parametrize(
    ("policy", "arrivals", "order"),
    [
        ("head_start", "nnnnnen", "6123457"),  # ten minutes: before all who came up to ten minutes earlier
        ("strict", "nmnennm", "4271356"),
        ("interleaved", "nnnnee", "516234"),  # one elderly, one other, …
        ("interleaved", "nnnnmmm", "5617234"),  # two of merit, one other, …
        ("interleaved", "nnn", "123"),
        ("interleaved", "eee", "123"),
        ("interleaved", "nnenme", "315624"),
        ("accumulating", "nnnnen", "123456"),  # 4 and 5 have as many points: who came first
    ],
)
def test_order(policy: str, arrivals: str, order: str) -> None:
    assert played(hall(policy), arrivals)[1] == order


def test_accumulating_overtakes_only_who_has_waited_less_than_twice_as_long() -> None:
    """The last six minutes count double: 5 came at minute 5, 1 at minute 1; at minute 10 they have 10 and 9 points."""
    desk = Desk(hall("accumulating"))
    for letter in "nnnne":
        desk.do(IssueTicket(id=ID, service="A", priority="elderly" if letter == "e" else "normal"), after_min=1)
    desk.do(c.CallNext(id=ID, counter=1), after_min=2)  # 1: 6 points, 5: 4
    assert desk.number_at(1) == "A001"
    desk.do(c.CallNext(id=ID, counter=1), after_min=3)  # 2: 8 points, 5: 10
    assert desk.number_at(1) == "A005"


@pytest.mark.parametrize("policy", POLICIES)
def test_the_bound_holds_at_the_edge(policy: str) -> None:
    """Whatever the policy: who has been passed over twice is called, where twice is the limit."""
    desk = Desk(hall(policy, overtaken_max=2, head_start_min=240, rate=10, ratio=9))
    desk.do(IssueTicket(id=ID, service="A"))
    for _ in range(4):
        desk.do(IssueTicket(id=ID, service="A", priority="elderly"), after_min=1)
    called = []
    for _ in range(5):
        desk.do(c.CallNext(id=ID, counter=1), after_min=8)
        called.append(desk.number_at(1))
    assert called == ["A002", "A003", "A001", "A004", "A005"]


def test_a_requeued_ticket_had_its_turn_and_is_counted_anew() -> None:
    desk = Desk(hall("strict", overtaken_max=1))
    desk.do(IssueTicket(id=ID, service="A"))
    for _ in range(3):
        desk.do(IssueTicket(id=ID, service="A", priority="elderly"), after_min=1)
    desk.do(c.CallNext(id=ID, counter=1))  # A002 passes A001
    desk.do(c.CallNext(id=ID, counter=1))
    assert desk.number_at(1) == "A001"
    desk.do(c.Requeue(id=ID, counter=1))
    assert desk.state.passed == {}
    desk.do(c.CallNext(id=ID, counter=1))
    assert desk.number_at(1) == "A003"


def test_a_class_that_the_office_no_longer_has_is_called_like_everybody() -> None:
    desk = Desk(hall("strict"))
    desk.do(IssueTicket(id=ID, service="A", priority="elderly"))
    desk.do(IssueTicket(id=ID, service="A"), after_min=1)
    desk.office = office(queue={"policy": "strict"}, priority=[])
    desk.do(c.CallNext(id=ID, counter=1))
    assert desk.number_at(1) == "A001"


def test_memory_of_turns() -> None:
    assert after(None, "elderly") == ("elderly", 1)
    assert after(("elderly", 1), "elderly") == ("elderly", 2)
    assert after(("elderly", 2), "normal") == ("normal", 1)


MINUTES = st.integers(-30, 5)
CLASS = st.sampled_from(["normal", "elderly", "merit"])


@pytest.mark.parametrize("policy", ["head_start", "strict", "accumulating"])
@given(mine=st.tuples(CLASS, MINUTES), others=st.lists(st.tuples(CLASS, MINUTES), max_size=12))
def test_the_edge_is_the_weight_turned_round(policy: str, mine: tuple[str, int], others: list[tuple[str, int]]) -> None:
    """Whole minutes, so that ties are common."""
    rule = POLICIES[policy](hall(policy))
    now_ms = 100 * MIN
    place = now_ms + mine[1] * MIN
    weight = (*rule.weight(mine[0], place, now_ms, None), "A900")
    for i, (cls, minutes) in enumerate(others):
        number = f"A{i + 1:03d}"
        key = (now_ms + minutes * MIN, number, "id")
        first = (*rule.weight(cls, key[0], now_ms, None), number) < weight
        edge = rule.edge(cls, mine[0], (place, "A900"), now_ms)
        assert bisect_left([key], edge) == first, (cls, minutes)


def test_interleaved_position_is_counted_out() -> None:
    desk = Desk(hall("interleaved"))
    for letter in "nnee":
        desk.do(IssueTicket(id=ID, service="A", priority="elderly" if letter == "e" else "normal"))
    ahead = [position(desk.state, desk.office, t, desk.now_ms) for t in desk.state.tickets.values()]
    assert ahead == [1, 3, 0, 2]
