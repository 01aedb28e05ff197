"""What time brings: automatic calls and alerts, on a fake clock."""

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from contracts.messages import counters as c
from contracts.messages.common import TicketState
from contracts.messages.tickets import IssueTicket
from contracts.settings import Office
from queue_server.application.ports import Outcome
from queue_server.application.unit_of_work import SYSTEM, Batch, Command, decide_batch
from queue_server.domain import events as ev
from queue_server.domain.timers import alert_after_ms, at_risk, next_due_ms
from tests.support.offices import MIN, T0, Counted, fresh_state, office

S = 1000


def auto(**more: Any) -> Office:
    """Counters 1 and 2 call by themselves after 5 s."""
    return office(
        counter=[
            {"n": 1, "name": {"vi": "1"}, "skills": {"A": 1}, "auto_call": True},
            {"n": 2, "name": {"vi": "2"}, "skills": {"A": 1}, "auto_call": True},
            {"n": 3, "name": {"vi": "3"}, "skills": {"A": 1, "C": 1}},
        ],
        **more,
    )


class Hall:
    """Batches one after another, with a memory of outcomes."""

    def __init__(self, of: Office | None = None) -> None:
        self.office = of or auto()
        self.state, self.fresh, self.now_ms = fresh_state(self.office), Counted(), T0
        self.known: dict[tuple[str, str], Outcome] = {}
        self.n = 0

    def run(self, *messages: Any, after_s: float = 0) -> Batch:
        self.now_ms += round(after_s * S)
        commands = [Command("http:test", "verb", m) for m in messages]
        batch = decide_batch(self.state, self.office, commands, self.known, self.now_ms, self.fresh)
        assert all(result.error is None for result in batch.results)
        self.state = batch.state
        self.known |= batch.changes.outcomes
        return batch

    def id(self) -> str:
        self.n += 1
        return f"command-{self.n:06d}"

    def issue(self, service: str = "A", after_s: float = 0) -> None:
        self.run(IssueTicket(id=self.id(), service=service), after_s=after_s)

    def at(self, n: int) -> str | None:
        ticket = self.state.current(n)
        return ticket.number if ticket else None

    def due_in(self) -> float | None:
        due = next_due_ms(self.state, self.office, self.now_ms)
        return None if due is None else (due - self.now_ms) / S


def called(batch: Batch) -> list[tuple[str, int]]:
    return [(e.actor, e.event.counter) for e in batch.changes.entries if isinstance(e.event, ev.TicketCalled)]


def test_an_idle_counter_calls_after_its_time_and_not_before() -> None:
    hall = Hall()
    assert hall.due_in() is None  # nobody waits: no reason to wake up
    hall.issue()
    assert hall.due_in() == 5
    assert called(hall.run(after_s=4.999)) == []
    assert called(hall.run(after_s=0.001)) == [(SYSTEM, 1)]
    assert hall.at(1) == "A001"


def test_two_idle_counters_call_two_tickets() -> None:
    hall = Hall()
    for _ in range(3):
        hall.issue()
    assert called(hall.run(after_s=5)) == [(SYSTEM, 1), (SYSTEM, 2)]
    assert (hall.at(1), hall.at(2)) == ("A001", "A002")
    assert hall.due_in() == 25 * 60 - 5  # nothing but the alert of A003: who has a ticket does not call


def test_the_pause_after_a_visitor_counts_from_his_end() -> None:
    hall = Hall()
    for _ in range(3):
        hall.issue()
    hall.run(after_s=5)
    hall.run(c.Finish(id=hall.id(), counter=1), after_s=60)
    assert hall.due_in() == 5
    hall.run(after_s=5)
    assert hall.at(1) == "A003"


@pytest.mark.parametrize("away", [c.PauseCounter, c.CloseCounter])
def test_a_counter_that_is_away_does_not_call(away: Any) -> None:
    hall = Hall()
    for n in (1, 2):
        hall.run(away(id=hall.id(), counter=n))
    hall.issue()
    assert called(hall.run(after_s=600)) == []
    hall.run(c.OpenCounter(id=hall.id(), counter=1))
    assert called(hall.run(after_s=4.9)) == []  # the clerk has just sat down
    assert called(hall.run(after_s=0.1)) == [(SYSTEM, 1)]


def test_a_press_just_after_the_automatic_call_gets_that_ticket() -> None:
    hall = Hall()
    hall.issue()
    hall.issue()
    hall.run(c.PauseCounter(id=hall.id(), counter=2), after_s=0)
    hall.run(after_s=5)
    press = c.CallNext(id="press-000001", counter=1)
    result = hall.run(press, after_s=2.9).results[0]
    assert (hall.at(1), result.ticket) == ("A001", hall.state.by_number["A001"])
    again = hall.run(press, after_s=5).results[0]  # sent again late: the same press
    assert (hall.at(1), again.ticket) == ("A001", result.ticket)
    hall.run(c.CallNext(id="press-000002", counter=1))
    assert hall.at(1) == "A002"


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["issue", "next", "finish", "no-show", "start", "tick", "pause", "open"]),
            st.integers(1, 3),
            st.sampled_from([0, 0, 0.5, 2, 3, 4.9, 5]),
        ),
        max_size=60,
    )
)
def test_the_timer_and_a_clerk_never_call_two_tickets_for_one_counter(steps: list[tuple[str, int, float]]) -> None:
    """A call ends nothing that the timer called within the last moments, and a counter never has two tickets."""
    kinds = {"next": c.CallNext, "finish": c.Finish, "no-show": c.NoShow, "start": c.Start, "pause": c.PauseCounter,
             "open": c.OpenCounter}  # fmt: skip
    hall = Hall()
    by_itself: dict[int, tuple[str, int]] = {}  # counter → ticket that it called by itself, and when
    for kind, n, after_s in steps:
        hall.now_ms += round(after_s * S)
        message: Any = IssueTicket(id=hall.id(), service="A") if kind == "issue" else None
        if kind in kinds:
            message = kinds[kind](id=hall.id(), counter=n)
        commands = [Command("http:test", kind, message)] if message is not None else []
        batch = decide_batch(hall.state, hall.office, commands, {}, hall.now_ms, hall.fresh)
        entries = [entry for entry in batch.changes.entries if isinstance(entry.event, ev.TicketCalled)]
        assert len({entry.event.counter for entry in entries}) == len(entries), "two calls at one counter in one moment"
        for entry in entries:
            ticket, at_ms = by_itself.get(entry.event.counter, ("", 0))
            before = hall.state.current(entry.event.counter)
            if before is not None and before.id == ticket and before.state is TicketState.CALLED:
                assert hall.now_ms - at_ms >= 3 * S, "the visitor that was called a moment ago was sent away"
            if entry.actor == SYSTEM:
                by_itself[entry.event.counter] = (entry.event.ticket, hall.now_ms)
        hall.state = batch.state
        at_counters = [x.ticket_id for x in hall.state.counters.values() if x.ticket_id]
        assert len(at_counters) == len(set(at_counters))


def test_an_alert_comes_once_a_stage_before_the_target() -> None:
    hall = Hall(office())  # A: target 30 minutes, alert 5 before
    hall.issue()
    assert hall.due_in() == 25 * 60
    assert not hall.run(after_s=25 * 60 - 1).changes
    batch = hall.run(after_s=1)
    assert [e.event for e in batch.changes.entries] == [
        ev.TargetAtRisk(at_ms=hall.now_ms, ticket=hall.state.by_number["A001"])
    ]
    assert [t.number for t in at_risk(hall.state)] == ["A001"]
    assert not hall.run(after_s=600).changes
    assert hall.due_in() is None
    hall.run(c.CallNext(id=hall.id(), counter=1))
    assert at_risk(hall.state) == []
    hall.run(c.Transfer(id=hall.id(), counter=1, to_service="C"))  # C: target 20 minutes, from now
    assert hall.due_in() == 15 * 60
    assert len(hall.run(after_s=15 * 60).changes.entries) == 1


def test_an_alert_keeps_the_place_and_the_count() -> None:
    hall = Hall(office(queue={"policy": "strict"}))
    for priority in ("normal", "elderly"):
        hall.run(IssueTicket(id=hall.id(), service="A", priority=priority), after_s=1)
    hall.run(c.CallNext(id=hall.id(), counter=1))
    passed = dict(hall.state.passed)
    assert list(passed.values()) == [1]
    assert hall.run(after_s=26 * 60).changes
    assert hall.state.passed == passed


def test_no_alert_before_half_of_a_short_target() -> None:
    of = office(service=[{"code": "A", "name": {"vi": "A"}, "target_min": 6}, {"code": "C", "name": {"vi": "C"}}])
    assert alert_after_ms(of, of.service[0]) == 3 * MIN


def test_a_transferred_ticket_does_not_hide_the_next_alert() -> None:
    """Its place is old, its wait is young: the one behind it is due first."""
    hall = Hall(office())
    hall.issue("C")  # C001 at 0:00
    hall.run(c.CallNext(id=hall.id(), counter=3), after_s=600)
    hall.issue("A", after_s=0)  # A001 at 10:00
    hall.run(c.Transfer(id=hall.id(), counter=3, to_service="A"), after_s=600)  # C001 waits for A since 20:00
    assert hall.due_in() == 5 * 60  # its place alone would be due at 25:00: a look, no alert
    assert not hall.run(after_s=5 * 60).changes
    assert hall.due_in() == 10 * 60  # A001 at 35:00
    assert len(hall.run(after_s=10 * 60).changes.entries) == 1
    assert hall.due_in() == 10 * 60  # C001 at 45:00
