"""The conversation about lent numbers: asked for in time, handed over until the server says yes or no."""

from dataclasses import replace

import pytest

from contracts import codec
from contracts.messages.common import ErrorReply
from contracts.messages.leases import HAND_OVER_TICKETS_MAX, HandedOver, HandOver, LeaseBlocks, OfflineTicket
from contracts.messages.replies import Reply
from kiosk.flow import events as e
from kiosk.flow import lease_talk
from kiosk.flow.effects import Effect, KeepContact, KeepGiven, KeepGrant, KeepSettled, SendCommand
from kiosk.flow.lease_talk import AGAIN_S, LEASE_EVERY_S, LOW_S, NOTE_EVERY_S, Leases
from kiosk.flow.leases import GIVEN_S_MAX, LeaseBook, Spooled
from kiosk.flow.now import Now
from tests.support.lease_books import EPOCH, MONDAY, NINE, ZONE, at, blocks, book, booted, give, granted, ms


class Talk:
    """Plays events to the conversation; time is seconds after nine."""

    def __init__(self, of: LeaseBook | None = None, *, alive: bool = True) -> None:
        self.leases = Leases(of or LeaseBook(EPOCH), ZONE)
        self.alive, self.s = alive, 0.0
        self.effects: list[Effect] = []
        if alive:
            self.play(e.ServerSeen(True, ms(NINE)))

    @property
    def now(self) -> Now:
        return at(self.s / 3600)

    def play(self, *events: e.Event, after_s: float = 0.0) -> list[Effect]:
        self.s += after_s
        done: list[Effect] = []
        for event in events:
            if isinstance(event, e.ServerSeen):
                self.alive = event.alive
            self.leases, effects = lease_talk.news(self.leases, event, self.alive, self.now)
            done += effects
        self.effects += done
        return [effect for effect in done if not isinstance(effect, KeepContact)]

    def sent(self, kind: type) -> list[LeaseBlocks | HandOver]:
        return [x.message for x in self.effects if isinstance(x, SendCommand) and isinstance(x.message, kind)]

    def lend(self) -> None:
        self.play(e.Tick())
        self.play(e.Replied(granted(self.sent(LeaseBlocks)[-1].id, self.now)))

    def take(self, n: int, *, has: bool = True) -> None:
        for _ in range(n):
            count = sum(len(serials) for serials in self.leases.book.used.values())
            after, number = give(self.leases.book, self.now, f"touch-{count:04d}")
            assert number is not None
            if not has:
                after = replace(after, tickets=(*after.tickets[:-1], replace(after.tickets[-1], given=False)))
            self.leases = lease_talk.taken(self.leases, after, "A", self.now)

    def answer(self, *outcomes: HandedOver, code: str | None = None) -> list[Effect]:
        id_ = self.sent(HandOver)[-1].id
        error = ErrorReply(code) if code else None
        reply = Reply(id=id_, verb="hand-over", ok=code is None, at=self.now.wall, handed=outcomes or None, error=error)
        return self.play(e.Replied(reply))


def yes(ticket: OfflineTicket) -> HandedOver:
    return HandedOver(ticket.id, ticket.number, accepted=True)


def test_blocks_are_asked_for_at_once_and_then_every_few_minutes() -> None:
    talk = Talk()
    (ask,) = talk.play(e.Tick())
    assert isinstance(ask, SendCommand)
    assert (ask.verb, ask.message.epoch, ask.message.spent) == ("lease", EPOCH, {})
    assert talk.play(e.Tick(), after_s=1) == [], "one at a time"
    assert talk.play(e.Replied(granted(ask.message.id, talk.now))) == [KeepGrant(blocks())]
    assert talk.play(e.Tick(), after_s=LEASE_EVERY_S - 1) == []
    assert len(talk.play(e.Tick(), after_s=2)) == 1
    assert len({message.id for message in talk.sent(LeaseBlocks)}) == 2


def test_nothing_is_said_while_the_server_is_away_and_all_at_once_when_it_is_back() -> None:
    talk = Talk(alive=False)
    assert talk.play(e.Tick(), after_s=1000) == []
    talk.play(e.ServerSeen(True, ms(NINE) + 1_000_000))
    assert [x.verb for x in talk.play(e.Tick()) if isinstance(x, SendCommand)] == ["lease"]


@pytest.mark.parametrize(("code", "wait_s"), [("lease_refused", LEASE_EVERY_S), ("storage_unavailable", AGAIN_S)])
def test_a_refused_lease_is_asked_for_again_later(code: str, wait_s: float) -> None:
    talk = Talk()
    talk.play(e.Tick())
    no = Reply(id=talk.sent(LeaseBlocks)[-1].id, verb="lease", ok=False, at=NINE, error=ErrorReply(code))
    talk.play(e.Replied(no))
    assert talk.play(e.Tick(), after_s=wait_s - 1) == []
    assert len(talk.play(e.Tick(), after_s=2)) == 1


def test_an_unanswered_lease_is_asked_for_again_with_another_id() -> None:
    talk = Talk()
    talk.play(e.Tick())
    talk.play(e.Unanswered(talk.sent(LeaseBlocks)[0].id), after_s=20)
    talk.play(e.Tick(), after_s=AGAIN_S)
    first, second = talk.sent(LeaseBlocks)
    assert first.id != second.id


def test_more_is_asked_for_when_half_is_spent_and_when_the_day_changes() -> None:
    talk = Talk()
    talk.lend()
    talk.take(14)
    assert len(talk.sent(LeaseBlocks)) == 1
    talk.play(e.Tick(), after_s=LOW_S + 1)
    assert len(talk.sent(LeaseBlocks)) == 1
    talk.take(1)
    talk.play(e.Tick(), after_s=LOW_S + 1)
    assert talk.sent(LeaseBlocks)[1].spent == {"A-mon": 984}
    talk.play(e.Replied(granted(talk.sent(LeaseBlocks)[1].id, talk.now)))
    talk.s = 15 * 3600 - 1.0
    talk.leases = replace(talk.leases, ask_s=talk.now.mono_s + 100)
    talk.play(e.Tick())
    assert len(talk.sent(LeaseBlocks)) == 2
    talk.play(e.Tick(), after_s=2)
    assert len(talk.sent(LeaseBlocks)) == 3, "midnight"


def test_a_hand_over_in_order_and_only_once() -> None:
    talk = Talk()
    talk.lend()
    talk.take(3)
    talk.play(e.Tick())
    (hand,) = talk.sent(HandOver)
    assert [t.number for t in hand.tickets] == ["A970", "A971", "A972"]
    assert talk.play(e.Tick(), after_s=5) == [], "it is on its way"
    settled = talk.answer(*map(yes, hand.tickets))
    assert settled == [KeepSettled(frozenset(t.id for t in hand.tickets), ())]
    assert talk.leases.book.tickets == ()
    assert talk.play(e.Tick(), after_s=1) == []


def test_an_unanswered_hand_over_is_repeated_with_the_same_id_and_content() -> None:
    talk = Talk()
    talk.lend()
    talk.take(2)
    talk.play(e.Tick())
    talk.take(1)
    for _ in range(3):
        talk.play(e.Unanswered(talk.sent(HandOver)[-1].id), e.Tick(), after_s=20)
    assert len(talk.sent(HandOver)) == 4
    assert len(set(map(codec.encode, talk.sent(HandOver)))) == 1
    talk.answer(*map(yes, talk.sent(HandOver)[-1].tickets))
    talk.play(e.Tick())
    assert [t.number for t in talk.sent(HandOver)[-1].tickets] == ["A972"]


def test_refused_tickets_are_kept_apart_and_unmentioned_ones_stay() -> None:
    talk = Talk()
    talk.lend()
    talk.take(4)
    talk.play(e.Tick())
    one, two, three, _four = talk.sent(HandOver)[0].tickets
    no = HandedOver(two.id, two.number, accepted=False, code="lease_unknown")
    later = HandedOver(three.id, three.number, accepted=False, code="busy")
    stranger = HandedOver("somebody-else", "A001", accepted=True)
    assert talk.answer(yes(one), no, later, stranger) == [KeepSettled(frozenset({one.id, two.id}), (no,))]
    assert [s.ticket.number for s in talk.leases.book.tickets] == ["A972", "A973"]


@pytest.mark.parametrize("code", ["storage_unavailable", "busy", "expired", "internal", "lease_refused"])
def test_a_server_that_cannot_now_is_asked_again(code: str) -> None:
    talk = Talk()
    talk.lend()
    talk.take(2)
    talk.play(e.Tick())
    assert talk.answer(code=code) == []
    assert talk.play(e.Tick(), after_s=AGAIN_S - 1) == []
    talk.play(e.Tick(), after_s=2)
    first, second = talk.sent(HandOver)
    assert first == second


def test_a_ticket_that_spoils_its_hand_over_is_found_and_the_others_go_through() -> None:
    talk = Talk()
    talk.lend()
    talk.take(9)
    for _ in range(40):
        talk.play(e.Tick(), after_s=AGAIN_S + 1)
        if not talk.leases.waiting:
            break
        tickets = talk.sent(HandOver)[-1].tickets
        if any(t.number == "A976" for t in tickets):
            talk.answer(code="malformed")
        else:
            talk.answer(*map(yes, tickets))
    assert talk.leases.book.tickets == ()
    refused = [r for x in talk.effects if isinstance(x, KeepSettled) for r in x.refused]
    assert [(r.number, r.code) for r in refused] == [("A976", "malformed")]


def test_a_hand_over_is_limited_in_tickets_and_in_bytes() -> None:
    tickets = tuple(
        Spooled(
            OfflineTicket(id=f"{n:064d}", block="b" * 64, number="A970", taken_ms=10**14, dossier="ồ" * 64), True, 0.0
        )
        for n in range(120)
    )
    talk = Talk(replace(book(), tickets=tickets))
    talk.play(e.Tick())
    (hand,) = talk.sent(HandOver)
    assert 1 <= len(hand.tickets) <= HAND_OVER_TICKETS_MAX
    assert len(codec.encode(hand)) <= lease_talk.HAND_OVER_BYTES_MAX


def test_paper_first_and_a_printer_that_never_says_does_not_hold_the_queue() -> None:
    talk = Talk()
    talk.lend()
    talk.take(1, has=False)
    assert talk.play(e.Tick()) == []
    assert talk.play(e.PrintEnded("of-somebody-else", e.PaperResult.PRINTED)) == []
    assert talk.play(e.PrintEnded("touch-0000", e.PaperResult.FAILED, "paper_out")) == [KeepGiven("touch-0000")]
    assert talk.play(e.PrintEnded("touch-0000", e.PaperResult.PRINTED)) == []
    talk.play(e.Tick())
    assert len(talk.sent(HandOver)) == 1
    talk.answer(*map(yes, talk.sent(HandOver)[0].tickets))
    talk.take(1, has=False)
    assert talk.play(e.Tick(), after_s=GIVEN_S_MAX - 1) == []
    assert KeepGiven("touch-0001") in talk.play(e.Tick(), after_s=2)


def test_the_spool_is_told_the_time_every_minute_but_never_a_guess() -> None:
    talk = Talk()
    talk.play(e.Tick())
    talk.play(e.Tick(), after_s=NOTE_EVERY_S - 1)
    talk.play(e.Tick(), after_s=2)
    kept = [x for x in talk.effects if isinstance(x, KeepContact)]
    assert kept == [KeepContact(ms(NINE), 1000.0), KeepContact(ms(NINE) + 61_000, 1061.0)]
    start = at(22, mono_s=20.0)
    off = Leases(booted(book(), start), ZONE)
    _, effects = lease_talk.tick(off, False, start._replace(mono_s=90.0))
    assert effects == (KeepContact(ms(NINE) + 70_000, None),)


def test_another_kiosks_grant_changes_nothing() -> None:
    talk = Talk()
    talk.lend()
    before = talk.leases
    assert talk.play(e.Replied(granted("lease-of-another", talk.now))) == []
    assert talk.leases.book.blocks == before.book.blocks
    assert all(block.day >= MONDAY for block in talk.leases.book.blocks)
