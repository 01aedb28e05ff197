"""A server without disk and wires that lends numbers to kiosks, for tests of leases and hand-overs."""

from collections.abc import Sequence
from typing import Any

from contracts.messages import counters as c
from contracts.messages.leases import HandedOver, HandOver, LeaseBlocks, LeaseGrant, OfflineTicket
from contracts.messages.tickets import IssueTicket
from contracts.settings import Office
from queue_server.application.ports import Changes, Outcome
from queue_server.application.replies import reply_for
from queue_server.application.unit_of_work import Command, Result, decide_batch
from queue_server.domain import events as ev
from queue_server.domain.estimates import SharedWork
from queue_server.domain.model import Ticket
from queue_server.domain.routing import everybody
from tests.support.offices import MIN, T0, Counted, fresh_state, office

KIOSK, EPOCH = "mqtt:kiosk-1", "epoch-0001"
DAY_MS = 24 * 60 * MIN


class Server:
    """Batches of one command, with a memory of outcomes as the database has it."""

    def __init__(self, of: Office | None = None) -> None:
        self.office = of or office()
        self.state = fresh_state(self.office)
        self.known: dict[tuple[str, str], Outcome] = {}
        self.now_ms, self.fresh, self.n = T0, Counted(), 0
        self.events: list[ev.AnyEvent] = []  # of the last command
        self.changes = Changes()

    def ask(self, message: Any, actor: str = KIOSK) -> Result:
        """One batch of one command."""
        command = Command(actor, "verb", message)
        known = {key: self.known[key] for key in command.keys if key in self.known}
        batch = decide_batch(self.state, self.office, [command], known, self.now_ms, self.fresh)
        self.state = batch.state
        self.known |= batch.changes.outcomes
        self.events = [entry.event for entry in batch.changes.entries]
        self.changes = batch.changes
        return batch.results[0]

    def id(self, kind: str = "press") -> str:
        """A new command id."""
        self.n += 1
        return f"{kind}-{self.n:06d}"

    def lease(self, actor: str = KIOSK, epoch: str = EPOCH, **more: Any) -> LeaseGrant:
        """What a kiosk has after it asked for blocks."""
        result = self.ask(LeaseBlocks(id=self.id(), epoch=epoch, **more), actor)
        reply = reply_for(result, self.state, self.office, SharedWork(), self.now_ms)
        assert reply.lease is not None, reply.error
        return reply.lease

    def block(self, service: str = "A", actor: str = KIOSK, epoch: str = EPOCH) -> tuple[str, int]:
        """Id and first number of the block for today."""
        grant = self.lease(actor, epoch)
        return next((b.id, b.first) for b in grant.blocks if b.service == service and b.day == grant.business_day)

    def hand_over(self, *tickets: OfflineTicket, actor: str = KIOSK, epoch: str = EPOCH) -> Sequence[HandedOver]:
        """What became of each."""
        result = self.ask(HandOver(id=self.id("hand"), epoch=epoch, tickets=tickets), actor)
        assert result.handed is not None
        return result.handed

    def issue(self, id_: str, service: str = "A", actor: str = KIOSK, **more: Any) -> str:
        """The number of an online ticket."""
        result = self.ask(IssueTicket(id=id_, service=service, **more), actor)
        assert result.error is None, result.error
        return self.state.tickets[result.ticket or ""].number

    def call(self, number: str, n: int = 1) -> Result:
        """A clerk calls that number."""
        return self.ask(c.CallNumber(id=self.id(), counter=n, number=number), "http:clerk")

    def ticket(self, number: str) -> Ticket:
        """Today's ticket with that number."""
        return self.state.tickets[self.state.by_number[number]]

    def lane(self, service: str = "A") -> list[str]:
        """Who waits there, in the order of calls."""
        return [t.number for t in everybody(self.state, self.office, self.now_ms) if t.service == service]


def paper(number: str, block: str, taken_ms: int = T0, id_: str | None = None, **more: Any) -> OfflineTicket:
    """What a kiosk printed."""
    return OfflineTicket(id=id_ or f"touch-{number}", block=block, number=number, taken_ms=taken_ms, **more)
