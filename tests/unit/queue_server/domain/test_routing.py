"""Who is called next, when tickets are sent to one counter and counters close or vanish."""

import pytest

from contracts.errors import Rejected
from contracts.messages import counters as c
from contracts.messages.tickets import IssueTicket
from queue_server.domain.routing import next_for, waiting_for
from tests.support.offices import Desk

ID = "command-0001"


def take(service: str = "A") -> IssueTicket:
    return IssueTicket(id=ID, service=service)


def call(n: int) -> c.CallNext:
    return c.CallNext(id=ID, counter=n)


def sent_to(n: int, *, via: int = 3, service: str = "C") -> Desk:
    """C001 was called at counter `via` and sent on to counter `n`."""
    desk = Desk()
    desk.do(take(service))
    desk.do(call(via))
    desk.do(c.Transfer(id=ID, counter=via, to_counter=n))
    return desk


def test_a_ticket_sent_to_a_counter_is_its_own_work_and_not_the_last_of_all() -> None:
    desk = sent_to(1)  # counter 1 does A only
    for _ in range(3):
        desk.do(take("A"), after_min=1)
    desk.do(call(1))
    assert desk.number_at(1) == "C001"  # first come; a queue of A that never ends would have starved it


def test_a_ticket_sent_to_a_counter_comes_before_what_the_counter_only_helps_out_with() -> None:
    desk = Desk()
    desk.do(take("A"))
    desk.do(call(1))
    desk.do(c.Transfer(id=ID, counter=1, to_counter=2))  # A is level 2 there
    desk.do(take("C"), after_min=1)
    desk.do(call(2))
    assert desk.number_at(2) == "A001"


def test_a_ticket_sent_to_a_counter_that_closes_is_called_by_the_others() -> None:
    desk = sent_to(2)
    assert desk.do(call(3)) == []
    desk.do(c.PauseCounter(id=ID, counter=2))
    assert desk.do(call(3)) == []  # a pause is short
    desk.do(c.CloseCounter(id=ID, counter=2))
    desk.do(call(3))
    assert desk.number_at(3) == "C001"


def test_a_ticket_sent_to_a_counter_that_the_office_no_longer_has_is_called_by_the_others() -> None:
    desk = sent_to(2)
    del desk.state.counters[2]
    desk.do(call(3))
    assert desk.number_at(3) == "C001"


def test_a_closed_counter_gets_no_transfer_and_the_clerk_is_told() -> None:
    desk = Desk()
    desk.do(take("C"))
    desk.do(call(3))
    desk.do(c.CloseCounter(id=ID, counter=1))
    with pytest.raises(Rejected) as why:
        desk.do(c.Transfer(id=ID, counter=3, to_counter=1))
    assert why.value.code == "counter_closed"
    assert desk.number_at(3) == "C001"


def test_the_count_of_waiting_is_what_the_button_would_call() -> None:
    desk = sent_to(1)
    counts = {n: waiting_for(desk.state, desk.office, n) for n in (1, 2, 3)}
    assert counts == {1: 1, 2: 0, 3: 0}
    for n, count in counts.items():
        assert (next_for(desk.state, desk.office, n, desk.now_ms) is not None) == bool(count)
    desk.do(call(1))
    assert waiting_for(desk.state, desk.office, 1) == 0


def test_a_directed_ticket_of_a_closed_counter_counts_for_all_who_may_call_it() -> None:
    desk = sent_to(2)
    desk.do(c.CloseCounter(id=ID, counter=2))
    assert {n: waiting_for(desk.state, desk.office, n) for n in (1, 2, 3)} == {1: 0, 2: 1, 3: 1}
