"""Every field that an event changes in the state, and none beside it."""

from typing import Any

import pytest

from contracts.messages.appointments import AppointmentState
from contracts.messages.board import BOARD_CALLS_MAX, Call
from contracts.messages.common import CounterStatus, TicketState
from queue_server.domain import events as ev
from queue_server.domain.apply import apply
from queue_server.domain.apply_lease import late_ticket
from queue_server.domain.clock import utc
from queue_server.domain.events import AnyEvent
from queue_server.domain.model import Appointment, Block, CounterState, OfficeState, Stage, Ticket, days_before
from tests.support.offices import DAY, T0, fresh_state, office

NEXT = "2026-11-24"
OPEN, SERVING, WAITING = CounterStatus.OPEN, TicketState.SERVING, TicketState.WAITING


def issued(at_ms: int = T0 + 1, ticket: str = "t1", number: str = "A001", **more: Any) -> ev.TicketIssued:
    fields: dict[str, Any] = {"service": number[0], "priority": "normal", "lang": "vi", "token": f"tok-{ticket}"}
    return ev.TicketIssued(
        at_ms=at_ms, ticket=ticket, number=number, serial=int(number[1:]), order_ms=at_ms, **{**fields, **more}
    )


def called(at_ms: int, ticket: str = "t1", counter: int = 1, call_id: str = "k1", **more: Any) -> ev.TicketCalled:
    return ev.TicketCalled(at_ms=at_ms, ticket=ticket, counter=counter, call_id=call_id, **more)


def after(*events: AnyEvent) -> OfficeState:
    state = fresh_state(office())
    for event in events:
        apply(state, event)
    return state


TAKEN = Ticket("t1", "A001", "A", "normal", "vi", "tok-t1", T0 + 1, T0 + 1)


def test_issued() -> None:
    event = issued(priority="elderly", lang="en", procedure="1.000001", appointment="a1")
    state = after(event)
    expected = Ticket(
        "t1", "A001", "A", "elderly", "en", "tok-t1", T0 + 1, T0 + 1, procedure="1.000001", appointment="a1"
    )
    assert state.tickets["t1"] == expected
    assert (state.by_number["A001"], state.by_token["tok-t1"], state.serials, state.taken) == (
        "t1", "t1", {"A": 1}, {"A": 1},
    )  # fmt: skip
    assert state.lanes == {("A", "elderly"): [(T0 + 1, "A001", "t1")]}
    assert (state.waiting("A"), state.waiting("C"), state.at_ms) == (1, 0, T0 + 1)
    assert list(state.classes) == ["elderly"]


def test_called_recalled_started_and_finished() -> None:
    state = after(issued(), called(T0 + 2, among=("A",)))
    ticket = TAKEN.but(state=TicketState.CALLED, called_ms=T0 + 2, stage_called_ms=T0 + 2, counter=1, call_id="k1")
    assert state.tickets["t1"] == ticket
    assert state.counters[1] == CounterState(1, OPEN, 0, None, "t1", None, "k1")
    assert state.calls == (Call("k1", "A001", "A", 1, utc(T0 + 2), 0, "vi"),)
    assert (state.lanes, state.waits, state.turns, state.idle_ms) == ({}, {"A": 0}, {1: ("normal", 1)}, {})
    apply(state, ev.TicketRecalled(at_ms=T0 + 3, ticket="t1", counter=1, call_id="k1", repeat=4))
    assert state.tickets["t1"] == ticket.but(repeat=4)
    assert state.calls == (Call("k1", "A001", "A", 1, utc(T0 + 3), 4, "vi"),)
    apply(state, ev.ServingStarted(at_ms=T0 + 4, ticket="t1", counter=1))
    serving = ticket.but(repeat=4, state=SERVING, started_ms=T0 + 4)
    assert state.tickets["t1"] == serving
    apply(state, ev.TicketFinished(at_ms=T0 + 5, ticket="t1", counter=1, result="done"))
    assert state.tickets["t1"] == serving.but(state=TicketState.DONE, ended_ms=T0 + 5, result="done")
    assert state.counters[1] == CounterState(1, OPEN, 0, None, None, None, "k1")
    assert state.idle_ms == {1: T0 + 5}
    assert state.taken == {"A": 1}


def test_finished_without_a_start_began_with_the_call() -> None:
    state = after(issued(), called(T0 + 2), ev.TicketFinished(at_ms=T0 + 5, ticket="t1", counter=1))
    assert (state.tickets["t1"].started_ms, state.tickets["t1"].result) == (T0 + 2, None)


def test_missed_and_called_again() -> None:
    state = after(issued(), called(T0 + 2), ev.TicketMissed(at_ms=T0 + 3, ticket="t1", counter=1))
    missed = TAKEN.but(
        state=TicketState.NO_SHOW, called_ms=T0 + 2, stage_called_ms=T0 + 2, counter=1, call_id="k1", ended_ms=T0 + 3
    )
    assert state.tickets["t1"] == missed
    assert state.counters[1] == CounterState(1, OPEN, 0, None, None, "t1", "k1")
    before = dict(state.turns)
    apply(state, called(T0 + 4, counter=2, call_id="k2"))
    assert state.tickets["t1"] == missed.but(state=TicketState.CALLED, counter=2, call_id="k2", ended_ms=None)
    assert state.counters[2] == CounterState(2, OPEN, 0, None, "t1", None, "k2")
    assert state.turns == before  # it did not wait: it was nobody's turn
    assert [call.call_id for call in state.calls] == ["k2", "k1"]
    apply(state, ev.ServingStarted(at_ms=T0 + 5, ticket="t1", counter=2))
    apply(state, ev.TicketHeld(at_ms=T0 + 6, ticket="t1", counter=2))
    apply(state, called(T0 + 7, counter=1, call_id="k3"))
    assert state.counters[1] == CounterState(1, OPEN, 0, None, "t1", None, "k3")  # what was missed here is past
    assert (state.tickets["t1"].repeat, state.held) == (0, {})


def test_a_recall_starts_at_no_repeat_when_called_anew() -> None:
    recall = ev.TicketRecalled(at_ms=T0 + 3, ticket="t1", counter=1, call_id="k1", repeat=2)
    state = after(issued(), called(T0 + 2), recall, ev.TicketMissed(at_ms=T0 + 4, ticket="t1", counter=1))
    apply(state, called(T0 + 5, call_id="k2"))
    assert state.tickets["t1"].repeat == 0
    assert state.calls[0].repeat == 0


def test_held_and_resumed() -> None:
    state = after(issued(), called(T0 + 2), ev.TicketHeld(at_ms=T0 + 3, ticket="t1", counter=1))
    held = TAKEN.but(state=TicketState.HELD, called_ms=T0 + 2, stage_called_ms=T0 + 2, counter=1, call_id="k1")
    assert state.tickets["t1"] == held
    assert (state.held, state.counters[1].ticket_id) == ({"t1": None}, None)
    assert state.held_at(1) == [held]
    assert state.held_at(2) == []
    apply(state, ev.TicketResumed(at_ms=T0 + 4, ticket="t1", counter=2))
    assert state.tickets["t1"] == held.but(state=SERVING, counter=2)
    assert (state.held, state.counters[2].ticket_id) == ({}, "t1")


def test_requeued() -> None:
    recall = ev.TicketRecalled(at_ms=T0 + 3, ticket="t1", counter=1, call_id="k1", repeat=2)
    state = after(issued(), called(T0 + 2), recall, ev.TicketRequeued(at_ms=T0 + 4, ticket="t1", counter=1))
    assert state.tickets["t1"] == TAKEN.but(called_ms=T0 + 2, stage_called_ms=T0 + 2)
    assert state.lanes == {("A", "normal"): [(T0 + 1, "A001", "t1")]}
    assert (state.counters[1].ticket_id, state.idle_ms, state.waits) == (None, {1: T0 + 4}, {"A": 1})


def test_transferred() -> None:
    state = after(
        issued(),
        ev.TargetAtRisk(at_ms=T0 + 2, ticket="t1"),
        called(T0 + 3),
        ev.TicketRecalled(at_ms=T0 + 4, ticket="t1", counter=1, call_id="k1", repeat=2),
        ev.ServingStarted(at_ms=T0 + 5, ticket="t1", counter=1),
        ev.TicketTransferred(at_ms=T0 + 6, ticket="t1", from_counter=1, to_service="C", to_counter=3),
    )
    first = Stage("A", 1, T0 + 1, T0 + 3, T0 + 5, T0 + 6, None, True)
    sent = TAKEN.but(service="C", called_ms=T0 + 3, only_counter=3, past=(first,), stage_ms=T0 + 6)
    assert state.tickets["t1"] == sent
    assert (state.directed, state.waits, state.counters[1].ticket_id) == ({"t1": 3}, {"A": 0, "C": 1}, None)
    apply(state, called(T0 + 7, counter=3, call_id="k2"))
    assert (state.tickets["t1"].called_ms, state.tickets["t1"].stage_called_ms) == (T0 + 3, T0 + 7)
    assert state.directed == {}
    apply(state, ev.TicketTransferred(at_ms=T0 + 8, ticket="t1", from_counter=3, to_service="A"))
    second = Stage("C", 3, T0 + 6, T0 + 7, None, T0 + 8, None, True)
    assert state.tickets["t1"] == TAKEN.but(called_ms=T0 + 3, past=(first, second), stage_ms=T0 + 8)


def test_a_stage_that_goes_on_here_and_one_that_waits() -> None:
    state = after(
        issued(),
        ev.TargetAtRisk(at_ms=T0 + 2, ticket="t1"),
        called(T0 + 3),
        ev.ServingStarted(at_ms=T0 + 5, ticket="t1", counter=1),
        ev.StageFinished(at_ms=T0 + 6, ticket="t1", counter=1, next_service="C", here=True, result="done"),
    )
    first = Stage("A", 1, T0 + 1, T0 + 3, T0 + 5, T0 + 6, "done", False)
    assert state.tickets["t1"] == TAKEN.but(
        state=SERVING, service="C", called_ms=T0 + 3, started_ms=T0 + 6, counter=1, call_id="k1", past=(first,),
        stage_ms=T0 + 6, stage_called_ms=T0 + 6,
    )  # fmt: skip
    assert state.counters[1].ticket_id == "t1"
    apply(state, ev.StageFinished(at_ms=T0 + 7, ticket="t1", counter=1, next_service="A", here=False))
    second = Stage("C", 1, T0 + 6, T0 + 6, T0 + 6, T0 + 7, None, False)
    assert state.tickets["t1"] == TAKEN.but(called_ms=T0 + 3, past=(first, second), stage_ms=T0 + 7)
    assert (dict(state.counters)[1].ticket_id, state.waits) == (None, {"A": 1})


def test_an_alert_leaves_the_place() -> None:
    state = after(issued(), issued(T0 + 2, "t2", "A002"), called(T0 + 3, "t2", among=("A",)))
    assert state.passed == {"t1": 1}
    apply(state, ev.TargetAtRisk(at_ms=T0 + 4, ticket="t1"))
    assert state.tickets["t1"] == TAKEN.but(alerted=True)
    assert (state.passed, state.waits) == ({"t1": 1}, {"A": 1})


@pytest.mark.parametrize("end", ["cancelled", "expired"])
def test_ended(end: str) -> None:
    kind: Any = {"cancelled": ev.TicketCancelled, "expired": ev.TicketExpired}[end]
    state = after(issued(), issued(T0 + 2, "t2", "A002"), called(T0 + 3, "t2"), kind(at_ms=T0 + 4, ticket="t1"))
    assert state.tickets["t1"] == TAKEN.but(state=TicketState(end), ended_ms=T0 + 4)
    assert state.taken == {"A": 1 if end == "cancelled" else 2}
    assert (state.lanes, state.waits, state.counters[1].ticket_id) == ({}, {"A": 0}, "t2")
    apply(state, kind(at_ms=T0 + 5, ticket="t2"))
    assert state.counters[1].ticket_id is None


def test_a_counter_opens_pauses_and_closes() -> None:
    state = after(issued(), called(T0 + 2), ev.CounterPaused(at_ms=T0 + 3, counter=1, reason="lunch"))
    assert state.counters[1] == CounterState(1, CounterStatus.PAUSED, T0 + 3, "lunch", "t1", None, "k1")
    apply(state, ev.CounterOpened(at_ms=T0 + 4, counter=1))
    assert state.counters[1] == CounterState(1, OPEN, T0 + 4, None, "t1", None, "k1")
    apply(state, ev.CounterClosed(at_ms=T0 + 5, counter=2, reason="end_of_day"))
    assert state.counters[2] == CounterState(2, CounterStatus.CLOSED, T0 + 5, "end_of_day")


def test_a_service_closes_and_opens() -> None:
    state = after(ev.ServiceClosed(at_ms=T0 + 1, service="A", reason="lunch"), ev.ServiceClosed(at_ms=T0, service="C"))
    assert state.closed_services == {"A": "lunch", "C": "staff"}
    apply(state, ev.ServiceOpened(at_ms=T0 + 2, service="A"))
    apply(state, ev.ServiceOpened(at_ms=T0 + 2, service="A"))  # opened by somebody else meanwhile
    assert state.closed_services == {"C": "staff"}


def test_help_and_a_confirmed_day_change_nothing() -> None:
    state = after(issued())
    before = state.fork()
    for event in (ev.HelpAsked(at_ms=T0 + 1, counter=1), ev.DayConfirmed(at_ms=T0 + 1, day=DAY)):
        apply(state, event)
        assert state == before


def test_the_board_keeps_its_newest_calls() -> None:
    count = BOARD_CALLS_MAX + 2
    events: list[AnyEvent] = []
    for i in range(1, count + 1):
        events += [issued(T0 + i, f"t{i}", f"A{i:03d}"), called(T0 + i, f"t{i}", call_id=f"k{i}")]
        events.append(ev.TicketFinished(at_ms=T0 + i, ticket=f"t{i}", counter=1))
    state = after(*events)
    assert [call.call_id for call in state.calls] == [f"k{i}" for i in range(count, 2, -1)]


# ---- lent numbers ----


def granted(block: str = "b1", day: str = DAY, first: int = 970, last: int = 999) -> ev.BlockGranted:
    return ev.BlockGranted(
        at_ms=T0, block=block, kiosk="mqtt:kiosk-1", epoch="epoch-0001", service="A", day=day, first=first, last=last
    )


LENT = Block("b1", "mqtt:kiosk-1", "epoch-0001", "A", DAY, 970, 999)


def handed(number: str = "A975", order_ms: int = T0 + 5) -> ev.TicketHandedOver:
    return ev.TicketHandedOver(
        at_ms=T0 + 9, ticket="t1", number=number, service="A", priority="elderly", lang="en", token="tok-t1",
        taken_ms=T0 + 4, order_ms=order_ms, block="b1", procedure="1.000001",
    )  # fmt: skip


def claimed() -> ev.TicketClaimed:
    return ev.TicketClaimed(
        at_ms=T0 + 2, ticket="t1", number="A975", service="A", lang="vi", token="tok-t1", order_ms=T0 + 3
    )


def merged(*, again: bool = False) -> ev.TicketMerged:
    return ev.TicketMerged(
        at_ms=T0 + 9, ticket="t1", priority="elderly", lang="en", taken_ms=T0 + 5, order_ms=T0 + 6,
        procedure="1.000001", again=again,
    )  # fmt: skip


def test_blocks_are_granted_and_spent_and_never_unspent() -> None:
    state = after(granted(), granted("b2", NEXT, 940, 969))
    assert state.blocks == {
        "b1": LENT, "b2": Block("b2", "mqtt:kiosk-1", "epoch-0001", "A", NEXT, 940, 969),
    }  # fmt: skip
    for said, spent in ((980, 980), (975, 980)):
        apply(state, ev.BlockSpent(at_ms=T0 + 1, block="b1", spent=said))
        assert state.blocks["b1"].spent == spent
    assert [LENT.has(n) for n in (969, 970, 999, 1000)] == [False, True, True, False]


def test_handed_over() -> None:
    state = after(granted(), handed())
    assert state.tickets["t1"] == Ticket(
        "t1", "A975", "A", "elderly", "en", "tok-t1", T0 + 4, T0 + 5, procedure="1.000001", offline=True
    )
    assert (state.blocks["b1"].spent, state.serials, state.taken) == (975, {}, {"A": 1})
    assert state.lanes == {("A", "elderly"): [(T0 + 5, "A975", "t1")]}


CLAIMED = Ticket("t1", "A975", "A", "normal", "vi", "tok-t1", T0 + 2, T0 + 3, offline=True, claimed=True)


def test_claimed_and_called_the_newest_call_counts() -> None:
    state = after(granted(), claimed())
    assert state.tickets["t1"] == CLAIMED
    for at_ms, call_id in ((T0 + 4, "k1"), (T0 + 7, "k2")):
        apply(state, called(at_ms, call_id=call_id))
        apply(state, ev.TicketMissed(at_ms=at_ms + 1, ticket="t1", counter=1))
        assert state.tickets["t1"].called_ms == at_ms


def test_merged_with_the_one_who_was_called() -> None:
    state = after(granted(), claimed(), called(T0 + 4), ev.ServingStarted(at_ms=T0 + 5, ticket="t1", counter=1))
    before = state.tickets["t1"]
    apply(state, merged())
    assert state.tickets["t1"] == before.but(
        priority="elderly", lang="en", issued_ms=T0 + 5, procedure="1.000001", claimed=False, order_ms=T0 + 6
    )
    assert state.counters[1].ticket_id == "t1"


NEWLY = Ticket("t1", "A975", "A", "elderly", "en", "tok-t1", T0 + 5, T0 + 6, procedure="1.000001", offline=True)


def test_merged_with_somebody_else_than_was_called() -> None:
    state = after(
        granted(),
        claimed(),
        ev.TargetAtRisk(at_ms=T0 + 3, ticket="t1"),
        called(T0 + 4),
        ev.TicketTransferred(at_ms=T0 + 5, ticket="t1", from_counter=1, to_service="C", to_counter=3),
        called(T0 + 6, counter=3, call_id="k2"),
        ev.TicketRecalled(at_ms=T0 + 6, ticket="t1", counter=3, call_id="k2", repeat=1),
        ev.ServingStarted(at_ms=T0 + 7, ticket="t1", counter=3),
        merged(again=True),
    )
    assert state.tickets["t1"] == NEWLY
    assert (state.counters[3].ticket_id, state.taken) == (None, {"A": 1})
    assert state.lanes == {("A", "elderly"): [(T0 + 6, "A975", "t1")]}


@pytest.mark.parametrize("end", ["finished", "cancelled", "missed"])
def test_merged_with_somebody_else_after_the_first_was_gone(end: str) -> None:
    endings: dict[str, AnyEvent] = {
        "finished": ev.TicketFinished(at_ms=T0 + 5, ticket="t1", counter=1, result="done"),
        "cancelled": ev.TicketCancelled(at_ms=T0 + 5, ticket="t1"),
        "missed": ev.TicketMissed(at_ms=T0 + 5, ticket="t1", counter=1),
    }
    state = after(granted(), claimed(), called(T0 + 4), endings[end], merged(again=True))
    assert state.tickets["t1"] == NEWLY
    assert state.taken == {"A": 1}


def test_voided() -> None:
    state = after(issued(), ev.TicketVoided(at_ms=T0 + 9, ticket="t1", by="t2"))
    assert state.tickets["t1"] == TAKEN.but(state=TicketState.VOID, ended_ms=T0 + 9)
    assert (state.taken, state.lanes) == ({"A": 0}, {})


def test_late() -> None:
    event = ev.LateTicketRecorded(
        at_ms=T0 + 9, late="t9", number="A975", service="A", priority="elderly", lang="en", token="tok-t9",
        of_day="2026-11-20", taken_ms=T0 - 5, procedure="1.000001",
    )  # fmt: skip
    state = after(event)
    assert state.late == {"2026-11-20/A975"}
    assert len(state.tickets) == 0
    assert late_ticket(event) == Ticket(
        "t9", "A975", "A", "elderly", "en", "tok-t9", T0 - 5, T0 - 5, TicketState.EXPIRED, procedure="1.000001",
        ended_ms=T0 + 9, offline=True,
    )  # fmt: skip


# ---- appointments ----


def booked(appointment: str = "a1", day: str = DAY) -> ev.AppointmentBooked:
    return ev.AppointmentBooked(
        at_ms=T0, appointment=appointment, token=f"tok-{appointment}", service="A", day=day, start_ms=T0 + 1,
        end_ms=T0 + 2, lang="en",
    )  # fmt: skip


def test_appointments() -> None:
    state = after(booked(), booked("a2"))
    made = Appointment("a1", "tok-a1", "A", DAY, T0 + 1, T0 + 2, "en")
    assert state.appointments["a1"] == made
    apply(state, ev.AppointmentCheckedIn(at_ms=T0 + 3, appointment="a1", checked_in="t1"))
    first = Appointment("a1", "tok-a1", "A", DAY, T0 + 1, T0 + 2, "en", AppointmentState.CHECKED_IN, "t1")
    assert state.appointments["a1"] == first
    apply(state, ev.AppointmentCancelled(at_ms=T0 + 3, appointment="a2"))
    assert {a.state for a in state.appointments.values()} == {AppointmentState.CHECKED_IN, AppointmentState.CANCELLED}
    apply(state, ev.AppointmentMissed(at_ms=T0 + 3, appointment="a2"))
    assert state.appointments["a2"].state is AppointmentState.MISSED
    assert state.appointments["a1"] == first


# ---- a new day ----


def test_a_new_day_begins_empty_and_keeps_what_lives_longer() -> None:
    busy = after(
        granted(), granted("b2", NEXT), granted("old", "2026-11-16"), granted("kept", "2026-11-17"),
        booked(), booked("a2", NEXT),
        issued(), issued(T0 + 2, "t2", "A002"), issued(T0 + 3, "t3", "A003"), issued(T0 + 3, "t4", "C001"),
        issued(T0 + 3, "t5", "C002"), handed_as("t6", "A975"),
        called(T0 + 4, "t2", 1, "k1", among=("A",)), called(T0 + 5, "t4", 3, "k2"),
        ev.TicketMissed(at_ms=T0 + 6, ticket="t4", counter=3),
        called(T0 + 7, "t5", 3, "k3"), ev.TicketHeld(at_ms=T0 + 7, ticket="t5", counter=3),
        called(T0 + 8, "t4", 3, "k4"), ev.TicketTransferred(at_ms=T0 + 8, ticket="t4", from_counter=3, to_service="C",
                                                           to_counter=2),
        ev.CounterPaused(at_ms=T0 + 9, counter=2, reason="lunch"), ev.ServiceClosed(at_ms=T0 + 9, service="C"),
    )  # fmt: skip
    busy.late = frozenset({"2026-11-16/A990", "2026-11-17/A991"})
    busy.persons = {"a1": "anh", "a2": "chi"}
    assert all((busy.lanes, busy.held, busy.directed, busy.passed, busy.passed_most, busy.turns, busy.idle_ms))
    apply(busy, ev.DayStarted(at_ms=T0 + 10, day=NEXT))
    counters = {n: CounterState(n, OPEN) for n in (1, 2, 3)}
    counters[2] = CounterState(2, CounterStatus.PAUSED, T0 + 9, "lunch")
    assert busy == OfficeState(
        day=NEXT, counters=counters, closed_services={"C": "staff"}, at_ms=T0 + 10,
        blocks={"b1": busy.blocks["b1"], "b2": busy.blocks["b2"], "kept": busy.blocks["kept"]},
        late=frozenset({"2026-11-17/A991", f"{DAY}/A975"}),
        appointments={"a2": Appointment("a2", "tok-a2", "A", NEXT, T0 + 1, T0 + 2, "en")}, persons={"a2": "chi"},
    )  # fmt: skip
    assert (busy.waits, busy.classes, busy.own_lanes) == ({}, {}, set())  # not compared: worked out


def handed_as(ticket: str, number: str) -> ev.TicketHandedOver:
    return ev.TicketHandedOver(
        at_ms=T0 + 3, ticket=ticket, number=number, service="A", priority="normal", lang="vi", token=f"tok-{ticket}",
        taken_ms=T0, order_ms=T0, block="b1",
    )  # fmt: skip


def test_days_before() -> None:
    assert days_before("2026-11-23", 7) == "2026-11-16"
    assert days_before("2026-03-01", 1) == "2026-02-28"
    assert days_before("", 7) == ""


def test_an_event_that_does_not_fit_is_a_bug() -> None:
    state = after(issued())
    del state.lanes[("A", "normal")]
    with pytest.raises(KeyError):
        apply(state, called(T0 + 2))
    state = after(issued(), issued(T0 + 2, "t2", "A002"))
    state.lanes[("A", "normal")] = [(T0 + 2, "A002", "t2")]
    with pytest.raises(KeyError):
        apply(state, called(T0 + 2))
    with pytest.raises(KeyError):
        apply(state, called(T0 + 2, "t9"))
