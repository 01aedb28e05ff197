"""A day of random acts on the domain alone, with a second reckoning of what its state keeps. For property tests."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from contracts.errors import Rejected
from contracts.ids import parse_ticket_number
from contracts.messages.common import CounterStatus, TicketState
from contracts.messages.leases import HandOver, LeaseBlocks, OfflineTicket
from contracts.settings import Office
from queue_server.domain import events as ev
from queue_server.domain.apply import apply
from queue_server.domain.decide import day_change, decide
from queue_server.domain.hand_over import hand_over, taken_times
from queue_server.domain.leases import live_blocks
from queue_server.domain.model import LIVE, OfficeState, Ticket
from queue_server.domain.timers import due
from tests.support.offices import MIN, T0, Counted, fresh_state, office

ID, EPOCH = "command-0001", "epoch-0001"
DAY_MIN = 24 * 60
HOURS = ["07:00-22:00"]


def whole_office(policy: str) -> Office:
    """Two services with slots, three counters of which one calls by itself, classes, results, lent numbers."""
    return office(
        queue={
            "policy": policy, "overtaken_max": 4, "lease_numbers": 4, "auto_call_s": 30, "alert_min": 5,
        },
        hours={"mon_fri": HOURS, "sat": HOURS, "sun": HOURS},
        service=[
            {"code": "A", "name": {"vi": "A"}, "target_min": 30, "slot_capacity": 2, "quota": 12},
            {"code": "C", "name": {"vi": "C"}, "target_min": 20, "slot_capacity": 1},
        ],
        counter=[
            {"n": 1, "name": {"vi": "1"}, "skills": {"A": 1}},
            {"n": 2, "name": {"vi": "2"}, "skills": {"C": 1, "A": 2}, "auto_call": True},
            {"n": 3, "name": {"vi": "3"}, "skills": {"C": 1, "A": 1}},
        ],
        priority=[
            {"code": "elderly", "name": {"vi": "x"}, "head_start_min": 10, "rank": 1, "ratio": 1, "rate": 2},
            {"code": "disabled", "name": {"vi": "y"}, "head_start_min": 15, "rank": 2, "ratio": 2, "rate": 3.5},
        ],
        result=[{"code": "done", "name": {"vi": "Xong"}}],
    )  # fmt: skip


def picture(state: OfficeState) -> str:
    """All of a state, as text that nothing changes afterwards."""
    return repr([getattr(state, name) for name in OfficeState.__slots__ if name != "own_lanes"])


class DomainDay:
    """Decide, look that nothing moved, apply, and keep the books a second time."""

    def __init__(self, policy: str) -> None:
        self.office = whole_office(policy)
        self.state = fresh_state(self.office)
        self.now_ms, self.fresh = T0, Counted()
        self.log: list[ev.AnyEvent] = []
        self.passed: dict[str, int] = {}  # by our own count
        self.touches = 0
        self.given: dict[str, str] = {}  # touch → ticket that it gave, online or by a hand-over
        self.spools: dict[str, list[OfflineTicket]] = {}
        self.used: dict[str, int] = {}  # block → last serial printed

    def act(self, command: Any, minutes: float = 0, actor: str = "") -> list[ev.AnyEvent]:
        """The events of a command; [] when it is refused."""
        self.now_ms += round(minutes * MIN)
        before = picture(self.state)
        try:
            events = decide(self.state, self.office, command, self.now_ms, self.fresh, actor)
        except Rejected:
            events = []
        assert picture(self.state) == before, "deciding changed the state"
        self.play(events)
        return events

    def play(self, events: Sequence[ev.AnyEvent]) -> None:
        """As the unit of work: on a fork, which takes the place of the state it came from. Or the other way round."""
        old, before = self.state, picture(self.state)
        self.state = old.fork()
        if len(self.log) % 2:
            old, self.state = self.state, old
        assert picture(self.state) == before
        for event in events:
            if isinstance(event, ev.TicketCalled):
                self._pass_over(event)
            apply(self.state, event)
            self.log.append(event)
            self.passed = {i: n for i, n in self.passed.items() if self._stands_as(old, i)}
        assert picture(old) == before, "the fork changed what it came from"

    def _stands_as(self, old: OfficeState, ticket_id: str) -> bool:
        now, was = self.state.tickets.get(ticket_id), old.tickets.get(ticket_id)
        if now is None or was is None or now.state is not TicketState.WAITING:
            return False
        return place(now) == place(was)

    def _pass_over(self, event: ev.TicketCalled) -> None:
        called = self.state.tickets[event.ticket]
        if called.state is not TicketState.WAITING:
            return
        for ticket in self.waiting():
            sent_here = ticket.only_counter == event.counter
            if (ticket.service in event.among or sent_here) and key(ticket) < key(called):
                self.passed[ticket.id] = self.passed.get(ticket.id, 0) + 1

    def waiting(self) -> list[Ticket]:
        """Who waits."""
        return [t for t in self.state.tickets.values() if t.state is TicketState.WAITING]

    # ---- time ----

    def pass_time(self, minutes: float) -> None:
        """What is due by itself, until nothing is."""
        self.now_ms += round(minutes * MIN)
        for _ in range(20):
            before = picture(self.state)
            events = due(self.state, self.office, self.now_ms, self.fresh)
            assert picture(self.state) == before
            if not events:
                return
            self.play(events)
        raise AssertionError("something is due for ever")

    def midnight(self) -> None:
        """A night later."""
        self.now_ms += DAY_MIN * MIN
        live = sum(t.state in LIVE for t in self.state.tickets.values())
        events = day_change(self.state, self.office, self.now_ms)
        self.play(events)
        assert sum(isinstance(e, ev.TicketExpired) for e in events) == live
        assert day_change(self.state, self.office, self.now_ms) == []

    # ---- kiosks ----

    def lease(self, kiosk: str) -> None:
        """A kiosk says how far it is, and asks for numbers."""
        spent = {b.id: self.used[b.id] for b in live_blocks(self.state, kiosk, EPOCH) if b.id in self.used}
        self.act(LeaseBlocks(id=ID, epoch=EPOCH, spent=spent), actor=kiosk)

    def touch(self) -> str:
        """A new command id."""
        self.touches += 1
        return f"touch-{self.touches:06d}"

    def print_one(self, kiosk: str, service: str, touch: str) -> None:
        """The next number of a block of today, if one is left."""
        for block in live_blocks(self.state, kiosk, EPOCH):
            serial = max(self.used.get(block.id, 0) + 1, block.first)
            if (block.service, block.day) == (service, self.state.day) and serial <= block.last:
                self.used[block.id] = serial
                paper = OfflineTicket(id=touch, block=block.id, number=f"{service}{serial:03d}", taken_ms=self.now_ms)
                self.spools.setdefault(kiosk, []).append(paper)
                return

    def hand_over(self, kiosk: str, *, confirmed: bool) -> None:
        """All of its spool; a lost reply leaves it there, to be said again."""
        spool = self.spools.get(kiosk, [])
        if not spool:
            return
        command = HandOver(id=ID, epoch=EPOCH, tickets=tuple(spool[:20]))
        places = taken_times(self.state, self.office, kiosk, command, self.now_ms)
        for paper, place_ms in zip(command.tickets, places, strict=True):
            known = self.given.get(paper.id)
            before = picture(self.state)
            events = hand_over(self.state, self.office, kiosk, paper, known, place_ms, self.now_ms, self.fresh)
            assert picture(self.state) == before
            self.play(events)
            for event in events:
                if isinstance(event, ev.TicketHandedOver | ev.TicketMerged):
                    self.given[paper.id] = event.ticket
                elif isinstance(event, ev.LateTicketRecorded):
                    self.given[paper.id] = event.late
        if confirmed:
            del spool[:20]

    # ---- the second reckoning ----

    def check(self) -> None:
        """Every count and index of the state, from its tickets alone."""
        state, waiting = self.state, self.waiting()
        lanes: dict[tuple[str, str], list[tuple[int, str, str]]] = {}
        for ticket in sorted(waiting, key=key):
            lanes.setdefault((ticket.service, ticket.priority), []).append(key(ticket))
        assert state.lanes == lanes
        waits = Counter(t.service for t in waiting)
        assert {code: n for code, n in state.waits.items() if n} == waits
        assert state.directed == {t.id: t.only_counter for t in waiting if t.only_counter is not None}
        assert {cls for _, cls in lanes} <= set(state.classes)
        assert state.passed == self.passed
        assert state.passed_most >= max(self.passed.values(), default=0)
        self._check_numbers()
        self._check_counters()

    def _check_numbers(self) -> None:
        state = self.state
        counting = [t for t in state.tickets.values() if t.state not in (TicketState.CANCELLED, TicketState.VOID)]
        taken = Counter(parse_ticket_number(t.number)[0] for t in counting)
        assert {prefix: n for prefix, n in state.taken.items() if n} == taken
        assert dict(state.by_number) == {t.number: t.id for t in state.tickets.values()}
        assert dict(state.by_token) == {t.token: t.id for t in state.tickets.values()}
        assert len(state.by_number) == len(state.tickets)
        serials: dict[str, int] = {}
        for ticket in state.tickets.values():
            prefix, serial = parse_ticket_number(ticket.number)
            lent = any(b.service == prefix and b.day == state.day and b.has(serial) for b in state.blocks.values())
            assert lent == ticket.offline, "a number came from where it may not"
            if not ticket.offline:
                serials[prefix] = max(serials.get(prefix, 0), serial)
        assert state.serials == serials

    def _check_counters(self) -> None:
        state = self.state
        at = {n: x.ticket_id for n, x in state.counters.items() if x.ticket_id}
        here = (TicketState.CALLED, TicketState.SERVING)
        assert at == {t.counter: t.id for t in state.tickets.values() if t.state in here}
        assert len(set(at.values())) == len(at)
        assert set(state.held) == {t.id for t in state.tickets.values() if t.state is TicketState.HELD}
        assert all(state.counters[n].status is not CounterStatus.CLOSED for n in at)
        assert len({call.call_id for call in state.calls}) == len(state.calls)
        for appointment in state.appointments.values():
            assert appointment.day >= state.day
            if appointment.ticket is not None:
                assert appointment.ticket in state.tickets
        assert set(state.persons) <= set(state.appointments)


def key(ticket: Ticket) -> tuple[int, str, str]:
    """Its place."""
    return ticket.order_ms, ticket.number, ticket.id


def place(ticket: Ticket) -> tuple[Any, ...]:
    """Where and as what it stands."""
    return key(ticket), ticket.service, ticket.priority, ticket.only_counter
