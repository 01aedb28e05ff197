"""What the application needs from outside, and what it offers to the web."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from contracts.messages.appointments import AppointmentView, Slot
from contracts.messages.board import AlertEvent, BoardSnapshot, CallEvent, ServicesSnapshot
from contracts.messages.common import Estimate, TicketView
from contracts.messages.devices import DeviceHealth, Presence
from contracts.messages.dossiers import DossierView, LookupDossier
from contracts.messages.replies import CounterSnapshot, Reply
from contracts.settings import Office
from queue_server.application.storage import Storage
from queue_server.domain.events import AnyEvent
from queue_server.domain.model import Appointment, Block, OfficeState, Ticket
from queue_server.dossiers.ports import UpsertCounts
from queue_server.dossiers.records import DossierRecord
from runtime.clock import Clock


class Outcome(msgspec.Struct, frozen=True):
    """What is remembered of a command that changed state, so that a retry gets the same ticket (design.md §4)."""

    hash: str  # of the payload without its send time
    ticket: str | None = None  # ticket id; of a booking its own id


class Entry(msgspec.Struct, frozen=True):
    """One journal entry: an event with its gapless sequence number and who caused it."""

    seq: int
    actor: str
    day: str
    event: AnyEvent


@dataclass
class Changes:
    """Everything one transaction writes."""

    entries: list[Entry] = field(default_factory=list)
    tickets: dict[str, Ticket] = field(default_factory=dict)  # touched, in their final form
    counters: set[int] = field(default_factory=set)
    blocks: dict[str, Block] = field(default_factory=dict)  # new or changed, in their final form
    appointments: dict[str, Appointment] = field(default_factory=dict)  # likewise
    late: dict[str, tuple[str, Ticket]] = field(default_factory=dict)  # id → (its own day, ticket handed over too late)
    persons: dict[str, str] = field(default_factory=dict)  # appointment id → keyed hash of who booked
    persons_gone: set[str] = field(default_factory=set)  # appointments given back: who booked is forgotten at once
    persons_before: str | None = None  # who booked for days before this one is forgotten
    personal: dict[str, str] = field(default_factory=dict)  # ticket id → dossier code
    outcomes: dict[tuple[str, str], Outcome] = field(default_factory=dict)
    published_seq: int | None = None  # calls up to this journal entry have been published

    def __bool__(self) -> bool:
        return bool(self.entries or self.outcomes)


class Store(Protocol):
    """The database, seen by the writer thread only. Raises Rejected storage_unavailable, fenced, database_corrupt."""

    epoch: int
    closing: bool
    """No room but the reserve: what is there may be brought to its end, nothing new be begun (storage.py)."""

    def load(self, counters: Sequence[int]) -> OfficeState:
        """The committed state of the last business day."""

    def outcomes(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Outcome]:
        """What is remembered of these (actor, command id)."""

    def commit(self, changes: Changes, state: OfficeState) -> None:
        """All of it, durably, or nothing."""

    def check(self) -> None:
        """Is it still ours, and can it be written? Takes up again what was lost. Raises as `commit` does."""

    def unpublished_calls(self, since_ms: int) -> list[AnyEvent]:
        """Calls and recalls committed but not known to be published, not older than `since_ms`."""


class Publisher(Protocol):
    """Where committed changes go. Called on the writer thread, after the commit; must not block."""

    def board(self, snapshot: BoardSnapshot) -> None:
        """The lobby's snapshot."""

    def services(self, snapshot: ServicesSnapshot) -> None:
        """The kiosks' snapshot."""

    def counter(self, snapshot: CounterSnapshot) -> None:
        """A counter's snapshot."""

    def call(self, event: CallEvent) -> bool:
        """The fast path; False when it could not be sent."""

    def alert(self, event: AlertEvent) -> None:
        """A ticket is about to miss its target. May be lost: who wants to know all asks `alerts`."""


class Lookup(Protocol):
    """Dossiers: beside the writer, in tables of their own."""

    def upsert_many(self, records: Sequence[DossierRecord]) -> UpsertCounts:
        """Stores a batch; all of it or nothing."""

    def find(self, command: LookupDossier, now_ms: int) -> DossierView:
        """Raises Rejected bad_dossier_code, dossier_unknown, secret_wrong."""


class Alerts(msgspec.Struct, frozen=True):
    """The waiting tickets whose alert is out, the longest wait first."""

    tickets: tuple[AlertEvent, ...]


class TicketStatus(msgspec.Struct, frozen=True):
    """A ticket as its holder sees it."""

    ticket: TicketView
    position: int | None  # people ahead; None once called
    estimate: Estimate | None
    estimate_reason: str | None = None


class QueueService(Protocol):
    """The façade that the web programs against."""

    office: Office
    clock: Clock

    async def execute(self, actor: str, verb: str, message: msgspec.Struct) -> Reply:
        """Runs a command through the writer; expected refusals are replies with `error`."""

    def board(self) -> BoardSnapshot:
        """The last committed board."""

    def services(self) -> ServicesSnapshot:
        """The last committed cards."""

    def counter(self, n: int) -> CounterSnapshot:
        """The last committed state of a counter. Raises Rejected unknown_counter."""

    def ticket(self, token: str) -> TicketStatus:
        """Where a ticket stands. Raises Rejected unknown_ticket."""

    def slots(self, service: str, day: str) -> tuple[Slot, ...]:
        """What may be booked of a service on a date. Raises Rejected unknown_service."""

    def appointment(self, token: str) -> AppointmentView:
        """The booking with this token. Raises Rejected unknown_appointment."""

    def appointments(self) -> tuple[AppointmentView, ...]:
        """Today's bookings, by slot."""

    def queue(self, counter: int | None = None) -> tuple[TicketView, ...]:
        """Waiting tickets in the order a counter would call them; without one, all."""

    def alerts(self) -> Alerts:
        """Who is about to miss the target wait, or has."""

    def devices(self) -> tuple[DeviceHealth, ...]:
        """The health of every device heard of."""

    def presences(self) -> tuple[Presence, ...]:
        """Who is connected."""

    def storage(self) -> Storage:
        """Whether the database can be written."""

    def clock_jumped_to(self) -> str | None:
        """The day that the clock shows and a manager must confirm, "2027-11-23"; None when all is well."""

    def subscribe(self, callback: Callable[[str], None]) -> Callable[[], None]:
        """`callback("board" | "services" | "counter/3" | "devices" | "alert")` on the event loop; returns its end."""

    async def ready(self) -> dict[str, bool]:
        """{"writer": …, "broker": …}: asked through both."""

    async def import_dossiers(self, records: list[DossierRecord]) -> tuple[int, int]:
        """(inserted, updated)."""
