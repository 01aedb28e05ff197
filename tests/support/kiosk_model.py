"""A kiosk as the server sees it: it asks, prints, loses its link or its spool, and hands over. For property tests."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from contracts.messages.leases import HAND_OVER_TICKETS_MAX, HandOver, LeaseBlock, LeaseBlocks, OfflineTicket
from contracts.messages.tickets import IssueTicket
from queue_server.application.replies import reply_for
from queue_server.domain.estimates import SharedWork
from tests.support.lending import Server


class Fate(StrEnum):
    """What the wires do with a request."""

    OK = "ok"
    LOST = "lost"  # the server never hears it
    REPLY_LOST = "reply lost"
    LATE = "late"  # the server hears it when the kiosk has long given up


@dataclass(frozen=True)
class Paper:
    """A number in somebody's hand, printed without the server."""

    day: str  # of its block
    taken_ms: int  # in truth
    ticket: OfflineTicket


@dataclass
class ModelKiosk:
    """One spool of a kiosk: a replaced one has another epoch."""

    server: Server
    actor: str
    epoch: str
    late: list[IssueTicket]  # on the wire
    skew_ms: int = 0
    blocks: dict[str, LeaseBlock] = field(default_factory=dict)
    spent: dict[str, int] = field(default_factory=dict)
    spool: list[Paper] = field(default_factory=list)  # not confirmed yet
    papers: list[Paper] = field(default_factory=list)  # all it printed from blocks
    online: dict[str, tuple[str, str]] = field(default_factory=dict)  # touch → (day, number) it printed online
    unprinted: set[str] = field(default_factory=set)  # touches that ended with "see staff"
    on_print: Callable[[Paper], None] = lambda _paper: None

    def lease(self, fate: Fate) -> None:
        """Asks for blocks."""
        if fate in (Fate.LOST, Fate.LATE):
            return
        spent = {i: serial for i, serial in self.spent.items() if i in self.blocks}
        command = LeaseBlocks(id=self.server.id("lease"), epoch=self.epoch, spent=spent)
        result = self.server.ask(command, self.actor)
        reply = reply_for(result, self.server.state, self.server.office, SharedWork(), self.server.now_ms)
        if fate is Fate.OK and reply.lease is not None:
            self.blocks = {b.id: b for b in reply.lease.blocks}

    def touch(self, service: str, priority: str, fate: Fate, *, wrong_day: bool = False) -> None:
        """Somebody wants a ticket."""
        command = IssueTicket(id=self.server.id("touch"), service=service, priority=priority)
        number = None
        if fate is Fate.LATE:
            self.late.append(command)
        elif fate is not Fate.LOST:
            ticket = self.server.ask(command, self.actor).ticket
            number = self.server.state.tickets[ticket].number if ticket else None
        if fate is Fate.OK and number is not None:
            self.online[command.id] = (self.server.state.day, number)
        elif fate is not Fate.OK and not self._print(command, wrong_day=wrong_day):
            self.unprinted.add(command.id)

    def _print(self, command: IssueTicket, *, wrong_day: bool) -> bool:
        today = self.server.state.day
        days = sorted({b.day for b in self.blocks.values() if b.day > today}) if wrong_day else [today]
        for block in self.blocks.values():
            serial = max(self.spent.get(block.id, 0) + 1, block.first)
            if block.service == command.service and block.day in days[:1] and serial <= block.last:
                self.spent[block.id] = serial
                number = f"{block.service}{serial:03d}"
                taken_ms = max(0, self.server.now_ms + self.skew_ms)
                ticket = OfflineTicket(
                    id=command.id, block=block.id, number=number, taken_ms=taken_ms, priority=command.priority
                )
                paper = Paper(block.day, self.server.now_ms, ticket)
                self.spool.append(paper)
                self.papers.append(paper)
                self.on_print(paper)
                return True
        return False

    def hand_over(self, fate: Fate, count: int = HAND_OVER_TICKETS_MAX) -> None:
        """Says what it printed; what is confirmed leaves the spool."""
        sent = self.spool[: min(count, HAND_OVER_TICKETS_MAX)]
        if not sent or fate in (Fate.LOST, Fate.LATE):
            return
        tickets = tuple(paper.ticket for paper in sent)
        result = self.server.ask(HandOver(id=self.server.id("hand"), epoch=self.epoch, tickets=tickets), self.actor)
        assert result.handed is not None
        assert [h.code for h in result.handed] == [None] * len(sent)
        if fate is Fate.OK:
            del self.spool[: len(sent)]

    def give_back(self) -> None:
        """Everything that is not confirmed."""
        while self.spool:
            self.hand_over(Fate.OK)
