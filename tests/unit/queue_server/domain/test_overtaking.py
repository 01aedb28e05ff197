"""Property: whatever the policy and whatever happens, nobody is passed over more often than the office allows.

Passed over, in words: a counter called somebody who came later, though it could have called me: I wait for one of its
services, nobody sent me to another (open) counter, and my service did not stand behind the called one by its levels.
The machine counts that by its own code, not by the product's.
"""

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from contracts.errors import Rejected
from contracts.messages import counters as c
from contracts.messages.common import CounterStatus, TicketState
from contracts.messages.tickets import IssueTicket
from contracts.settings import Office
from queue_server.domain import events as ev
from queue_server.domain.apply import apply
from queue_server.domain.model import OfficeState, Ticket
from queue_server.domain.policies import POLICIES
from queue_server.domain.routing import everybody, head_ms, lineup, next_for, position
from tests.support.offices import MIN, Desk, fresh_state, office

ID = "command-0001"
MAX = 3
COUNTER = st.integers(1, 3)
SIMPLE = st.sampled_from([c.Start, c.Finish, c.NoShow, c.Hold, c.Requeue, c.OpenCounter, c.OpenCounter,
                          c.CloseCounter, c.PauseCounter])  # fmt: skip


def classed(policy: str, **more: Any) -> Office:
    """Two classes, three counters: 1 does A, 2 does C and helps with A, 3 does both."""
    return office(
        queue={"policy": policy, "overtaken_max": MAX},
        counter=[
            {"n": 1, "name": {"vi": "1"}, "skills": {"A": 1}},
            {"n": 2, "name": {"vi": "2"}, "skills": {"C": 1, "A": 2}},
            {"n": 3, "name": {"vi": "3"}, "skills": {"A": 1, "C": 1}},
        ],
        priority=[
            {"code": "elderly", "name": {"vi": "x"}, "head_start_min": 10, "rank": 1, "ratio": 1, "rate": 2},
            {"code": "disabled", "name": {"vi": "y"}, "head_start_min": 15, "rank": 2, "ratio": 2, "rate": 3.5},
        ],
        **more,
    )


def key(ticket: Ticket) -> tuple[int, str]:
    return ticket.order_ms, ticket.number


class Overtaking(RuleBasedStateMachine):
    """A day of random acts under one policy."""

    policy = "head_start"

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(classed(self.policy))
        self.passed: dict[str, int] = {}
        for service in "AACC":
            self.desk.do(IssueTicket(id=ID, service=service))

    @property
    def state(self) -> OfficeState:
        return self.desk.state

    def waiting(self) -> dict[str, Ticket]:
        return {i: t for i, t in self.state.tickets.items() if t.state is TicketState.WAITING}

    def level(self, ticket: Ticket, n: int) -> int | None:
        """By the rule's own words; None: counter `n` may not call it."""
        if ticket.only_counter == n:
            return 0
        there = self.state.counters.get(ticket.only_counter or 0)
        skill = next(row for row in self.desk.office.counter if row.n == n).skills.get(ticket.service)
        if (there is not None and there.status is not CounterStatus.CLOSED) or skill is None:
            return None
        return 0 if skill == 1 or self.as_own(ticket.service) else skill

    def as_own(self, service: str) -> bool:
        at_home = [row.n for row in self.desk.office.counter if row.skills.get(service) == 1]
        target_min = next(row.target_min for row in self.desk.office.service if row.code == service)
        late = any(
            self.desk.now_ms - t.order_ms > target_min * MIN for t in self.waiting().values() if t.service == service
        )
        return late or all(self.state.counters[n].status is not CounterStatus.OPEN for n in at_home)

    def act(self, command: Any, minutes: float = 0) -> list[Any]:
        try:
            events = self.desk.do(command, minutes)
        except Rejected:
            events = []
        left = self.waiting()
        self.passed = {i: times for i, times in self.passed.items() if i in left}
        return events

    def arrive(self, service: str, priority: str, place_ms: int) -> None:
        """A ticket whose place is not the present: leased, by appointment, at the head."""
        fresh = self.desk.fresh
        serial = self.state.serials.get(service, 0) + 1
        event = ev.TicketIssued(
            at_ms=self.desk.now_ms, ticket=fresh.uuid(), number=f"{service}{serial:03d}", service=service,
            priority=priority, lang="vi", token=fresh.token(), serial=serial, order_ms=place_ms,
        )  # fmt: skip
        apply(self.state, event)
        self.desk.log.append(event)

    @rule(
        service=st.sampled_from("AC"),
        priority=st.sampled_from(["normal", "elderly", "disabled"]),
        minutes=st.floats(0, 5),
    )
    def issue(self, service: str, priority: str, minutes: float) -> None:
        self.act(IssueTicket(id=ID, service=service, priority=priority), minutes)

    @rule(service=st.sampled_from("AC"), priority=st.sampled_from(["normal", "elderly"]), minutes=st.integers(-90, 30))
    def other_place(self, service: str, priority: str, minutes: int) -> None:
        self.arrive(service, priority, self.desk.now_ms + minutes * MIN)

    @rule(service=st.sampled_from("AC"))
    def at_the_head(self, service: str) -> None:
        self.arrive(service, "normal", head_ms(self.desk.now_ms))

    @rule(n=COUNTER, minutes=st.floats(0, 5))
    def call(self, n: int, minutes: float) -> None:
        self.desk.now_ms += round(minutes * MIN)
        before = {i: (t, self.level(t, n)) for i, t in self.waiting().items()}
        if self.state.counters[n].status is not CounterStatus.OPEN:
            return
        called = [e.ticket for e in self.act(c.CallNext(id=ID, counter=n)) if isinstance(e, ev.TicketCalled)]
        assert bool(called) == any(level is not None for _, level in before.values())
        for ticket_id in called:
            taken, best = before[ticket_id]
            assert best is not None
            for i, (ticket, level) in before.items():
                if level is not None and level <= best and key(ticket) < key(taken):
                    self.passed[i] = self.passed.get(i, 0) + 1
                    assert self.passed[i] <= MAX, f"{ticket.number} is passed over once more, by {taken.number}"

    @rule(kind=SIMPLE, n=COUNTER, minutes=st.floats(0, 3))
    def simple(self, kind: Any, n: int, minutes: float) -> None:
        self.act(kind(id=ID, counter=n), minutes)

    @rule(n=COUNTER, to=st.sampled_from("AC"))
    def transfer(self, n: int, to: str) -> None:
        self.act(c.Transfer(id=ID, counter=n, to_service=to))

    @rule(n=COUNTER, to=COUNTER)
    def direct(self, n: int, to: int) -> None:
        self.act(c.Transfer(id=ID, counter=n, to_counter=to))

    @rule(n=COUNTER, serial=st.integers(1, 9), prefix=st.sampled_from("AC"), resume=st.booleans())
    def by_number(self, n: int, serial: int, prefix: str, resume: bool) -> None:
        self.act((c.Resume if resume else c.CallNumber)(id=ID, counter=n, number=f"{prefix}{serial:03d}"))

    @invariant()
    def the_list_begins_with_whom_the_button_would_call(self) -> None:
        now_ms = self.desk.now_ms
        for n in self.state.counters:
            line = list(lineup(self.state, self.desk.office, n, now_ms))
            assert next(iter(line), None) == next_for(self.state, self.desk.office, n, now_ms)
            assert len(line) == len({t.id for t in line})
            assert {t.id for t in line} == {i for i, t in self.waiting().items() if self.level(t, n) is not None}

    @invariant()
    def ahead_is_the_place_in_the_line(self) -> None:
        line = list(everybody(self.state, self.desk.office, self.desk.now_ms))
        assert {t.id for t in line} == set(self.waiting())
        if self.policy == "interleaved":  # its memory goes over services
            return
        for service in "AC":
            mine = [t for t in line if t.service == service]
            places = [position(self.state, self.desk.office, t, self.desk.now_ms) for t in mine]
            assert places == list(range(len(mine)))

    def teardown(self) -> None:
        again = fresh_state(self.desk.office)
        for event in self.desk.log:
            apply(again, event)
        assert again == self.state


@pytest.mark.parametrize("policy", POLICIES)
def test_nobody_is_passed_over_more_often_than_allowed(policy: str) -> None:
    machine = type(f"Overtaking_{policy}", (Overtaking,), {"policy": policy})
    run_state_machine_as_test(machine, settings=settings(max_examples=60, stateful_step_count=50, deadline=None))
