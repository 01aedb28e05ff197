"""Property: whatever is lost, late or said twice between kiosks and server, and whomever clerks call meanwhile: on
return every printed number is in the queue once, in order of issue, and nothing waits there that nobody holds."""

from collections import Counter
from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contracts.ids import parse_ticket_number
from contracts.messages import counters as c
from contracts.messages.common import TicketState
from contracts.messages.leases import HandOver
from contracts.messages.tickets import CancelTicket
from queue_server.domain import events as ev
from queue_server.domain.apply import apply
from queue_server.domain.hand_over import CLAIM_EARLY_MS_MAX
from queue_server.domain.leases import block_of
from queue_server.domain.model import OfficeState, late_key
from tests.support.kiosk_model import Fate, ModelKiosk, Paper
from tests.support.lending import DAY_MS, Server
from tests.support.offices import DAY, MIN, fresh_state, office

KIOSK = st.integers(0, 1)
COUNTER = st.integers(1, 3)
FATE = st.sampled_from([Fate.OK, Fate.OK, *Fate])
ACTS = st.sampled_from([c.CallNext, c.CallNext, c.Start, c.Finish, c.NoShow, c.UndoNoShow, c.Hold, c.Requeue])
CLERK = "http:clerk"
LAST_DAY = "2026-11-28"
"""Not so many days that a block is forgotten."""
SHIFT_MS_MAX = 100
"""Tickets of one instant are set apart by a millisecond each."""


class Watched(Server):
    """Looks at every batch as it goes by."""

    def __init__(self) -> None:
        super().__init__(office(queue={"lease_numbers": 6}))
        self.log: list[ev.AnyEvent] = []
        self.taken_over: Counter[tuple[str, str]] = Counter()  # (day of the block, number)
        self.ready: set[str] = set()  # tickets that a clerk has put back to wait, or a hand-over
        self.queued: dict[tuple[str, str], str] = {}  # (business day, number) → ticket that a kiosk handed over
        self.moved: set[str] = set()  # it has the place of a twin, or went to the head
        self.newest_call_ms: dict[str, int] = {}
        self.claimed: set[tuple[str, str]] = set()
        self.taken_ms: dict[tuple[str, str], int] = {}  # (day of the block, number) → in truth
        self.skewed = False

    def ask(self, message: Any, actor: str = "") -> Any:
        before = self.state
        self.asked, self.asker = message, actor
        twins = {key: outcome.ticket for key, outcome in self.known.items()}
        result = super().ask(message, actor)
        self.log += self.events
        for event in self.events:
            self.saw(event, before)
        if isinstance(message, HandOver):
            self.heads(message, actor, twins, before)
        return result

    def saw(self, event: ev.AnyEvent, before: OfficeState) -> None:
        if isinstance(event, ev.TicketHandedOver):
            self.taken_over[self.state.blocks[event.block].day, event.number] += 1
            self.queued[self.state.day, event.number] = event.ticket
        elif isinstance(event, ev.LateTicketRecorded):
            self.taken_over[event.of_day, event.number] += 1
        elif isinstance(event, ev.TicketMerged):
            self.saw_merge(event)
        elif isinstance(event, ev.TicketClaimed):
            self.claimed.add((self.state.day, event.number))
        elif isinstance(event, ev.TicketVoided):
            self.moved.add(event.by)
        elif isinstance(event, ev.TicketRequeued | ev.TicketTransferred):
            self.ready.add(event.ticket)
        elif isinstance(event, ev.TicketCalled):
            self.saw_call(event, before)

    def saw_merge(self, event: ev.TicketMerged) -> None:
        number = self.state.tickets[event.ticket].number
        block = block_of(self.state, *parse_ticket_number(number), self.state.day)
        assert block is not None
        self.taken_over[block.day, number] += 1
        self.queued[self.state.day, number] = event.ticket
        if event.again:
            self.ready.add(event.ticket)
        if not self.skewed:  # the kiosk's time is good: then we know whether the call was for the holder
            late_ms = self.taken_ms[block.day, number] - self.newest_call_ms[event.ticket]
            assert event.again == (late_ms > CLAIM_EARLY_MS_MAX)

    def saw_call(self, event: ev.TicketCalled, before: OfficeState) -> None:
        known = before.tickets.get(event.ticket)
        called = known is not None and known.called_ms is not None
        if called and isinstance(self.asked, c.CallNext):
            assert event.ticket in self.ready, "called twice"
        self.ready.discard(event.ticket)
        self.newest_call_ms[event.ticket] = event.at_ms

    def heads(self, message: HandOver, actor: str, twins: dict[Any, str | None], before: OfficeState) -> None:
        for touch in message.tickets:
            twin = before.tickets.get(twins.get((actor, touch.id)) or "")
            ours = self.queued.get((self.state.day, touch.number))
            if twin is not None and ours is not None and twin.id != ours:
                self.moved.add(ours)

    def printed(self, paper: Paper) -> None:
        self.taken_ms[paper.day, paper.ticket.number] = paper.taken_ms

    @property
    def midnight_ms(self) -> int:
        """When today began."""
        return next(e.at_ms for e in reversed(self.log) if isinstance(e, ev.DayStarted)) if self.state.day != DAY else 0


class LeaseMachine(RuleBasedStateMachine):
    """Days of two kiosks and three counters."""

    def __init__(self) -> None:
        super().__init__()
        self.server = Watched()
        self.kiosks: list[ModelKiosk] = []
        self.old: list[ModelKiosk] = []
        for n in range(2):
            self.kiosks.append(self.made(n))
            self.kiosks[n].lease(Fate.OK)

    def made(self, n: int) -> ModelKiosk:
        kiosk = ModelKiosk(self.server, f"mqtt:kiosk-{n + 1}", self.server.id("epoch"), [])
        kiosk.on_print = self.server.printed
        return kiosk

    def all_kiosks(self) -> list[ModelKiosk]:
        return [*self.kiosks, *self.old]

    # ---- kiosks ----

    @rule(n=KIOSK, service=st.sampled_from("AC"), elderly=st.booleans(), fate=FATE, wrong=st.integers(0, 9))
    def touch(self, n: int, service: str, elderly: bool, fate: Fate, wrong: int) -> None:
        self.kiosks[n].touch(service, "elderly" if elderly else "normal", fate, wrong_day=wrong == 0)

    @rule(n=KIOSK, fate=FATE)
    def lease(self, n: int, fate: Fate) -> None:
        self.kiosks[n].lease(fate)

    @rule(n=KIOSK, fate=FATE, count=st.integers(1, 20))
    def hand_over(self, n: int, fate: Fate, count: int) -> None:
        self.kiosks[n].hand_over(fate, count)

    @rule(n=KIOSK)
    def a_late_touch_arrives(self, n: int) -> None:
        waiting = self.kiosks[n].late
        if waiting:
            self.server.ask(waiting.pop(0), self.kiosks[n].actor)

    @rule(n=KIOSK)
    def replaced(self, n: int) -> None:
        """Its spool is gone, for now: its late touches still are on the wire."""
        if len(self.old) < 3:
            self.old.append(self.kiosks[n])
            new = self.made(n)
            new.late = self.kiosks[n].late
            self.kiosks[n] = new

    @rule(n=KIOSK, skew_ms=st.sampled_from([0, -7 * 60 * MIN, -20_000, 20_000, 40 * MIN, DAY_MS * 400]))
    def its_clock_is_wrong(self, n: int, skew_ms: int) -> None:
        self.kiosks[n].skew_ms = skew_ms
        self.server.skewed = self.server.skewed or skew_ms != 0

    # ---- clerks and time ----

    @rule(kind=ACTS, n=COUNTER)
    def act(self, kind: type, n: int) -> None:
        self.server.ask(kind(id=self.server.id(), counter=n), CLERK)

    @rule(n=COUNTER, data=st.data())
    def call_a_lent_number(self, n: int, data: st.DataObject) -> None:
        if any(kiosk.blocks for kiosk in self.all_kiosks()):
            kiosk = data.draw(st.sampled_from([k for k in self.all_kiosks() if k.blocks]))
            block = data.draw(st.sampled_from(list(kiosk.blocks.values())))
            next_serial = max(kiosk.spent.get(block.id, 0) + 1, block.first)  # the holder of the one before is here
            serial = max(block.first, min(block.last, next_serial + data.draw(st.integers(-3, 1))))
            number = f"{block.service}{serial:03d}"
            self.server.ask(c.CallNumber(id=self.server.id(), counter=n, number=number), CLERK)

    @rule(n=COUNTER, to=st.sampled_from("AC"))
    def transfer(self, n: int, to: str) -> None:
        self.server.ask(c.Transfer(id=self.server.id(), counter=n, to_service=to), CLERK)

    @rule(data=st.data())
    def resume_or_cancel(self, data: st.DataObject) -> None:
        held = [self.server.state.tickets[i] for i in self.server.state.held]
        if not held:
            return
        ticket = data.draw(st.sampled_from(held))
        if data.draw(st.booleans()):
            self.server.ask(CancelTicket(id=self.server.id(), token=ticket.token), CLERK)
        elif ticket.counter is not None:
            resume = c.Resume(id=self.server.id(), counter=ticket.counter, number=ticket.number)
            self.server.ask(resume, CLERK)

    @rule(ms=st.integers(1, 12 * MIN))
    def time_passes(self, ms: int) -> None:
        self.server.now_ms += ms

    @rule(n=KIOSK, service=st.sampled_from("AC"), minutes=st.integers(0, 3))
    def a_clerk_calls_before_or_after_the_printing(self, n: int, service: str, minutes: int) -> None:
        """The next number of a kiosk is called, and printed so much later; or the last one."""
        kiosk = self.kiosks[n]
        block = next((b for b in kiosk.blocks.values() if (b.service, b.day) == (service, self.server.state.day)), None)
        if block is not None:
            serial = max(kiosk.spent.get(block.id, 0) + (minutes > 0), block.first)
            number = f"{service}{serial:03d}"
            self.server.ask(c.CallNumber(id=self.server.id(), counter=n + 1, number=number), CLERK)
            self.server.now_ms += minutes * MIN
            kiosk.touch(service, "normal", Fate.LOST)

    @rule(sure=st.integers(0, 7))
    def midnight(self, sure: int) -> None:
        if sure == 0 and self.server.state.day < LAST_DAY:
            self.server.now_ms += DAY_MS
            for kiosk in self.all_kiosks():
                kiosk.late.clear()  # a command lives a minute at most
            self.server.ask(c.OpenCounter(id=self.server.id(), counter=1), CLERK)

    # ---- promises ----

    @invariant()
    def no_number_twice(self) -> None:
        state = self.server.state
        assert len({t.number for t in state.tickets.values()}) == len(state.tickets)
        assert all(count == 1 for count in self.server.taken_over.values())
        every = [b for b in state.blocks.values() if b.day >= state.day]
        numbers = [(b.service, serial) for b in every for serial in range(b.first, b.last + 1)]
        assert len(numbers) == len(set(numbers))
        own = [t for t in state.tickets.values() if not t.offline]
        assert not {t.number for t in own} & {f"{letter}{serial:03d}" for letter, serial in numbers}

    @invariant()
    def the_quota_counts_what_is_out(self) -> None:
        state = self.server.state
        out = Counter(
            t.number[0] for t in state.tickets.values()
            if t.state not in (TicketState.VOID, TicketState.CANCELLED)
        )  # fmt: skip
        assert out == Counter(state.taken)

    def teardown(self) -> None:
        for kiosk in self.all_kiosks():
            kiosk.give_back()
            for command in kiosk.late:
                self.server.ask(command, kiosk.actor)
        state = self.server.state
        papers = [paper for kiosk in self.all_kiosks() for paper in kiosk.papers]
        for paper in papers:
            place = paper.day, paper.ticket.number  # of a claimed one whose day is over nothing more is written down
            assert self.server.taken_over[place] == 1 or (place in self.server.claimed and paper.day < state.day)
        self.nobody_is_lost(papers)
        self.no_ghosts(papers)
        for kiosk in self.all_kiosks():
            self.in_order_of_issue(kiosk)
        self.journal_gives_the_state(state)

    def nobody_is_lost(self, papers: list[Paper]) -> None:
        state = self.server.state
        for paper in papers:
            id_ = state.by_number.get(paper.ticket.number)
            days = {key[:10] for key in state.late if key.endswith(late_key("", paper.ticket.number))}
            here = id_ is not None and state.tickets[id_].offline and not state.tickets[id_].claimed
            assert here or days, paper
            if here and id_ is not None:
                assert state.tickets[id_].state is not TicketState.VOID

    def no_ghosts(self, papers: list[Paper]) -> None:
        state = self.server.state
        printed = {p.ticket.number for p in papers}
        online = {number for k in self.all_kiosks() for day, number in k.online.values() if day == state.day}
        touches = {
            self.server.known[k.actor, touch].ticket
            for k in self.all_kiosks() for touch in k.unprinted if (k.actor, touch) in self.server.known
        }  # fmt: skip
        for ticket in state.tickets.values():
            if ticket.offline:
                assert ticket.number in printed or ticket.claimed
            elif ticket.state is TicketState.VOID:
                assert ticket.number not in online
            elif ticket.number not in online and ticket.id not in touches:
                assert ticket.called_ms is not None, "a twin that nobody holds waits"

    def in_order_of_issue(self, kiosk: ModelKiosk) -> None:
        """Within a service and class, of one kiosk, whatever its clock; but for those who took the place of a twin."""
        state, places = self.server.state, dict[tuple[str, str], list[int]]()
        for paper in kiosk.papers:
            id_ = self.server.queued.get((state.day, paper.ticket.number))
            if id_ is None or id_ in self.server.moved or late_key(paper.day, paper.ticket.number) in state.late:
                continue
            ticket = state.tickets[id_]
            places.setdefault((ticket.number[0], ticket.priority), []).append(ticket.order_ms)
            if not self.server.skewed and paper.taken_ms >= self.server.midnight_ms:
                early_ms = paper.taken_ms - ticket.issued_ms
                assert -SHIFT_MS_MAX <= early_ms <= (SHIFT_MS_MAX if ticket.called_ms is None else CLAIM_EARLY_MS_MAX)
        for orders in places.values():
            assert orders == sorted(orders)

    def journal_gives_the_state(self, state: OfficeState) -> None:
        again = fresh_state(self.server.office, DAY)
        for event in self.server.log:
            apply(again, event)
        again.seq = state.seq
        assert again == state


LeaseMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLeaseMachine = LeaseMachine.TestCase
