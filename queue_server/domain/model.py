"""What a queue is made of: tickets, counters, the state of one business day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import msgspec

from contracts.messages.appointments import AppointmentState
from contracts.messages.board import Call
from contracts.messages.common import CounterStatus, TicketState
from queue_server.domain.layered import Layered

LIVE = frozenset({TicketState.WAITING, TicketState.CALLED, TicketState.SERVING, TicketState.HELD})
AT_COUNTER = frozenset({TicketState.CALLED, TicketState.SERVING})


BLOCK_DAYS_KEPT = 7
"""So long after its day a kiosk may still hand over what it printed from a block."""


def days_before(day: str, days: int) -> str:
    """ "2026-11-23" and 7 → "2026-11-16"; no day → no day."""
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat() if day else ""


def late_key(day: str, number: str) -> str:
    """How OfficeState.late names a ticket."""
    return f"{day}/{number}"


class Stage(msgspec.Struct, frozen=True):
    """One finished service of a visit, or one that ended by a transfer (issue: several services in one visit)."""

    service: str
    counter: int
    waiting_ms: int  # since when the visitor waited for it
    called_ms: int | None
    started_ms: int | None
    ended_ms: int
    result: str | None = None
    transferred: bool = False


class Ticket(msgspec.Struct, frozen=True, gc=False):  # made ten times as fast as a data class
    """One visit. `order_ms` is its place: first arrival, or the slot of its appointment; a transfer keeps it."""

    id: str
    number: str
    service: str
    priority: str
    lang: str
    token: str
    issued_ms: int
    order_ms: int
    state: TicketState = TicketState.WAITING
    procedure: str | None = None
    dossier: str | None = None
    called_ms: int | None = None  # first call of the visit
    started_ms: int | None = None
    ended_ms: int | None = None
    counter: int | None = None
    call_id: str | None = None
    repeat: int = 0
    result: str | None = None
    only_counter: int | None = None  # transferred to this counter
    past: tuple[Stage, ...] = ()  # stages of the visit that are over
    stage_ms: int | None = None  # since when it waits for the present stage; None: since it was issued
    stage_called_ms: int | None = None  # first call of the present stage
    offline: bool = False  # of a kiosk's block
    claimed: bool = False  # called by number before the kiosk handed it over: it knows only its number
    appointment: str | None = None  # id of its appointment
    alerted: bool = False  # the alert of its target wait is out

    def but(self, **changes: Any) -> "Ticket":
        """A copy with changes."""
        return msgspec.structs.replace(self, **changes)


@dataclass(frozen=True, slots=True)
class CounterState:
    """One counter now."""

    n: int
    status: CounterStatus
    since_ms: int = 0
    reason: str | None = None
    ticket_id: str | None = None  # called or being served
    missed_id: str | None = None  # the last no-show, for its undo
    call_id: str | None = None  # of the ticket called here last


@dataclass(frozen=True, slots=True)
class Block:
    """Numbers lent to a kiosk: only it gives them out, and only while we are away (design.md §4, Offline leases)."""

    id: str
    kiosk: str  # the actor it was granted to
    epoch: str  # of that kiosk's spool
    service: str
    day: str
    first: int
    last: int
    spent: int = 0  # the last serial the kiosk said it used; 0: none yet

    def has(self, serial: int) -> bool:
        """True when `serial` is one of them."""
        return self.first <= serial <= self.last


@dataclass(frozen=True, slots=True)
class Appointment:
    """A booked slot. Who booked it is personal and is kept elsewhere."""

    id: str
    token: str
    service: str
    day: str
    start_ms: int
    end_ms: int
    lang: str
    state: AppointmentState = AppointmentState.BOOKED
    ticket: str | None = None  # id of its ticket, once checked in


LaneKey = tuple[int, str, str]  # order_ms, number, ticket id: total and stable
LaneName = tuple[str, str]  # service, class


@dataclass(slots=True)
class OfficeState:
    """Everything of the current business day. `fork()` before a batch; the fork replaces it after the commit."""

    day: str = ""
    seq: int = 0  # of the last journal entry
    tickets: Layered[str, Ticket] = field(default_factory=Layered)
    by_number: Layered[str, str] = field(default_factory=Layered)
    by_token: Layered[str, str] = field(default_factory=Layered)
    lanes: dict[LaneName, list[LaneKey]] = field(default_factory=dict)  # waiting tickets, by place; none is empty
    held: dict[str, None] = field(default_factory=dict)  # ids of tickets on hold, oldest first
    counters: dict[int, CounterState] = field(default_factory=dict)
    serials: dict[str, int] = field(default_factory=dict)  # last serial a service
    closed_services: dict[str, str] = field(default_factory=dict)  # code → reason
    calls: tuple[Call, ...] = ()  # newest first
    directed: dict[str, int] = field(default_factory=dict)  # waiting ticket id → the counter it was sent to
    at_ms: int = 0  # of the newest event (domain/clock.py, office_time)
    taken: dict[str, int] = field(default_factory=dict)  # tickets given a prefix letter today, less those given back
    classes: dict[str, None] = field(default_factory=dict, compare=False)  # that waited today: where to look for lanes
    passed: dict[str, int] = field(default_factory=dict)  # waiting ticket id → times passed over (routing.py)
    passed_most: int = 0  # of anybody today
    turns: dict[int, tuple[str, int]] = field(default_factory=dict)  # counter → class called last, times in a row
    idle_ms: dict[int, int] = field(default_factory=dict)  # counter → since when it has had no ticket, today
    # The next four are replaced as a whole, never changed in place: forks share them.
    blocks: Mapping[str, Block] = field(default_factory=dict)  # by id, of the last BLOCK_DAYS_KEPT days and to come
    late: frozenset[str] = frozenset()  # "2026-11-20/A985": handed over after their day was over
    appointments: Mapping[str, Appointment] = field(default_factory=dict)  # by id, of today and to come
    persons: Mapping[str, str] = field(default_factory=dict)  # appointment id → keyed hash of who booked; no event's
    waits: dict[str, int] = field(default_factory=dict, compare=False)  # service → how many stand in its lanes
    own_lanes: set[LaneName] = field(default_factory=set, compare=False)  # not shared with another fork (own_lane)

    def fork(self) -> "OfficeState":
        """A copy that can be changed without touching this one (the values are immutable)."""
        self.own_lanes.clear()  # from now on the lists are shared: whoever changes one copies it first
        return OfficeState(
            self.day, self.seq, self.tickets.fork(), self.by_number.fork(), self.by_token.fork(),
            dict(self.lanes), dict(self.held), dict(self.counters), dict(self.serials), dict(self.closed_services),
            self.calls, dict(self.directed), self.at_ms, dict(self.taken), dict(self.classes),
            dict(self.passed), self.passed_most, dict(self.turns), dict(self.idle_ms), self.blocks, self.late,
            self.appointments, self.persons, dict(self.waits),
        )  # fmt: skip

    def lanes_of(self, services: Iterable[str]) -> dict[LaneName, list[LaneKey]]:
        """The lanes of these services in which somebody waits."""
        lanes, names = self.lanes, [(code, cls) for code in services for cls in self.classes]
        return {name: lanes[name] for name in names if name in lanes}

    def own_lane(self, name: LaneName) -> list[LaneKey]:
        """The lane to change: made, or copied once after a fork."""
        if name not in self.own_lanes:
            self.lanes[name] = list(self.lanes.get(name, ()))
            self.own_lanes.add(name)
        return self.lanes[name]

    @property
    def anybody_here(self) -> bool:
        """Does anybody wait, at a counter, or on hold? Their places are compared with those of newcomers."""
        return bool(self.lanes or self.held) or any(counter.ticket_id for counter in self.counters.values())

    def waiting(self, service: str) -> int:
        """How many wait for a service."""
        return self.waits.get(service, 0)

    def current(self, n: int) -> Ticket | None:
        """The ticket called or served at counter `n`."""
        ticket_id = self.counters[n].ticket_id
        return self.tickets[ticket_id] if ticket_id else None

    def held_at(self, n: int) -> list[Ticket]:
        """The tickets that counter `n` put on hold, oldest first."""
        return [self.tickets[i] for i in self.held if self.tickets[i].counter == n]
