"""Property: whatever clerks, citizens, kiosks and time do, in whatever order, the queue keeps its promises."""

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from contracts.messages import appointments as a
from contracts.messages import counters as c
from contracts.messages.common import CounterStatus
from contracts.messages.office_day import ConfirmDay
from contracts.messages.tickets import CancelTicket, IssueTicket
from queue_server.domain import events as ev
from queue_server.domain.apply import apply
from queue_server.domain.clock import local
from queue_server.domain.leases import live_blocks
from queue_server.domain.model import OfficeState, Ticket
from queue_server.domain.policies import POLICIES
from queue_server.domain.replay import play_again
from queue_server.domain.routing import next_for, waiting_for
from queue_server.domain.slots import bookable
from tests.support.domain_day import EPOCH, ID, DomainDay, picture
from tests.support.offices import MIN, fresh_state

COUNTER, SERVICE, KIOSK = st.integers(1, 3), st.sampled_from("AC"), st.sampled_from(["mqtt:kiosk-1", "mqtt:kiosk-2"])
MINUTES = st.floats(0, 5)
PRIORITY = st.sampled_from(["normal", "normal", "elderly", "disabled"])
WITH_ONE = (c.Recall, c.Start, c.NoShow, c.Hold, c.Requeue)
WITHOUT = (c.OpenCounter, c.OpenCounter, c.CloseCounter, c.PauseCounter, c.UndoNoShow, c.Help)
ANY = st.integers(0, 30)


class QueueMachine(RuleBasedStateMachine):
    """Some days of random acts under one policy."""

    policy = "head_start"

    def __init__(self) -> None:
        super().__init__()
        self.day = DomainDay(self.policy)
        for service in "AACCAC":
            self.day.act(IssueTicket(id=ID, service=service))
        for n in (1, 3):
            self.day.act(c.CallNext(id=ID, counter=n))

    @property
    def state(self) -> OfficeState:
        return self.day.state

    # ---- citizens ----

    @rule(service=SERVICE, priority=PRIORITY, minutes=MINUTES)
    def issue(self, service: str, priority: str, minutes: float) -> None:
        self.day.act(IssueTicket(id=ID, service=service, priority=priority), minutes)

    @rule(which=ANY)
    def give_back(self, which: int) -> None:
        if len(self.state.tickets):
            tickets = list(self.state.tickets.values())
            self.day.act(CancelTicket(id=ID, token=tickets[which % len(tickets)].token))

    @rule(service=SERVICE, which=ANY, person=st.sampled_from(["anh", "chi", "em"]), ahead=st.integers(0, 1))
    def book(self, service: str, which: int, person: str, ahead: int) -> None:
        day, of = self.day, self.day.office
        date = local(day.now_ms + ahead * 24 * 3_600_000, of.office.timezone).date().isoformat()
        row = of.service_by_code(service)
        assert row is not None
        slots = bookable(self.state, of, row, date, day.now_ms)[:4]
        if slots:
            start = slots[which % len(slots)].clock
            for event in day.act(a.BookAppointment(id=ID, service=service, date=date, start=start, person=person)):
                assert isinstance(event, ev.AppointmentBooked)
                self.state.persons = {**self.state.persons, event.appointment: person}

    @rule(which=ANY, kind=st.sampled_from([a.CheckIn, a.CheckIn, a.CancelAppointment]), minutes=MINUTES)
    def appointment(self, which: int, kind: type, minutes: float) -> None:
        booked = list(self.state.appointments.values())
        if booked:
            self.day.act(kind(id=ID, token=booked[which % len(booked)].token), minutes)

    @rule(which=ANY, minutes=st.integers(-5, 5))
    def comes_to_the_slot(self, which: int, minutes: int) -> None:
        booked = [x for x in self.state.appointments.values() if x.day == self.state.day]
        if booked:
            found = booked[which % len(booked)]
            self.day.pass_time(max(0, (found.start_ms - self.day.now_ms) / MIN + minutes))
            self.day.act(a.CheckIn(id=ID, token=found.token))

    # ---- clerks ----

    @rule(n=COUNTER, minutes=MINUTES)
    def call(self, n: int, minutes: float) -> None:
        self.day.act(c.CallNext(id=ID, counter=n), minutes)

    @rule(kind=st.sampled_from([*WITH_ONE, *WITHOUT]), n=COUNTER, minutes=MINUTES)
    def simple(self, kind: type, n: int, minutes: float) -> None:
        self.day.act(kind(id=ID, counter=n), minutes)

    @rule(kinds=st.lists(st.sampled_from(WITH_ONE), min_size=1, max_size=3), which=ANY, minutes=MINUTES)
    def serve(self, kinds: list[type], which: int, minutes: float) -> None:
        """At a counter that has somebody, or could: most acts need one."""
        busy = [n for n, counter in self.state.counters.items() if counter.ticket_id] or list(self.state.counters)
        n = busy[which % len(busy)]
        if self.state.current(n) is None:
            self.day.act(c.CallNext(id=ID, counter=n))
        for kind in kinds:
            self.day.act(kind(id=ID, counter=n), minutes)

    @rule(n=COUNTER, which=ANY)
    def put_aside(self, n: int, which: int) -> None:
        """Held here, and taken up again or not."""
        self.day.act(c.CallNext(id=ID, counter=n))
        self.day.act(c.Hold(id=ID, counter=n))
        if which % 2:
            self.resume(which)

    @rule(which=ANY)
    def resume(self, which: int) -> None:
        held = [self.state.tickets[i] for i in self.state.held]
        if held:
            ticket = held[which % len(held)]
            self.day.act(c.Resume(id=ID, counter=ticket.counter or 0, number=ticket.number))

    @rule(n=COUNTER, next_service=st.sampled_from([None, "A", "C"]), result=st.sampled_from([None, "done", "bad"]))
    def finish(self, n: int, next_service: str | None, result: str | None) -> None:
        self.day.act(c.Finish(id=ID, counter=n, next_service=next_service, result=result))

    @rule(n=COUNTER, service=st.sampled_from([None, "A", "C"]), to=st.sampled_from([None, 1, 2, 3]))
    def transfer(self, n: int, service: str | None, to: int | None) -> None:
        self.day.act(c.Transfer(id=ID, counter=n, to_service=service, to_counter=to))

    @rule(n=COUNTER, which=ANY, kind=st.sampled_from([c.CallNumber, c.Resume]))
    def by_number(self, n: int, which: int, kind: type) -> None:
        numbers = list(self.state.by_number) or ["A001"]
        self.day.act(kind(id=ID, counter=n, number=numbers[which % len(numbers)]))

    @rule(n=COUNTER, which=ANY)
    def lent_number(self, n: int, which: int) -> None:
        blocks = [b for b in self.state.blocks.values() if b.day == self.state.day]
        if blocks:
            block = blocks[which % len(blocks)]
            serial = block.first + which % (block.last - block.first + 1)
            self.day.act(c.CallNumber(id=ID, counter=n, number=f"{block.service}{serial:03d}"))

    @rule(service=SERVICE, kind=st.sampled_from([c.CloseService, c.OpenService]))
    def doors(self, service: str, kind: type) -> None:
        self.day.act(kind(id=ID, service=service))

    # ---- kiosks and time ----

    @rule(kiosk=KIOSK)
    def lease(self, kiosk: str) -> None:
        self.day.lease(kiosk)

    @rule(kiosk=KIOSK, service=SERVICE, minutes=MINUTES, reply_lost=st.booleans())
    def cut_off(self, kiosk: str, service: str, minutes: float, reply_lost: bool) -> None:
        """The kiosk prints a number of its own, perhaps though the server heard the touch."""
        touch = self.day.touch()
        if not live_blocks(self.state, kiosk, EPOCH):
            self.day.lease(kiosk)
        if reply_lost:
            for event in self.day.act(IssueTicket(id=touch, service=service), minutes):
                assert isinstance(event, ev.TicketIssued)
                self.day.given[touch] = event.ticket
        self.day.print_one(kiosk, service, touch)

    @rule(
        kiosk=KIOSK, lost=st.lists(st.booleans(), min_size=1, max_size=3), night=st.integers(0, 3), twice=st.booleans()
    )
    def away_and_back(self, kiosk: str, lost: list[bool], night: int, twice: bool) -> None:
        """Some touches without the server, perhaps a night, and the hand-over, perhaps with its reply lost once."""
        for reply_lost in lost:
            self.cut_off(kiosk, "A", 1, reply_lost)
        if night == 1:
            self.day.midnight()
        for confirmed in (False, True) if twice else (True,):
            self.day.hand_over(kiosk, confirmed=confirmed)

    @rule(kiosk=KIOSK, n=COUNTER, minutes=MINUTES, then=st.sampled_from([c.Finish, c.NoShow, c.Hold, c.Start]))
    def called_while_away(self, kiosk: str, n: int, minutes: float, then: type) -> None:
        """A clerk calls a number off a paper that the server does not know yet, and the kiosk tells of it later."""
        self.cut_off(kiosk, "A", minutes, False)
        for paper in self.day.spools.get(kiosk, [])[-1:]:
            self.day.act(c.CallNumber(id=ID, counter=n, number=paper.number))
            self.day.act(then(id=ID, counter=n))

    @rule(kiosk=KIOSK, confirmed=st.booleans())
    def hand_over(self, kiosk: str, confirmed: bool) -> None:
        self.day.hand_over(kiosk, confirmed=confirmed)

    @rule(minutes=st.floats(0, 30))
    def time_passes(self, minutes: float) -> None:
        self.day.pass_time(minutes)

    @rule(really=st.integers(0, 2))
    def midnight(self, really: int) -> None:
        if not really:
            self.day.midnight()
        self.day.act(ConfirmDay(id=ID, day=self.state.day))

    # ---- promises ----

    @invariant()
    def the_books_are_right(self) -> None:
        self.day.check()

    @invariant()
    def the_count_of_waiting_is_what_may_be_called(self) -> None:
        state, of, waiting = self.state, self.day.office, self.day.waiting()
        for counter in of.counter:
            mine = [t for t in waiting if t.only_counter == counter.n or self.free_for(t, counter.skills)]
            assert waiting_for(state, of, counter.n) == len(mine)
            found = next_for(state, of, counter.n, self.day.now_ms)
            assert found in mine if mine else found is None

    def free_for(self, ticket: Ticket, skills: dict[str, int]) -> bool:
        """By the rule's own words, not by its code."""
        only = ticket.only_counter
        closed = only is not None and self.state.counters[only].status is CounterStatus.CLOSED
        return ticket.service in skills and (only is None or closed)

    @invariant()
    def nobody_waits_whom_no_counter_may_call(self) -> None:
        found = [next_for(self.state, self.day.office, n, self.day.now_ms) for n in self.state.counters]
        assert any(found) == any(self.state.lanes.values())

    def teardown(self) -> None:
        """The log tells the whole story, and its last day what no table keeps."""
        log, again = self.day.log, fresh_state(self.day.office)
        for event in log:
            apply(again, event)
        again.persons = self.state.persons
        assert picture(again) == picture(self.state)
        starts = [i for i, event in enumerate(log) if isinstance(event, ev.DayStarted)]
        today: list[Any] = log[starts[-1] :] if starts else [ev.DayStarted(at_ms=0, day=self.state.day), *log]
        played = play_again(today, self.state.blocks, self.state.appointments)
        for name in ("calls", "passed", "passed_most", "turns", "idle_ms", "lanes", "directed", "taken", "serials"):
            assert getattr(played, name) == getattr(self.state, name), name
        assert list(played.held) == list(self.state.held)


@pytest.mark.parametrize("policy", POLICIES)
def test_the_queue_keeps_its_promises(policy: str) -> None:
    machine = type(f"Queue_{policy}", (QueueMachine,), {"policy": policy})
    run_state_machine_as_test(machine, settings=settings(max_examples=30, stateful_step_count=50, deadline=None))
