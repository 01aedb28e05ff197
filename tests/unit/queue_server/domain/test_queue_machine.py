"""Property: whatever clerks and citizens do, in whatever order, the queue keeps its promises (hypothesis)."""

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contracts.errors import Rejected
from contracts.messages import counters as c
from contracts.messages.common import CounterStatus, TicketState
from contracts.messages.tickets import IssueTicket
from queue_server.domain.apply import apply
from queue_server.domain.model import AT_COUNTER, Ticket
from queue_server.domain.routing import next_for, waiting_for
from tests.support.offices import Desk, fresh_state

ID = "command-0001"
COUNTER = st.integers(1, 3)
SIMPLE = st.sampled_from([c.Recall, c.Start, c.Finish, c.NoShow, c.UndoNoShow, c.Hold, c.Requeue,
                          c.OpenCounter, c.CloseCounter, c.PauseCounter])  # fmt: skip


class QueueMachine(RuleBasedStateMachine):
    """A day of random acts."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        for service in "AACC":
            self.desk.do(IssueTicket(id=ID, service=service))

    def act(self, command: object, minutes: float) -> None:
        before = self.desk.state.fork()
        try:
            self.desk.do(command, minutes)
        except Rejected:
            assert self.desk.state == before, "a rejection changed something"

    @rule(service=st.sampled_from("AC"), priority=st.sampled_from(["normal", "elderly"]), minutes=st.floats(0, 5))
    def issue(self, service: str, priority: str, minutes: float) -> None:
        self.act(IssueTicket(id=ID, service=service, priority=priority), minutes)

    @rule(n=COUNTER, minutes=st.floats(0, 5))
    def call(self, n: int, minutes: float) -> None:
        self.act(c.CallNext(id=ID, counter=n), minutes)

    @rule(kind=SIMPLE, n=COUNTER, minutes=st.floats(0, 5))
    def simple(self, kind: type, n: int, minutes: float) -> None:
        self.act(kind(id=ID, counter=n), minutes)

    @rule(n=COUNTER, to=st.sampled_from("AC"))
    def transfer(self, n: int, to: str) -> None:
        self.act(c.Transfer(id=ID, counter=n, to_service=to), 0)

    @rule(n=COUNTER, to=COUNTER)
    def direct(self, n: int, to: int) -> None:
        self.act(c.Transfer(id=ID, counter=n, to_counter=to), 0)

    @rule(n=COUNTER, serial=st.integers(1, 9), prefix=st.sampled_from("AC"), resume=st.booleans())
    def by_number(self, n: int, serial: int, prefix: str, resume: bool) -> None:
        kind = c.Resume if resume else c.CallNumber
        self.act(kind(id=ID, counter=n, number=f"{prefix}{serial:03d}"), 0)

    @invariant()
    def every_ticket_is_in_one_place(self) -> None:
        state = self.desk.state
        waiting = [key[2] for lane in state.lanes.values() for key in lane]
        assert len(waiting) == len(set(waiting))
        assert set(waiting) == {t.id for t in state.tickets.values() if t.state is TicketState.WAITING}
        assert set(state.held) == {t.id for t in state.tickets.values() if t.state is TicketState.HELD}
        at = {x.ticket_id: x.n for x in state.counters.values() if x.ticket_id}
        assert at == {t.id: t.counter for t in state.tickets.values() if t.state in AT_COUNTER}

    @invariant()
    def the_count_of_waiting_is_what_may_be_called(self) -> None:
        state, of = self.desk.state, self.desk.office
        waiting = [t for t in state.tickets.values() if t.state is TicketState.WAITING]
        assert state.directed == {t.id: t.only_counter for t in waiting if t.only_counter is not None}
        for counter in of.counter:
            mine = [t for t in waiting if t.only_counter == counter.n or self.free_for(t, counter.skills)]
            assert waiting_for(state, of, counter.n) == len(mine)
            assert (
                (next_for(state, of, counter.n, self.desk.now_ms) in mine)
                if mine
                else next_for(state, of, counter.n, self.desk.now_ms) is None
            )

    def free_for(self, ticket: Ticket, skills: dict[str, int]) -> bool:
        """By the rule's own words, not by its code."""
        only = ticket.only_counter
        closed = only is not None and self.desk.state.counters[only].status is CounterStatus.CLOSED
        return ticket.service in skills and (only is None or closed)

    @invariant()
    def nobody_waits_whom_no_counter_may_call(self) -> None:
        state, of = self.desk.state, self.desk.office
        callable_ = {t.id for n in state.counters if (t := next_for(state, of, n, self.desk.now_ms)) is not None}
        assert bool(callable_) == any(state.lanes.values())

    @invariant()
    def numbers_are_unique_and_lanes_sorted(self) -> None:
        state = self.desk.state
        assert len({t.number for t in state.tickets.values()}) == len(state.tickets)
        assert all(lane == sorted(lane) for lane in state.lanes.values())

    @invariant()
    def a_ticket_is_not_called_twice_without_leaving_its_counter(self) -> None:
        assert len({call.call_id for call in self.desk.state.calls}) == len(self.desk.state.calls)

    def teardown(self) -> None:
        again = fresh_state(self.desk.office)
        for event in self.desk.log:
            apply(again, event)
        assert again == self.desk.state


QueueMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestQueueMachine = QueueMachine.TestCase
