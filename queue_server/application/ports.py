"""What the doors (HTTP, MQTT, timers) may ask of the queue server. The service implements it; tests fake it."""

from collections.abc import Callable
from typing import Protocol

import msgspec

from contracts.messages.board import BoardSnapshot, ServicesSnapshot
from contracts.messages.common import Estimate, TicketView
from contracts.messages.devices import DeviceHealth, Presence
from contracts.messages.replies import CounterSnapshot, Reply
from contracts.settings import Office
from queue_server.dossiers.records import DossierRecord
from runtime.clock import Clock


class TicketStatus(msgspec.Struct, frozen=True):
    """A ticket as the person who holds its token may see it."""

    ticket: TicketView
    position: int | None  # people ahead; None when it no longer waits
    estimate: Estimate | None
    estimate_reason: str | None = None


class QueueService(Protocol):
    """The façade of the queue. Snapshots show committed state only."""

    office: Office
    clock: Clock

    async def execute(self, actor: str, verb: str, message: msgspec.Struct) -> Reply:
        """Run one command. An expected refusal is a reply with `ok` False and its error, never an exception."""
        ...

    def board(self) -> BoardSnapshot:
        """What the lobby sees."""
        ...

    def services(self) -> ServicesSnapshot:
        """What the kiosk's cards show."""
        ...

    def counter(self, n: int) -> CounterSnapshot:
        """One counter. Raises Rejected `unknown_counter`."""
        ...

    def ticket(self, token: str) -> TicketStatus:
        """The ticket of this token. Raises Rejected `unknown_ticket`."""
        ...

    def queue(self) -> tuple[TicketView, ...]:
        """The waiting tickets in the order they would be called."""
        ...

    def devices(self) -> tuple[DeviceHealth, ...]:
        """The health of every device that has spoken."""
        ...

    def presences(self) -> tuple[Presence, ...]:
        """Which processes are there."""
        ...

    def subscribe(self, callback: Callable[[str], None]) -> Callable[[], None]:
        """Call `callback` ("board", "services", "counter/3", "devices") on the event loop after each committed
        change; returns the function that ends it."""
        ...

    async def ready(self) -> dict[str, bool]:
        """Which vital parts work now, asked through them: {"writer": …, "broker": …}."""
        ...

    async def import_dossiers(self, records: list[DossierRecord]) -> tuple[int, int]:
        """Store dossiers, all or none: (new, replaced). Raises Rejected `storage_unavailable` or `busy`."""
        ...
