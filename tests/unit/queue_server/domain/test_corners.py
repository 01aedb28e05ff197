"""Rare corners of the rules, one by one: each was once broken on purpose without a test to see it."""

from datetime import date

import pytest

from contracts.errors import Rejected
from contracts.messages import appointments as a
from contracts.messages import counters as c
from contracts.messages.board import BOARD_CALLS_MAX
from contracts.messages.common import Estimate
from contracts.messages.office_day import ConfirmDay
from contracts.messages.tickets import IssueTicket
from queue_server.domain import events as ev
from queue_server.domain import layered, routing, timers
from queue_server.domain.apply import apply
from queue_server.domain.decide_counter import AUTO_CALL_GRACE_MS
from queue_server.domain.decide_ticket import closed_reason
from queue_server.domain.estimates import SharedWork
from queue_server.domain.model import Appointment, Block, Ticket
from queue_server.domain.moves import place
from queue_server.domain.replay import _AnyCounter, play_again
from queue_server.domain.routing import everybody, lineup
from queue_server.domain.slots import slot_times
from tests.support.offices import DAY, MIN, T0, Desk, fresh_state, office

ID = "command-0001"


def test_another_day_is_not_confirmed() -> None:
    with pytest.raises(Rejected) as why:
        Desk().do(ConfirmDay(id=ID, day="2026-11-24"))
    assert why.value.code == "wrong_day"


def test_a_visit_that_another_counter_goes_on_with_is_not_sent_to_the_old_one_any_more() -> None:
    desk = Desk()
    desk.do(IssueTicket(id=ID, service="C"))
    desk.do(c.CallNext(id=ID, counter=3))
    desk.do(c.Transfer(id=ID, counter=3, to_counter=2))
    desk.do(c.CallNext(id=ID, counter=2))
    desk.do(c.Finish(id=ID, counter=2, next_service="A"))
    desk.do(c.Finish(id=ID, counter=2))
    (ticket,) = desk.state.tickets.values()
    assert ticket.only_counter is None


def test_a_call_that_left_the_board_is_recalled_at_once() -> None:
    desk = Desk()
    for service in "A" + "C" * BOARD_CALLS_MAX:
        desk.do(IssueTicket(id=ID, service=service))
    desk.do(c.CallNext(id=ID, counter=1))
    desk.do(c.Recall(id=ID, counter=1))
    for _ in range(BOARD_CALLS_MAX):
        desk.do(c.CallNext(id=ID, counter=3))
    assert "A001" not in [call.number for call in desk.state.calls]
    (event,) = desk.do(c.Recall(id=ID, counter=1))
    assert event.repeat == 2


def calling_by_itself(**more: object) -> Desk:
    return Desk(
        office(
            counter=[
                {"n": 1, "name": {"vi": "1"}, "skills": {"A": 1, "C": 2}, "auto_call": True},
                {"n": 2, "name": {"vi": "2"}, "skills": {"C": 1}},
            ],
            queue={"auto_call_s": 30, "policy": "accumulating"},
            **more,
        )
    )


def test_a_press_three_seconds_after_a_call_by_itself_is_a_press() -> None:
    for late_ms, calls in ((AUTO_CALL_GRACE_MS - 1, 0), (AUTO_CALL_GRACE_MS, 2)):
        desk = calling_by_itself()
        for _ in range(2):
            desk.do(IssueTicket(id=ID, service="A"))
        desk.do(c.CallNext(id=ID, counter=1))
        desk.now_ms += late_ms
        assert len(desk.do(c.CallNext(id=ID, counter=1))) == calls


def test_whom_a_helping_counter_calls_by_itself_depends_on_the_hour() -> None:
    desk = calling_by_itself()
    desk.do(IssueTicket(id=ID, service="C"))
    desk.do(IssueTicket(id=ID, service="A", priority="elderly"), 1)
    at_ms = T0 + MIN + 30_000
    assert timers.next_due_ms(desk.state, desk.office, desk.now_ms) == at_ms
    assert timers.due(desk.state, desk.office, at_ms - 1, desk.fresh) == []
    (call,) = timers.due(desk.state, desk.office, at_ms, desk.fresh)
    assert desk.state.tickets[call.ticket].number == "A001"  # type: ignore[union-attr]  # a call


def test_a_call_by_number_passes_over_what_the_counter_would_have_called_as_soon() -> None:
    desk = Desk()
    for service in "AC":
        desk.do(IssueTicket(id=ID, service=service))
    (call,) = desk.do(c.CallNumber(id=ID, counter=2, number="C001"))
    assert call.among == ("C",)  # A is help


def test_the_windows_of_alerts_are_worked_out_once_an_office_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timers, "_known", None)
    first, other = office(), office(queue={"alert_min": 7})
    found = timers._windows(first)
    assert found == (
        ("A", timers.alert_after_ms(first, first.service[0])),
        ("C", timers.alert_after_ms(first, first.service[1])),
    )
    assert timers._windows(first) is found
    assert timers._windows(other) != found


def test_a_closed_service_shares_no_work() -> None:
    desk = Desk()
    desk.do(c.CloseCounter(id=ID, counter=2))
    for service in "CCCA":
        desk.do(IssueTicket(id=ID, service=service))
    shared = SharedWork()
    before = shared.forecast(desk.state, desk.office, "A", 1, desk.now_ms)
    desk.do(c.CloseCounter(id=ID, counter=3))
    assert shared.forecast(desk.state, desk.office, "A", 1, desk.now_ms) == before


def test_a_ticket_of_a_service_that_the_office_lost_is_no_work() -> None:
    desk = Desk()
    desk.do(IssueTicket(id=ID, service="C"))
    desk.do(c.CallNext(id=ID, counter=2))
    only_a = office(
        service=[{"code": "A", "name": {"vi": "A"}, "mean_min": 8}],
        counter=[{"n": 2, "name": {"vi": "2"}, "skills": {"A": 1}}],
    )
    assert SharedWork().forecast(desk.state, only_a, "A", 0, desk.now_ms).estimate == Estimate(0, 0, 0)


def test_a_slot_ends_with_the_hours() -> None:
    of = office(hours={"mon_fri": ["07:30-08:14", "09:00-09:15"]}, appointments={"slot_min": 15})
    assert [slot.clock for slot in slot_times(of, date(2026, 11, 23))] == ["07:30", "07:45", "09:00"]


def test_counters_of_a_day_played_again_are_open_until_told_otherwise() -> None:
    assert _AnyCounter()[7].n == 7
    booked = Appointment("a1", "tok", "A", DAY, T0, T0 + MIN, "vi")
    events: list[ev.AnyEvent] = [
        ev.DayStarted(at_ms=T0, day=DAY),
        ev.AppointmentCancelled(at_ms=T0, appointment="a1"),
    ]
    assert play_again(events, {}, {"a1": booked}).appointments["a1"].state is a.AppointmentState.CANCELLED


def test_the_turns_of_a_counter_go_on_from_its_own_work_to_its_help() -> None:
    desk = Desk(
        office(
            queue={"policy": "interleaved"},
            priority=[{"code": "elderly", "name": {"vi": "x"}, "ratio": 1}],
        )
    )
    for service, priority in (("C", "elderly"), ("A", "elderly"), ("A", "normal")):
        desk.do(IssueTicket(id=ID, service=service, priority=priority))
    line = [t.number for t in lineup(desk.state, desk.office, 2, desk.now_ms)]
    assert line == ["C001", "A002", "A001"]  # one elderly person was called: now another
    desk.do(c.CallNext(id=ID, counter=2))
    assert [t.number for t in lineup(desk.state, desk.office, 2, desk.now_ms)] == line[1:]


def test_nobody_is_late_who_was_never_passed_over() -> None:
    desk = Desk(
        office(
            queue={"policy": "strict", "overtaken_max": 1},
            priority=[{"code": "elderly", "name": {"vi": "x"}, "rank": 1}],
        )
    )
    for priority in ("normal", "elderly"):
        desk.do(IssueTicket(id=ID, service="A", priority=priority))
    assert [t.number for t in everybody(desk.state, desk.office, desk.now_ms)] == ["A002", "A001"]


def test_one_paper_more_of_a_number_that_was_given_back() -> None:
    state = fresh_state(office())
    state.blocks = {"b1": Block("b1", "k", "e", "A", DAY, 970, 999)}
    for n in (975, 976, 977):
        apply(
            state,
            ev.TicketClaimed(
                at_ms=T0, ticket=f"t{n}", number=f"A{n}", service="A", lang="vi", token=f"k{n}", order_ms=T0
            ),
        )
    apply(state, ev.TicketCancelled(at_ms=T0, ticket="t975"))
    apply(
        state,
        ev.TicketMerged(at_ms=T0, ticket="t975", priority="normal", lang="vi", taken_ms=T0, order_ms=T0, again=True),
    )
    assert state.taken == {"A": 3}


def test_why_a_service_gives_no_tickets() -> None:
    services = [{"code": code, "name": {"vi": code}, "quota": 1} for code in "AC"]
    desk = Desk(office(service=services, hours={"mon_fri": ["07:30-11:30"], "enforce": True}))
    service = desk.office.service[0]
    assert closed_reason(desk.state, desk.office, service, T0) is None
    assert closed_reason(desk.state, desk.office, service, T0 + 120 * MIN) == "hours"
    desk.do(IssueTicket(id=ID, service="A"))
    assert closed_reason(desk.state, desk.office, service, T0) == "quota"
    assert closed_reason(desk.state, desk.office, desk.office.service[1], T0) is None
    desk.do(c.CloseService(id=ID, service="A"))
    assert closed_reason(desk.state, desk.office, service, T0) == "staff"


def test_a_fork_of_many_changes_has_a_new_base(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layered, "TOP_MAX", 2)
    made: layered.Layered[str, int] = layered.Layered()
    for i, key in enumerate("abc"):
        made[key] = i
    fork = made.fork()
    fork["a"], made["d"] = 7, 8
    assert (dict(fork), dict(made)) == ({"a": 7, "b": 1, "c": 2}, {"a": 0, "b": 1, "c": 2, "d": 8})
    assert [fork.get(key, 9) for key in "abz"] == [7, 1, 9]
    assert (fork["b"], "c" in fork, len(fork)) == (1, True, 3)


def test_a_counter_is_idle_from_the_end_of_a_visit_only() -> None:
    desk = Desk()
    desk.do(IssueTicket(id=ID, service="A"))
    desk.do(c.PauseCounter(id=ID, counter=1), 1)
    desk.do(c.OpenCounter(id=ID, counter=1), 1)
    desk.do(c.CallNext(id=ID, counter=1), 1)
    desk.do(c.PauseCounter(id=ID, counter=1), 1)
    assert desk.state.idle_ms == {}
    desk.do(c.NoShow(id=ID, counter=1), 1)
    assert desk.state.idle_ms == {1: desk.now_ms}
    apply(desk.state, ev.DayStarted(at_ms=desk.now_ms, day="2026-11-24"))
    assert desk.state.counters[1].missed_id is None


def test_the_board_calls_in_the_language_of_the_ticket() -> None:
    desk = Desk(office(office={"id": "t", "name": {"vi": "t"}, "languages": ["vi", "en"]}))
    desk.do(IssueTicket(id=ID, service="A", lang="en"))
    desk.do(c.CallNext(id=ID, counter=1))
    assert desk.state.calls[0].lang == "en"


def test_the_rules_are_worked_out_once_an_office_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "_known", None)
    first = office()
    found = routing.rules_of(first)
    assert routing.rules_of(first) is found
    assert routing.rules_of(office()) is not found


def test_of_two_with_the_same_weight_the_smaller_number_goes_first() -> None:
    desk = Desk()
    for ticket, number, priority, at_ms in (("z", "A001", "normal", T0), ("a", "A002", "elderly", T0 + 10 * MIN)):
        issued = ev.TicketIssued(
            at_ms=at_ms, ticket=ticket, number=number, service="A", priority=priority, lang="vi", token=ticket,
            serial=int(number[1:]), order_ms=at_ms,
        )  # fmt: skip
        apply(desk.state, issued)
    assert [t.number for t in everybody(desk.state, desk.office, T0 + 10 * MIN)] == ["A001", "A002"]


def test_how_soon_a_ticket_just_taken_makes_anything_due() -> None:
    assert timers.soonest_ms(office()) == 15 * MIN  # C: 5 min before its target of 20 min
    assert timers.soonest_ms(calling_by_itself().office) == 30_000
    late = office(
        queue={"auto_call_s": 600},
        service=[{"code": code, "name": {"vi": code}, "target_min": 9} for code in "AC"],
        counter=[{"n": 1, "name": {"vi": "1"}, "skills": {"A": 1, "C": 1}, "auto_call": True}],
    )
    assert timers.soonest_ms(late) == 4.5 * MIN


def test_tickets_read_in_any_order_leave_the_highest_number() -> None:
    state = fresh_state(office())
    for serial in (5, 3):
        place(state, Ticket(f"t{serial}", f"A{serial:03d}", "A", "normal", "vi", f"k{serial}", T0, T0))
    assert state.serials == {"A": 5}
