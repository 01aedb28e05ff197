"""The rules of the queue, told as short days in a small office."""

import pytest

from contracts.errors import Rejected
from contracts.messages import counters as c
from contracts.messages.common import CounterStatus, TicketState
from contracts.messages.tickets import CancelTicket, IssueTicket
from queue_server.domain.apply import apply
from queue_server.domain.decide import day_change
from queue_server.domain.model import CounterState, OfficeState
from tests.support.offices import MIN, T0, Desk, fresh_state, office

ID = "command-0001"


def take(service: str = "A", priority: str = "normal") -> IssueTicket:
    return IssueTicket(id=ID, service=service, priority=priority)


def call(n: int) -> c.CallNext:
    return c.CallNext(id=ID, counter=n)


def test_numbers_run_by_service() -> None:
    desk = Desk()
    for service in "AACA":
        desk.do(take(service))
    assert sorted(desk.state.by_number) == ["A001", "A002", "A003", "C001"]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (take("Z"), "unknown_service"),
        (take("a"), "unknown_service"),
        (take("A", "vip"), "unknown_priority"),
        (call(9), "unknown_counter"),
        (c.CallNumber(id=ID, counter=1, number="A001"), "unknown_ticket"),
        (c.Recall(id=ID, counter=1), "no_current_ticket"),
        (c.Start(id=ID, counter=1), "no_current_ticket"),
        (c.Finish(id=ID, counter=1), "no_current_ticket"),
        (c.NoShow(id=ID, counter=1), "no_current_ticket"),
        (c.UndoNoShow(id=ID, counter=1), "no_current_ticket"),
        (c.Transfer(id=ID, counter=1, to_service="C"), "no_current_ticket"),
        (c.Hold(id=ID, counter=1), "no_current_ticket"),
        (c.Resume(id=ID, counter=1, number="A001"), "unknown_ticket"),
        (c.Requeue(id=ID, counter=1), "no_current_ticket"),
        (CancelTicket(id=ID, token="nobody"), "unknown_ticket"),
        (c.OpenService(id=ID, service="Z"), "unknown_service"),
        (c.CloseService(id=ID, service="Z"), "unknown_service"),
        (c.Help(id=ID, counter=9), "unknown_counter"),
    ],
)
def test_refusals_of_an_empty_office(command: object, code: str) -> None:
    desk = Desk()
    with pytest.raises(Rejected) as why:
        desk.do(command)
    assert why.value.code == code
    assert desk.state == fresh_state(desk.office)


def test_first_come_first_called() -> None:
    desk = Desk()
    desk.do(take())
    desk.do(take(), after_min=1)
    desk.do(call(1), after_min=1)
    assert desk.number_at(1) == "A001"
    desk.do(call(1))
    assert desk.number_at(1) == "A002"
    assert desk.state.tickets[desk.state.by_number["A001"]].state is TicketState.DONE


def test_nobody_waits_is_no_event() -> None:
    assert Desk().do(call(1)) == []


def test_head_start_lets_an_elderly_person_pass_within_its_minutes_only() -> None:
    desk = Desk()
    desk.do(take())  # A001
    desk.do(take("A", "elderly"), after_min=9)  # A002 counts as come 1 minute before A001
    desk.do(call(1))
    assert desk.number_at(1) == "A002"
    late = Desk()
    late.do(take())
    late.do(take("A", "elderly"), after_min=11)
    late.do(call(1))
    assert late.number_at(1) == "A001"


def test_own_work_before_helping_out() -> None:
    desk = Desk()
    desk.do(take("A"))
    desk.do(take("C"), after_min=5)
    desk.do(call(2))
    assert desk.number_at(2) == "C001"
    desk.do(call(2))
    assert desk.number_at(2) == "A001"


def test_two_counters_never_get_the_same_ticket() -> None:
    desk = Desk()
    desk.do(take("C"))
    desk.do(call(2))
    assert desk.do(call(3)) == []
    assert desk.number_at(3) is None


def test_call_next_does_not_finish_where_the_office_says_so() -> None:
    desk = Desk(office(queue={"call_next_finishes": False}))
    desk.do(take())
    desk.do(take())
    desk.do(call(1))
    with pytest.raises(Rejected) as why:
        desk.do(call(1))
    assert why.value.code == "counter_busy"
    assert desk.number_at(1) == "A001"


def test_recall_is_the_same_call_repeated() -> None:
    desk = Desk()
    desk.do(take())
    desk.do(call(1))
    first = desk.state.calls[0]
    desk.do(c.Recall(id=ID, counter=1))
    assert len(desk.state.calls) == 1
    assert desk.state.calls[0].call_id == first.call_id
    assert desk.state.calls[0].repeat == 1
    desk.do(c.Start(id=ID, counter=1))
    with pytest.raises(Rejected):  # the visitor sits here already
        desk.do(c.Recall(id=ID, counter=1))


def test_no_show_and_its_undo() -> None:
    desk = Desk()
    desk.do(take())
    desk.do(call(1))
    desk.do(c.NoShow(id=ID, counter=1))
    assert desk.number_at(1) is None
    desk.do(c.UndoNoShow(id=ID, counter=1))
    assert desk.number_at(1) == "A001"
    with pytest.raises(Rejected):
        desk.do(c.UndoNoShow(id=ID, counter=1))


def test_a_no_show_is_undone_only_by_the_counter_that_called_last() -> None:
    desk = Desk()
    desk.do(take("C"))
    desk.do(call(2))
    desk.do(c.NoShow(id=ID, counter=2))
    desk.do(c.CallNumber(id=ID, counter=3, number="C001"))
    desk.do(c.NoShow(id=ID, counter=3))
    with pytest.raises(Rejected):  # the visitor was sent to counter 3 last, and comes there
        desk.do(c.UndoNoShow(id=ID, counter=2))
    desk.do(c.UndoNoShow(id=ID, counter=3))
    assert desk.number_at(3) == "C001"


def test_transfer_keeps_number_and_first_place() -> None:
    desk = Desk()
    desk.do(take("A"))
    desk.do(take("C"), after_min=5)
    desk.do(call(1))
    desk.do(c.Transfer(id=ID, counter=1, to_service="C"))
    desk.do(call(3))
    assert desk.number_at(3) == "A001"


def test_transfer_to_a_counter_is_called_only_there() -> None:
    desk = Desk()
    desk.do(take("C"))
    desk.do(call(2))
    desk.do(c.Transfer(id=ID, counter=2, to_counter=1))
    assert desk.do(call(3)) == []
    desk.do(call(1))
    assert desk.number_at(1) == "C001"


def test_hold_and_resume_only_at_its_counter() -> None:
    desk = Desk()
    desk.do(take("C"))
    desk.do(call(2))
    desk.do(c.Hold(id=ID, counter=2))
    assert [t.number for t in desk.state.held_at(2)] == ["C001"]
    with pytest.raises(Rejected):
        desk.do(c.Resume(id=ID, counter=3, number="C001"))
    desk.do(c.Resume(id=ID, counter=2, number="C001"))
    assert desk.number_at(2) == "C001"
    assert not desk.state.held


def test_requeue_returns_to_the_old_place() -> None:
    desk = Desk()
    desk.do(take())
    desk.do(take(), after_min=1)
    desk.do(call(1))
    desk.do(c.Requeue(id=ID, counter=1))
    desk.do(call(1))
    assert desk.number_at(1) == "A001"


def test_closed_and_paused_counters_refuse() -> None:
    desk = Desk()
    desk.do(take())
    desk.do(c.CloseCounter(id=ID, counter=1, reason="hết giờ"))
    with pytest.raises(Rejected) as why:
        desk.do(call(1))
    assert why.value.code == "counter_closed"
    desk.do(c.OpenCounter(id=ID, counter=1))
    desk.do(c.PauseCounter(id=ID, counter=1))
    assert desk.state.counters[1].status is CounterStatus.PAUSED
    with pytest.raises(Rejected):
        desk.do(call(1))


def test_a_counter_with_a_ticket_does_not_close() -> None:
    desk = Desk()
    desk.do(take())
    desk.do(call(1))
    with pytest.raises(Rejected) as why:
        desk.do(c.CloseCounter(id=ID, counter=1))
    assert why.value.code == "counter_busy"


def test_closed_service_and_quota() -> None:
    desk = Desk(office(service=[{"code": "A", "name": {"vi": "x"}, "quota": 2}, {"code": "C", "name": {"vi": "y"}}]))
    desk.do(c.CloseService(id=ID, service="C", reason="mất điện"))
    with pytest.raises(Rejected) as why:
        desk.do(take("C"))
    assert why.value.code == "service_closed"
    desk.do(c.OpenService(id=ID, service="C"))
    desk.do(take("C"))
    desk.do(take("A"))
    desk.do(take("A"))
    with pytest.raises(Rejected) as why:
        desk.do(take("A"))
    assert why.value.code == "quota_reached"


def test_ticket_hours_with_lunch() -> None:
    hours = {"mon_fri": ["07:30-11:30", "13:30-17:00"], "enforce": True}
    desk = Desk(office(hours=hours))  # T0 is Monday 10:13
    desk.do(take())
    with pytest.raises(Rejected) as why:
        desk.do(take(), after_min=120)  # 12:13
    assert why.value.code == "service_closed"
    desk.do(take(), after_min=90)  # 13:43


def test_cancel_a_waiting_ticket_only() -> None:
    desk = Desk()
    desk.do(take())
    ticket = desk.state.tickets[desk.state.by_number["A001"]]
    desk.do(CancelTicket(id=ID, token=ticket.token))
    assert not desk.state.lanes
    with pytest.raises(Rejected) as why:
        desk.do(CancelTicket(id=ID, token=ticket.token))
    assert why.value.code == "wrong_state"


def test_a_new_day_expires_what_is_left_and_never_goes_back() -> None:
    desk = Desk()
    desk.do(take())
    tomorrow = T0 + 24 * 60 * MIN
    for event in day_change(desk.state, desk.office, tomorrow):
        apply(desk.state, event)
    assert desk.state.day == "2026-11-24"
    assert not desk.state.tickets
    assert day_change(desk.state, desk.office, T0) == []
    desk.now_ms = tomorrow
    desk.do(take())
    assert list(desk.state.by_number) == ["A001"]


def test_state_is_the_sum_of_its_events() -> None:
    desk = Desk()
    for service in "ACCA":
        desk.do(take(service), after_min=1)
    desk.do(call(1))
    desk.do(c.Start(id=ID, counter=1), after_min=1)
    desk.do(call(2))
    desk.do(c.NoShow(id=ID, counter=2))
    desk.do(call(3), after_min=1)
    desk.do(c.Hold(id=ID, counter=3))
    desk.do(c.Finish(id=ID, counter=1, result="done"), after_min=6)
    again: OfficeState = fresh_state(desk.office)
    for event in desk.log:
        apply(again, event)
    assert again == desk.state


def test_a_fork_does_not_touch_its_source() -> None:
    desk = Desk()
    desk.do(take())
    before = desk.state.fork()
    fork = desk.state.fork()
    fork.lanes["A", "normal"].clear()
    fork.tickets.clear()
    fork.counters[1] = CounterState(1, CounterStatus.CLOSED)
    assert desk.state == before
