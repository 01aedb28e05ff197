"""The office file was changed between two runs: what waits, is served or held must not be lost, nor stop the server."""

from contracts.messages import counters as c
from contracts.messages.common import TicketState
from contracts.messages.tickets import IssueTicket
from queue_server.domain.apply import apply
from queue_server.domain.decide import day_change, orphans
from tests.support.offices import MIN, T0, Desk, office

ID = "command-0001"
TOMORROW = T0 + 24 * 60 * MIN


def at_counter_three() -> Desk:
    """C001 is on hold at counter 3, C002 is served there; then the office file loses counter 3."""
    desk = Desk()
    for _ in range(2):
        desk.do(IssueTicket(id=ID, service="C"), after_min=1)
    desk.do(c.CallNext(id=ID, counter=3))
    desk.do(c.Hold(id=ID, counter=3))
    desk.do(c.CallNext(id=ID, counter=3))
    desk.do(c.Start(id=ID, counter=3))
    del desk.state.counters[3]
    return desk


def test_tickets_of_a_counter_that_is_gone_wait_again_in_their_places() -> None:
    desk = at_counter_three()
    for event in orphans(desk.state, desk.now_ms):
        apply(desk.state, event)
    assert {t.number: (t.state, t.counter) for t in desk.state.tickets.values()} == {
        "C001": (TicketState.WAITING, None),
        "C002": (TicketState.WAITING, None),
    }
    assert orphans(desk.state, desk.now_ms) == []
    desk.do(c.CallNext(id=ID, counter=2))
    assert desk.number_at(2) == "C001"


def test_nothing_is_orphaned_in_an_office_that_did_not_change() -> None:
    desk = Desk()
    desk.do(IssueTicket(id=ID, service="C"))
    desk.do(c.CallNext(id=ID, counter=3))
    assert orphans(desk.state, desk.now_ms) == []


def test_midnight_passes_with_a_ticket_at_a_counter_that_is_gone() -> None:
    desk = at_counter_three()
    for event in day_change(desk.state, desk.office, TOMORROW):
        apply(desk.state, event)
    assert desk.state.day == "2026-11-24"


def test_midnight_in_the_middle_of_a_service_frees_the_counter() -> None:
    desk = Desk()
    desk.do(IssueTicket(id=ID, service="C"))
    desk.do(c.CallNext(id=ID, counter=3))
    desk.do(c.Start(id=ID, counter=3))
    kinds = []
    for event in day_change(desk.state, desk.office, TOMORROW):
        kinds.append(type(event).__name__)
        apply(desk.state, event)
    assert kinds == ["TicketExpired", "DayStarted"]
    assert desk.number_at(3) is None
    assert not desk.state.calls


def test_a_service_that_is_gone_leaves_its_ticket_to_be_called_by_number() -> None:
    desk = Desk()
    desk.do(IssueTicket(id=ID, service="A"))
    desk.office = office(
        service=[{"code": "C", "name": {"vi": "x"}}],
        counter=[{"n": n, "name": {"vi": "q"}, "skills": {"C": 1}} for n in (1, 2, 3)],
    )
    assert desk.do(c.CallNext(id=ID, counter=1)) == []
    desk.do(c.CallNumber(id=ID, counter=1, number="a001"))
    assert desk.number_at(1) == "A001"
    desk.do(c.Transfer(id=ID, counter=1, to_service="C"))
    desk.do(c.CallNext(id=ID, counter=2))
    assert desk.number_at(2) == "A001"
