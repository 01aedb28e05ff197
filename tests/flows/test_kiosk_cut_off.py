"""Visitors at a kiosk whose server is away: a number out of a block, on the disk first, on paper after."""

from dataclasses import replace

import pytest

from contracts.messages.replies import Reply
from contracts.settings.model import Hours
from kiosk.flow import events as e
from kiosk.flow.effects import KeepSettled, KeepTicket, Print, SendCommand
from kiosk.flow.kiosk import Picture
from kiosk.flow.offline import KEEP_S_MAX
from kiosk.flow.state import Paper, Screen
from kiosk.flow.words import say
from runtime.i18n import Catalog
from tests.support.kiosk_pictures import WALL, Player, issued, lent, sample_setup, services

T = "touch-0001"


def cut_off(**more: object) -> Player:
    """A kiosk with numbers, whose server has gone."""
    return Player(book=lent(), **more).play(e.ServerSeen(False))  # type: ignore[arg-type]  # a test's keywords


def effects(player: Player, *events: e.Event, after_s: float = 1.0) -> list[object]:
    """What these events make the kiosk do."""
    before = len(player.effects)
    player.play(*events, after_s=after_s)
    return player.effects[before:]


def texts(player: Player) -> str:
    """The two lines of every card."""
    catalog = Catalog.load("vi")
    cards = player.picture.body.cards  # type: ignore[union-attr]
    return "\n".join(say(line, "vi", catalog.text) for card in cards for line in (card.first, card.second))


def card(picture: Picture, service: str) -> object:
    return next(card for card in picture.body.cards if card.service == service)  # type: ignore[union-attr]


def test_the_number_is_on_the_disk_before_anybody_sees_it() -> None:
    player = cut_off()
    (keep,) = effects(player, e.ServiceTouched("A", T))
    assert isinstance(keep, KeepTicket)
    assert (keep.ticket.id, keep.ticket.number, keep.serial, keep.given) == (T, "A970", 970, False)
    assert player.state.screen is Screen.HOME
    assert card(player.picture, "A").asking  # type: ignore[attr-defined]
    assert effects(player, e.ServiceTouched("A", "touch-0002"), e.HomeTouched()) == [], "the second of a double touch"
    (paper,) = effects(player, e.TicketKept(T, ok=True))
    assert isinstance(paper, Print)
    assert (paper.job_id, paper.ticket.number, paper.offline) == (T, "A970", True)
    assert (paper.ticket.token, paper.ticket.estimate) == ("", None)
    assert player.state.screen is Screen.TICKET


def test_no_paper_and_no_number_when_the_disk_fails() -> None:
    player = cut_off()
    assert [type(x) for x in effects(player, e.ServiceTouched("A", T), e.TicketKept(T, ok=False))] == [KeepTicket]
    assert (player.state.screen, player.state.visit.notice) == (Screen.NOTICE, "storage_unavailable")
    assert player.state.leases.book.tickets == ()
    player.play(e.HomeTouched())
    (keep,) = effects(player, e.ServiceTouched("A", "touch-0002"))
    assert (keep.ticket.number, keep.ticket.id) == ("A971", T), "another number for the same wish"


def test_a_disk_that_does_not_answer_holds_nobody_and_its_late_yes_is_taken_back() -> None:
    player = cut_off().play(e.ServiceTouched("A", T))
    player.play(e.Tick(), after_s=KEEP_S_MAX - 1)
    assert player.state.screen is Screen.HOME
    player.play(e.Tick(), after_s=2)
    assert player.state.visit.notice == "storage_unavailable"
    assert effects(player, e.TicketKept(T, ok=True)) == [KeepSettled(frozenset({T}))], "nobody has seen that number"


def test_without_a_printer_the_glass_counts() -> None:
    player = Player(sample_setup(has_printer=False), book=lent()).play(e.ServerSeen(False))
    keep, *more = effects(player, e.ServiceTouched("A", T), e.TicketKept(T, ok=True))
    assert keep.given
    assert more == []
    assert player.state.visit.paper is Paper.TROUBLE


def test_no_answer_gives_a_number_of_the_block_with_the_same_id_and_a_late_one_nothing() -> None:
    player = Player(book=lent())
    (sent,) = (x for x in effects(player, e.ServiceTouched("A", T)) if x.message.id == T)
    assert isinstance(sent, SendCommand)
    (keep,) = effects(player, e.Unanswered(T), after_s=5)
    assert keep.ticket.id == T
    late = e.Replied(Reply(id=T, verb="issue", ok=True, at=WALL, issued=issued()))
    assert effects(player, late) == []
    assert [type(x) for x in effects(player, e.TicketKept(T, ok=True))] == [Print]
    assert effects(player, late) == []
    assert player.state.visit.ticket.number == "A970"


def test_no_answer_and_no_number_keeps_the_wish_for_another_try() -> None:
    player = Player(book=lent()).play(e.ServiceTouched("C", T)).play(e.Unanswered(T), after_s=5)
    assert player.state.visit.notice == "no_answer"
    assert player.state.lost.id == T
    player.play(e.HomeTouched(), e.ServerSeen(False))
    player.state = replace(player.state, leases=replace(player.state.leases, book=with_c()))
    (keep,) = effects(player, e.ServiceTouched("C", "touch-0002"))
    assert keep.ticket.id == T, "the server may have heard the first one"
    player.play(e.TicketKept(T, ok=True))
    assert player.state.lost is None


def with_c() -> object:
    book = lent()
    block = book.blocks[0]
    return replace(book, blocks=(*book.blocks, type(block)("block-C", "C", block.day, 970, 971)))


def test_the_priority_and_the_dossier_stay_with_the_ticket() -> None:
    player = Player(book=lent()).scan(service="S")
    player.play(e.ServerSeen(False))
    keep = effects(player, e.ServiceTouched("S", T))[-1]
    assert keep.ticket.dossier == "000.00.12.H00-261019-0001"
    chosen = cut_off().play(e.PriorityAsked(), e.PriorityTouched("elderly"))
    assert effects(chosen, e.ServiceTouched("A", T))[-1].ticket.priority == "elderly"


def test_a_spent_block_says_so_and_the_card_too() -> None:
    player = cut_off()
    assert not card(player.picture, "C").open  # type: ignore[attr-defined]
    assert effects(player, e.ServiceTouched("C", T)) == []
    assert player.state.visit.notice == "lease_spent"
    assert player.play(e.HomeTouched()).state.screen is Screen.HOME


def test_what_staff_closed_stays_closed_for_the_day_and_what_opens_at_an_hour_opens() -> None:
    player = cut_off(closed={"F": "staff", "E": "hours"})
    assert effects(player, e.ServiceTouched("F", T)) == []
    assert player.state.visit.notice == "service_closed"
    player.play(e.HomeTouched(), after_s=5 * 3600)
    assert [card(player.picture, code).open for code in "EF"] == [True, False]  # type: ignore[attr-defined]


def test_the_hours_of_the_office_hold_without_the_server_when_the_time_is_known() -> None:
    hours = Hours(mon_fri=["07:30-11:30", "13:30-17:00"], enforce=True)
    setup = replace(sample_setup(), hours=hours)
    player = Player(setup, book=lent()).play(e.ServerSeen(False))
    assert [c.open for c in player.picture.body.cards][:1] == [True], "09:41"  # type: ignore[union-attr]
    player.play(e.Tick(), after_s=2 * 3600)
    assert "Mở lại lúc 13:30" in texts(player), "lunch"
    assert effects(player, e.ServiceTouched("A", T)) == []
    assert player.state.visit.notice == "service_closed"
    stopped = replace(lent(), contact_mono_s=None, contact_ms=lent().contact_ms + 3 * 3_600_000, began_mono_s=100.0)
    lost = Player(setup, awake=False, book=stopped).play(e.ServerSeen(False))
    assert len(effects(lost, e.ServiceTouched("A", T))) == 1, "nobody knows what time it is"


def test_figures_of_before_are_not_shown() -> None:
    assert "người đang chờ" not in str(cut_off().picture)
    assert "unknown" in str(card(cut_off().picture, "A").first)  # type: ignore[attr-defined]


def test_without_any_number_the_kiosk_is_away_and_heals() -> None:
    empty = Player(book=replace(lent(), blocks=())).play(e.ServerSeen(False))
    assert empty.state.screen is Screen.AWAY
    assert empty.play(e.ServerSeen(True)).state.screen is Screen.HOME


def test_the_day_ends_while_cut_off() -> None:
    player = cut_off()
    assert player.play(e.Tick(), after_s=3600).state.screen is Screen.HOME
    assert player.play(e.Tick(), after_s=16 * 3600).state.screen is Screen.AWAY, "no block for the next day"


def test_a_start_without_the_server_gives_numbers_after_a_moment() -> None:
    book = replace(lent(), contact_mono_s=None, contact_ms=lent().contact_ms - 3_600_000)
    player = Player(awake=False, book=book)
    assert player.state.screen is Screen.AWAY
    player.play(e.ServerSeen(False))
    assert player.state.screen is Screen.HOME
    assert effects(player, e.ServiceTouched("A", T))[-1].ticket.number == "A970"


def test_the_server_comes_back_under_a_ticket() -> None:
    player = cut_off().offline()
    player.play(e.ServerSeen(True, round(WALL.timestamp() * 1000)), e.ServicesArrived(services(2)))
    assert player.state.screen is Screen.TICKET
    sent = effects(player, e.PrintEnded(T, e.PaperResult.PRINTED), e.Tick())
    hand = next(x.message for x in sent if isinstance(x, SendCommand) and x.verb == "hand-over")
    assert [t.number for t in hand.tickets] == ["A970"]


def test_a_kiosk_without_a_spool_is_as_before() -> None:
    player = Player().play(e.ServerSeen(False))
    assert player.state.screen is Screen.AWAY
    assert effects(player, e.ServerSeen(True), e.ServiceTouched("A", T))[-1].verb == "issue"
    assert player.play(e.Unanswered(T)).state.visit.notice == "no_answer"


@pytest.mark.parametrize("service", ["Z", ""])
def test_a_service_nobody_offers(service: str) -> None:
    player = cut_off()
    assert effects(player, e.ServiceTouched(service, T)) == []
    assert player.state.screen is Screen.NOTICE
