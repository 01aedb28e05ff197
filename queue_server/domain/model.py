"""What a queue is made of: tickets, counters, the state of one business day."""

from dataclasses import dataclass, field, replace
from typing import Any

from contracts.messages.board import Call
from contracts.messages.common import CounterStatus, TicketState

LIVE = frozenset({TicketState.WAITING, TicketState.CALLED, TicketState.SERVING, TicketState.HELD})
AT_COUNTER = frozenset({TicketState.CALLED, TicketState.SERVING})


@dataclass(frozen=True, slots=True)
class Ticket:
    """One visit. `order_ms` is its place: first arrival less the head start of its class; a transfer keeps it."""

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

    def but(self, **changes: Any) -> "Ticket":
        """A copy with changes."""
        return replace(self, **changes)


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


LaneKey = tuple[int, str, str]  # order_ms, number, ticket id: total and stable


@dataclass(slots=True)
class OfficeState:
    """Everything of the current business day. `fork()` before a batch; the fork replaces it after the commit."""

    day: str = ""
    seq: int = 0  # of the last journal entry
    tickets: dict[str, Ticket] = field(default_factory=dict)
    by_number: dict[str, str] = field(default_factory=dict)
    by_token: dict[str, str] = field(default_factory=dict)
    lanes: dict[str, list[LaneKey]] = field(default_factory=dict)  # waiting tickets a service, in order
    held: dict[str, None] = field(default_factory=dict)  # ids of tickets on hold, oldest first
    counters: dict[int, CounterState] = field(default_factory=dict)
    serials: dict[str, int] = field(default_factory=dict)  # last serial a service
    closed_services: dict[str, str] = field(default_factory=dict)  # code → reason
    calls: tuple[Call, ...] = ()  # newest first
    directed: dict[str, int] = field(default_factory=dict)  # waiting ticket id → the counter it was sent to
    at_ms: int = 0  # of the newest event (domain/clock.py, office_time)

    def fork(self) -> "OfficeState":
        """A copy that can be changed without touching this one (the values are immutable)."""
        return OfficeState(
            self.day, self.seq, dict(self.tickets), dict(self.by_number), dict(self.by_token),
            {code: list(lane) for code, lane in self.lanes.items()}, dict(self.held), dict(self.counters),
            dict(self.serials), dict(self.closed_services), self.calls, dict(self.directed), self.at_ms,
        )  # fmt: skip

    def current(self, n: int) -> Ticket | None:
        """The ticket called or served at counter `n`."""
        ticket_id = self.counters[n].ticket_id
        return self.tickets[ticket_id] if ticket_id else None

    def held_at(self, n: int) -> list[Ticket]:
        """The tickets that counter `n` put on hold, oldest first."""
        return [self.tickets[i] for i in self.held if self.tickets[i].counter == n]
