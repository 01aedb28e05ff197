"""Lent numbers from grant to hand-over, through the unit of work: twins, claims, late papers, repeats."""

from collections.abc import Sequence
from typing import Any

import pytest

from contracts.messages import counters as c
from contracts.messages.common import TicketState
from contracts.messages.leases import HandedOver, HandOver, LeaseBlocks, LeaseGrant, OfflineTicket
from contracts.messages.tickets import IssueTicket
from contracts.settings import Office
from queue_server.application.ports import Outcome
from queue_server.application.replies import reply_for
from queue_server.application.unit_of_work import Command, Result, decide_batch
from queue_server.domain import events as ev
from queue_server.domain.estimates import SharedWork
from queue_server.domain.model import Ticket
from queue_server.domain.routing import everybody
from tests.support.offices import DAY, MIN, T0, Counted, fresh_state, office

KIOSK, EPOCH = "mqtt:kiosk-1", "epoch-0001"
DAY_MS = 24 * 60 * MIN


class Server:
    """Batches of one command, with a memory of outcomes as the database has it."""

    def __init__(self, of: Office | None = None) -> None:
        self.office = of or office()
        self.state = fresh_state(self.office)
        self.known: dict[tuple[str, str], Outcome] = {}
        self.now_ms, self.fresh, self.n = T0, Counted(), 0
        self.events: list[ev.AnyEvent] = []

    def ask(self, message: Any, actor: str = KIOSK) -> Result:
        command = Command(actor, "verb", message)
        known = {key: self.known[key] for key in command.keys if key in self.known}
        batch = decide_batch(self.state, self.office, [command], known, self.now_ms, self.fresh)
        self.state = batch.state
        self.known |= batch.changes.outcomes
        self.events = [entry.event for entry in batch.changes.entries]
        self.changes = batch.changes
        return batch.results[0]

    def id(self, kind: str = "press") -> str:
        self.n += 1
        return f"{kind}-{self.n:06d}"

    def lease(self, actor: str = KIOSK, epoch: str = EPOCH, **more: Any) -> LeaseGrant:
        result = self.ask(LeaseBlocks(id=self.id(), epoch=epoch, **more), actor)
        reply = reply_for(result, self.state, self.office, SharedWork(), self.now_ms)
        assert reply.lease is not None, reply.error
        return reply.lease

    def block(self, service: str = "A", actor: str = KIOSK, epoch: str = EPOCH) -> tuple[str, int]:
        """Id and first number of the block for today."""
        grant = self.lease(actor, epoch)
        return next((b.id, b.first) for b in grant.blocks if b.service == service and b.day == grant.business_day)

    def hand_over(self, *tickets: OfflineTicket, actor: str = KIOSK, epoch: str = EPOCH) -> Sequence[HandedOver]:
        result = self.ask(HandOver(id=self.id("hand"), epoch=epoch, tickets=tickets), actor)
        assert result.handed is not None
        return result.handed

    def issue(self, id_: str, service: str = "A", actor: str = KIOSK, **more: Any) -> str:
        result = self.ask(IssueTicket(id=id_, service=service, **more), actor)
        assert result.error is None, result.error
        return self.state.tickets[result.ticket or ""].number

    def call(self, number: str, n: int = 1) -> Result:
        return self.ask(c.CallNumber(id=self.id(), counter=n, number=number), "http:clerk")

    def ticket(self, number: str) -> Ticket:
        return self.state.tickets[self.state.by_number[number]]

    def lane(self, service: str = "A") -> list[str]:
        waiting = everybody(self.state, self.office, self.now_ms)
        return [ticket.number for ticket in waiting if ticket.service == service]


def paper(number: str, block: str, taken_ms: int = T0, id_: str | None = None, **more: Any) -> OfflineTicket:
    return OfflineTicket(id=id_ or f"touch-{number}", block=block, number=number, taken_ms=taken_ms, **more)


@pytest.fixture
def server() -> Server:
    return Server()


def test_what_was_printed_without_us_is_in_the_queue_once_in_order_of_issue(server: Server) -> None:
    block, first = server.block()
    server.now_ms += 60 * MIN
    server.issue("touch-later", actor="mqtt:kiosk-2")
    papers = [paper(f"A{first + i}", block, T0 + i * MIN) for i in range(3)]
    for _ in range(2):  # a lost reply: the kiosk says it again
        assert [(h.number, h.accepted) for h in server.hand_over(*papers)] == [(p.number, True) for p in papers]
    assert server.events == []
    assert server.lane() == [*(p.number for p in papers), "A001"]
    assert server.state.taken == {"A": 4}


def test_a_class_keeps_its_head_start(server: Server) -> None:
    block, first = server.block()
    server.now_ms += 20 * MIN
    server.hand_over(
        paper(f"A{first}", block, T0), paper(f"A{first + 1}", block, T0 + 9 * MIN, priority="elderly"),
        paper(f"A{first + 2}", block, T0 + MIN, priority="of an older office file"),
    )  # fmt: skip
    assert server.lane() == [f"A{first + 1}", f"A{first}", f"A{first + 2}"]
    assert server.ticket(f"A{first + 2}").priority == "normal"


def test_the_order_of_issue_survives_any_clock(server: Server) -> None:
    block, first = server.block()
    server.now_ms += 20 * MIN
    times = [T0 + 5 * MIN, T0 + 5 * MIN, T0 - MIN, T0 + 3 * DAY_MS, 0]
    papers = [paper(f"A{first + i}", block, at_ms) for i, at_ms in enumerate(times)]
    server.hand_over(*papers[:2])
    server.hand_over(*papers[2:])
    assert server.lane() == [p.number for p in papers]
    taken = [server.ticket(p.number).issued_ms for p in papers]
    assert taken == sorted(taken)
    assert taken[0] == T0 + 5 * MIN
    assert taken[-1] == server.now_ms


def test_an_unprinted_twin_gives_its_place_to_the_printed_number(server: Server) -> None:
    block, first = server.block()
    server.issue("touch-0001")  # the reply is lost, the kiosk prints
    server.now_ms += MIN
    server.issue("touch-0002", actor="mqtt:kiosk-2")
    server.now_ms += 9 * MIN
    printed = f"A{first}"
    assert server.hand_over(paper(printed, block, T0 + 3 * MIN, "touch-0001"))[0].accepted
    assert [type(e).__name__ for e in server.events] == ["TicketVoided", "TicketHandedOver"]
    assert server.lane() == [printed, "A002"]
    assert server.ticket("A001").state is TicketState.VOID
    assert server.state.taken == {"A": 2}
    assert server.issue("touch-0001") == printed  # the late attempt of the same touch
    server.hand_over(paper(printed, block, T0, "touch-0001"))
    assert server.events == []


def test_when_the_twin_was_called_the_printed_number_goes_to_the_head(server: Server) -> None:
    block, first = server.block()
    server.issue("touch-0001")
    server.issue("touch-0002", actor="mqtt:kiosk-2", priority="elderly")
    server.call("A001")
    server.now_ms += 9 * MIN
    server.hand_over(paper(f"A{first}", block, T0 + 3 * MIN, "touch-0001"))
    assert server.lane() == [f"A{first}", "A002"]
    assert server.ticket("A001").state is TicketState.CALLED


def test_an_online_attempt_that_arrives_after_the_hand_over_gives_the_printed_ticket(server: Server) -> None:
    block, first = server.block()
    touch = {"priority": "elderly", "lang": "en", "procedure": "1.001193", "dossier": "H00.12-261118-0001"}
    server.hand_over(paper(f"A{first}", block, id_="touch-0001", **touch))
    assert server.issue("touch-0001", **touch) == f"A{first}"
    assert server.events == []
    again = server.ask(IssueTicket(id="touch-0001", service="A"))
    assert again.error is not None
    assert again.error.code == "id_reused"


def test_a_dossier_is_kept_beside_the_journal(server: Server) -> None:
    block, first = server.block()
    server.hand_over(paper(f"A{first}", block, dossier="H00.12-261118-0001"))
    assert list(server.changes.personal.values()) == ["H00.12-261118-0001"]
    assert "H00" not in repr(server.changes.entries)


def test_a_clerk_calls_a_lent_number_and_the_hand_over_merges(server: Server) -> None:
    block, first = server.block()
    number = f"A{first + 4}"
    server.now_ms += 10 * MIN
    assert server.call(number).error is None
    assert [type(e).__name__ for e in server.events] == ["TicketClaimed", "TicketCalled"]
    server.ask(c.Start(id=server.id(), counter=1), "http:clerk")
    server.now_ms += 10 * MIN
    server.hand_over(paper(number, block, T0 + MIN, priority="elderly", lang="en", dossier="H00.12-261118-0001"))
    ticket = server.ticket(number)
    assert (ticket.state, ticket.priority, ticket.issued_ms) == (TicketState.SERVING, "elderly", T0 + MIN)
    assert not ticket.claimed
    assert server.changes.personal == {ticket.id: "H00.12-261118-0001"}
    server.hand_over(paper(number, block, T0 + MIN, priority="elderly", lang="en", dossier="H00.12-261118-0001"))
    assert server.events == []
    assert server.state.taken == {"A": 1}


def test_a_number_called_before_anybody_held_it_waits_again(server: Server) -> None:
    block, first = server.block()
    number = f"A{first}"
    server.call(number)
    server.ask(c.NoShow(id=server.id(), counter=1), "http:clerk")
    server.now_ms += 10 * MIN
    server.hand_over(paper(number, block, T0 + 5 * MIN))
    ticket = server.ticket(number)
    assert (ticket.state, ticket.called_ms, ticket.ended_ms, ticket.counter) == (TicketState.WAITING, None, None, None)
    assert server.lane() == [number]


def test_a_second_call_after_the_printing_was_for_its_holder(server: Server) -> None:
    block, first = server.block()
    number = f"A{first}"
    server.call(number)
    server.ask(c.NoShow(id=server.id(), counter=1), "http:clerk")
    server.now_ms += 10 * MIN
    server.call(number)
    server.ask(c.Start(id=server.id(), counter=1), "http:clerk")
    server.now_ms += 10 * MIN
    server.hand_over(paper(number, block, T0 + 5 * MIN))
    assert server.ticket(number).state is TicketState.SERVING


def test_a_claim_and_a_twin_together_leave_no_ghost(server: Server) -> None:
    block, first = server.block()
    server.issue("touch-0001")  # lost reply
    server.now_ms += MIN
    server.call(f"A{first}")
    server.hand_over(paper(f"A{first}", block, T0, "touch-0001"))
    assert server.ticket("A001").state is TicketState.VOID
    assert server.ticket(f"A{first}").state is TicketState.CALLED
    assert server.lane() == []


def test_papers_of_an_earlier_day_are_recorded_as_expired_once(server: Server) -> None:
    block, first = server.block()
    server.hand_over(paper(f"A{first}", block))
    server.now_ms += DAY_MS
    for _ in range(2):
        assert all(h.accepted for h in server.hand_over(paper(f"A{first}", block), paper(f"A{first + 1}", block)))
    assert server.events == []
    assert server.state.late == {f"{DAY}/A{first}", f"{DAY}/A{first + 1}"}
    assert server.state.tickets == {}


def test_what_was_not_lent_to_this_kiosk_is_refused_and_the_others_count(server: Server) -> None:
    block, first = server.block()
    other, _ = server.block(actor="mqtt:kiosk-2", epoch="epoch-0002")
    before = server.state.fork()
    handed = server.hand_over(
        paper("A500", block), paper(f"C{first}", block), paper(f"A{first}", "no-such-block"), paper("A000", block),
        paper(f"A{first}", other),
    )  # fmt: skip
    assert {h.code for h in handed} == {"lease_unknown"}
    assert not any(h.accepted for h in handed)
    assert server.state == before
    handed = server.hand_over(paper("A500", block), paper(f"a{first}", block))
    assert [(h.number, h.code) for h in handed] == [("A500", "lease_unknown"), (f"A{first}", None)]


def test_one_number_or_one_touch_twice_needs_staff(server: Server) -> None:
    block, first = server.block()
    server.hand_over(paper(f"A{first}", block, id_="touch-0001"))
    handed = server.hand_over(
        paper(f"A{first}", block, id_="touch-0002"), paper(f"A{first + 1}", block, id_="touch-0001"),
        paper(f"A{first}", block, id_="touch-0001", lang="en"),
    )  # fmt: skip
    assert [h.code for h in handed] == ["lease_spent", "id_reused", "id_reused"]
    assert server.events == []


def test_a_number_in_no_block_of_today_cannot_be_called(server: Server) -> None:
    grant = server.lease()
    tomorrow = next(b for b in grant.blocks if b.day == grant.next_day and b.service == "A")
    for number in ("A500", "A000", f"A{tomorrow.first}"):
        result = server.call(number)
        assert result.error is not None
        assert result.error.code == "unknown_ticket"


def test_a_kiosk_whose_clock_is_a_day_ahead_loses_nobody(server: Server) -> None:
    grant = server.lease()
    tomorrow = next(b for b in grant.blocks if b.day == grant.next_day and b.service == "A")
    touch = paper(f"A{tomorrow.first}", tomorrow.id, T0 + DAY_MS)
    assert server.hand_over(touch)[0].accepted
    assert server.lane() == [touch.number]
    server.now_ms += DAY_MS
    assert server.hand_over(touch)[0].accepted  # its reply was lost
    assert server.lane() == []
