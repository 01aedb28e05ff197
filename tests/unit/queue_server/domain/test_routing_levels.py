"""Helping out: only when no own work waits, but nobody starves for want of a counter of his own."""

from typing import Any

import pytest

from contracts.messages import counters as c
from contracts.messages.tickets import IssueTicket
from tests.support.offices import Desk, office

ID = "command-0001"


def take(service: str = "A") -> IssueTicket:
    return IssueTicket(id=ID, service=service)


def call(n: int) -> c.CallNext:
    return c.CallNext(id=ID, counter=n)


@pytest.mark.parametrize("away", [c.CloseCounter, c.PauseCounter])
def test_a_service_without_an_open_counter_of_its_own_is_own_work_of_those_who_help(away: Any) -> None:
    desk = Desk()  # counter 2 does C and helps with A; counter 1 alone has A as its own
    desk.do(take("A"))
    desk.do(take("C"), after_min=1)
    desk.do(away(id=ID, counter=1))
    desk.do(call(2))
    assert desk.number_at(2) == "A001"  # first come
    desk.do(c.OpenCounter(id=ID, counter=1))
    desk.do(take("A"))
    desk.do(call(2), after_min=1)
    assert desk.number_at(2) == "C001"


def test_who_waits_longer_than_the_target_is_own_work_too() -> None:
    desk = Desk()  # the target of A is 30 minutes
    desk.do(take("A"))
    desk.do(take("C"), after_min=29)
    desk.do(call(2))
    assert desk.number_at(2) == "C001"
    late = Desk()
    late.do(take("A"))
    late.do(take("C"), after_min=29)
    late.do(call(2), after_min=2)
    assert late.number_at(2) == "A001"


def test_a_busy_helper_takes_a_starving_service_in_turn() -> None:
    """Counter 1 is shut, counter 2 never runs out of C: every A is called by its turn all the same."""
    desk = Desk()
    desk.do(c.CloseCounter(id=ID, counter=1))
    desk.do(c.CloseCounter(id=ID, counter=3))
    called: list[str | None] = []
    for i in range(30):
        desk.do(take("A" if i % 3 == 0 else "C"), after_min=1)
        if i % 2:
            desk.do(call(2))
            called.append(desk.number_at(2))
    assert [n for n in called if n and n.startswith("A")] == ["A001", "A002", "A003", "A004", "A005"]


def test_a_service_that_nobody_has_as_his_own_does_not_stand_behind() -> None:
    desk = Desk(
        office(
            counter=[
                {"n": 1, "name": {"vi": "1"}, "skills": {"C": 1, "A": 2}},
                {"n": 2, "name": {"vi": "2"}, "skills": {"C": 1, "A": 3}},
            ]
        )
    )
    desk.do(take("A"))
    desk.do(take("C"), after_min=1)
    desk.do(call(1))
    assert desk.number_at(1) == "A001"


def test_a_closed_or_paused_counter_is_refused() -> None:
    from contracts.errors import Rejected

    for away in (c.CloseCounter, c.PauseCounter):
        desk = Desk()
        desk.do(take("A"))
        desk.do(away(id=ID, counter=1))
        with pytest.raises(Rejected) as why:
            desk.do(call(1))
        assert why.value.code == "counter_closed"
