"""Journeys of visitors as tables a receptionist could read: what happens, which screen follows, what it says."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from contracts.messages.common import ErrorReply
from contracts.messages.dossiers import Timeliness
from contracts.messages.replies import Reply
from kiosk.flow import events as e
from kiosk.flow.effects import Print, SendCommand
from kiosk.flow.state import Screen
from kiosk.flow.words import Words, say
from runtime.i18n import Catalog
from tests.support.kiosk_pictures import WALL, Player, dossier, issued, sample_setup, services

AWAY, HOME, PRIORITY, TICKET, DOSSIER, NOTICE = (
    Screen.AWAY, Screen.HOME, Screen.PRIORITY, Screen.TICKET, Screen.DOSSIER, Screen.NOTICE,
)  # fmt: skip


@dataclass(frozen=True)
class FlowStep:
    """`press` happens `after_s` later; then `screen` is there and `reads` stands somewhere on it."""

    press: e.Event
    screen: Screen
    reads: str = ""
    after_s: float = 1.0


def ok(command_id: str, **what: object) -> e.Replied:
    return e.Replied(Reply(id=command_id, verb="any", ok=True, at=WALL, **what))  # type: ignore[arg-type]


def no(command_id: str, code: str) -> e.Replied:
    return e.Replied(Reply(id=command_id, verb="any", ok=False, at=WALL, error=ErrorReply(code)))


T, S = "touch-0001", "scan-00001"
FOUND = ok(S, dossier=dossier())

JOURNEYS: dict[str, Sequence[FlowStep]] = {
    "a ticket and its paper": [
        FlowStep(e.ServiceTouched("A", T), HOME, "Đang lấy số…"),
        FlowStep(ok(T, issued=issued()), TICKET, "A015"),
        FlowStep(e.PrintEnded(T, e.PaperResult.PRINTED), TICKET, "Mời ông/bà lấy phiếu"),
        FlowStep(e.Tick(), TICKET, "Còn 9 người trước ông/bà", after_s=7),
        FlowStep(e.Tick(), HOME, "Ông/bà cần làm việc gì?", after_s=2),
    ],
    "the paper is out": [
        FlowStep(e.PrinterSeen("paper_out"), HOME, "xin nhớ số"),
        FlowStep(e.ServiceTouched("A", T), HOME),
        FlowStep(ok(T, issued=issued()), TICKET, "Đang in phiếu…"),
        FlowStep(e.PrintEnded(T, e.PaperResult.FAILED, "paper_out"), TICKET, "Xin nhớ số A015"),
        FlowStep(e.Tick(), TICKET, "A015", after_s=20),
        FlowStep(e.Tick(), HOME, after_s=12),
        FlowStep(e.PrinterSeen(None), HOME, "Hộ tịch"),
    ],
    "the printer never answers": [
        FlowStep(e.ServiceTouched("A", T), HOME),
        FlowStep(ok(T, issued=issued()), TICKET, "Đang in phiếu…"),
        FlowStep(e.Tick(), TICKET, "Đang in phiếu…", after_s=20),
        FlowStep(e.Tick(), TICKET, "Xin nhớ số A015", after_s=10),
    ],
    "the printer cannot say": [
        FlowStep(e.ServiceTouched("A", T), HOME),
        FlowStep(ok(T, issued=issued(position=0)), TICKET, "Ông/bà là người kế tiếp"),
        FlowStep(e.PrintEnded(T, e.PaperResult.UNKNOWN), TICKET, "Nếu không có phiếu, xin nhớ số A015"),
        FlowStep(e.HomeTouched(), HOME),
    ],
    "an older person": [
        FlowStep(e.PriorityAsked(), PRIORITY, "Người cao tuổi (từ 60)"),
        FlowStep(e.PriorityTouched("elderly"), HOME, "Diện ưu tiên: Người cao tuổi (từ 60)"),
        FlowStep(e.ServiceTouched("A", T), HOME),
        FlowStep(ok(T, issued=issued(priority="elderly")), TICKET, "Ưu tiên: Người cao tuổi (từ 60)"),
    ],
    "priority taken back": [
        FlowStep(e.PriorityAsked(), PRIORITY),
        FlowStep(e.PriorityTouched("pregnant"), HOME, "Phụ nữ mang thai"),
        FlowStep(e.PriorityAsked(), PRIORITY),
        FlowStep(e.PriorityTouched("normal"), HOME, "Tôi thuộc diện ưu tiên"),
    ],
    "a class nobody knows is no choice": [
        FlowStep(e.PriorityAsked(), PRIORITY),
        FlowStep(e.PriorityTouched("emperor"), PRIORITY),
    ],
    "a receipt, then a ticket for it": [
        FlowStep(e.DossierScanned(dossier().code, S), DOSSIER, "Đang tìm hồ sơ…"),
        FlowStep(FOUND, DOSSIER, "Hồ sơ đã có kết quả."),
        FlowStep(e.ServiceTouched("S", T), DOSSIER),
        FlowStep(ok(T, issued=issued(number="S001", service="S")), TICKET, "S001"),
    ],
    "a receipt that nobody takes away": [
        FlowStep(e.DossierScanned(dossier().code, S), DOSSIER),
        FlowStep(FOUND, DOSSIER, "NGUYỄN V** A*"),
        FlowStep(e.GlassTouched(), DOSSIER, after_s=20),
        FlowStep(e.Tick(), DOSSIER, after_s=25),
        FlowStep(e.Tick(), HOME, after_s=6),
    ],
    "a receipt over another visitor's ticket": [
        FlowStep(e.ServiceTouched("A", T), HOME),
        FlowStep(ok(T, issued=issued()), TICKET),
        FlowStep(e.DossierScanned(dossier().code, S), DOSSIER, "Đang tìm hồ sơ…"),
        FlowStep(e.PrintEnded(T, e.PaperResult.PRINTED), DOSSIER),
        FlowStep(FOUND, DOSSIER, "Hồ sơ đã có kết quả."),
    ],
    "a dossier nobody knows": [
        FlowStep(e.DossierScanned("H00.12-261019-0002", S), DOSSIER),
        FlowStep(no(S, "dossier_unknown"), NOTICE, "Chưa tìm thấy hồ sơ"),
        FlowStep(e.HomeTouched(), HOME),
    ],
    "an appointment checks in": [
        FlowStep(e.AppointmentScanned("abcdefghij234567", S), NOTICE, "Đang nhận lịch hẹn"),
        FlowStep(e.HomeTouched(), NOTICE, "Đang nhận lịch hẹn"),
        FlowStep(e.AppointmentScanned("abcdefghij234567", "scan-00002"), NOTICE),
        FlowStep(e.ServiceTouched("A", T), NOTICE),
        FlowStep(e.Tick(), NOTICE, after_s=40),
        FlowStep(ok(S, issued=issued()), TICKET, "A015"),
        FlowStep(e.PrintEnded(S, e.PaperResult.PRINTED), TICKET, "Mời ông/bà lấy phiếu"),
    ],
    "an appointment too early": [
        FlowStep(e.AppointmentScanned("abcdefghij234567", S), NOTICE),
        FlowStep(no(S, "check_in_early"), NOTICE, "30 phút trước giờ hẹn"),
        FlowStep(e.HomeTouched(), HOME),
    ],
    "an appointment too late": [
        FlowStep(e.AppointmentScanned("abcdefghij234567", S), NOTICE),
        FlowStep(no(S, "check_in_late"), NOTICE, "lấy phiếu thường"),
        FlowStep(e.Tick(), HOME, after_s=31),
    ],
    "a booking nobody knows": [
        FlowStep(e.AppointmentScanned("abcdefghij234567", S), NOTICE),
        FlowStep(no(S, "unknown_appointment"), NOTICE, "Không có lịch hẹn này"),
    ],
    "a booking used before": [
        FlowStep(e.AppointmentScanned("abcdefghij234567", S), NOTICE),
        FlowStep(no(S, "wrong_state"), NOTICE, "đã hủy hoặc đã dùng"),
    ],
    "a check-in without an answer": [
        FlowStep(e.AppointmentScanned("abcdefghij234567", S), NOTICE),
        FlowStep(e.Unanswered(S), NOTICE, "Máy chủ chưa trả lời"),
        FlowStep(e.AppointmentScanned("abcdefghij234567", "scan-00002"), NOTICE, "Đang nhận lịch hẹn"),
        FlowStep(ok("scan-00002", issued=issued()), TICKET, "A015"),
    ],
    "a booking scanned while a ticket is asked for": [
        FlowStep(e.ServiceTouched("A", T), HOME),
        FlowStep(e.AppointmentScanned("abcdefghij234567", S), HOME),
        FlowStep(ok(T, issued=issued()), TICKET, "A015"),
    ],
    "an identity card": [
        FlowStep(e.ScanRefused(e.ScanTrouble.IDENTITY), NOTICE, "không lưu thông tin căn cước"),
        FlowStep(e.Tick(), HOME, after_s=31),
    ],
    "any other barcode": [FlowStep(e.ScanRefused(e.ScanTrouble.NOT_DOSSIER), NOTICE, "Đây không phải mã hồ sơ")],
    "a barcode that cannot be read": [
        FlowStep(e.ScanRefused(e.ScanTrouble.UNREADABLE), NOTICE, "Chưa đọc được mã vạch")
    ],
    "the strip is touched": [FlowStep(e.ScanHelpTouched(), NOTICE, "Cách quét giấy hẹn")],
    "the server is full": [
        FlowStep(e.ServiceTouched("A", T), HOME),
        FlowStep(no(T, "busy"), NOTICE, "Hệ thống đang bận"),
        FlowStep(e.HomeTouched(), HOME),
    ],
    "an error without words of its own": [
        FlowStep(e.ServiceTouched("A", T), HOME),
        FlowStep(no(T, "id_reused"), NOTICE, "Chưa thực hiện được"),
    ],
    "closed between the picture and the touch": [
        FlowStep(e.ServiceTouched("E", T), HOME),
        FlowStep(no(T, "service_closed"), NOTICE, "Lĩnh vực Đất đai đang tạm đóng"),
    ],
    "the server goes and comes back": [
        FlowStep(e.ServerSeen(False), AWAY, "Máy đang mất kết nối"),
        FlowStep(e.ServiceTouched("A", T), NOTICE, "Máy đang mất kết nối"),
        FlowStep(e.HomeTouched(), AWAY),
        FlowStep(e.ServerSeen(True), HOME),
    ],
    "the server goes while a number is on the glass": [
        FlowStep(e.ServiceTouched("A", T), HOME),
        FlowStep(ok(T, issued=issued()), TICKET),
        FlowStep(e.ServerSeen(False), TICKET, "A015"),
        FlowStep(e.HomeTouched(), AWAY),
    ],
    "the server goes while a number is asked for": [
        FlowStep(e.ServiceTouched("A", T), HOME),
        FlowStep(e.ServerSeen(False), HOME),
        FlowStep(e.Unanswered(T), NOTICE, "Máy chủ chưa trả lời"),
        FlowStep(e.HomeTouched(), AWAY),
    ],
    "English, then idle": [
        FlowStep(e.LanguageTouched("en"), HOME, "What can we do for you?"),
        FlowStep(e.ServiceTouched("A", T), HOME, "Getting your number…"),
        FlowStep(ok(T, issued=issued(position=1)), TICKET, "1 person before you"),
        FlowStep(e.HomeTouched(), HOME, "Ông/bà cần làm việc gì?"),
    ],
    "English goes on after a notice": [
        FlowStep(e.LanguageTouched("en"), HOME),
        FlowStep(e.ScanHelpTouched(), NOTICE, "How to scan your receipt"),
        FlowStep(e.HomeTouched(), HOME, "What can we do for you?"),
        FlowStep(e.Tick(), HOME, "Ông/bà cần làm việc gì?", after_s=31),
    ],
}


def texts(words: object) -> str:
    """Everything on a screen as one text."""
    lookup = Catalog.load("vi").text
    found: list[str] = []

    def walk(value: object, lang: str) -> None:
        if isinstance(value, Words):
            found.append(say(value, lang, Catalog.load(lang).text if lang != "vi" else lookup))
        elif isinstance(value, str):
            found.append(value)
        elif isinstance(value, tuple):
            for item in value:
                walk(item, lang)
        elif hasattr(value, "__dataclass_fields__"):
            for name in value.__dataclass_fields__:
                walk(getattr(value, name), lang)

    walk(words.frame, words.lang)  # type: ignore[attr-defined]
    walk(words.body, words.lang)  # type: ignore[attr-defined]
    return " | ".join(found)


@pytest.mark.parametrize("name", JOURNEYS)
def test_journey(name: str) -> None:
    player = Player()
    for number, step in enumerate(JOURNEYS[name], 1):
        player.play(step.press, after_s=step.after_s)
        assert player.state.screen is step.screen, f"step {number}: {step.press}"
        assert step.reads in texts(player.picture), f"step {number}: {step.press}"


def test_a_double_touch_gives_one_ticket() -> None:
    player = Player().play(e.ServiceTouched("A", T)).play(e.ServiceTouched("A", "touch-0002"), after_s=0.05)
    player.play(e.ServiceTouched("C", "touch-0003"), after_s=0.05)
    assert [f.message.id for f in player.effects if isinstance(f, SendCommand)] == [T]
    player.ok(T, issued=issued())
    player.play(e.HomeTouched(), after_s=0.1)
    assert player.state.screen is TICKET, "a touch that was meant for the card does not close the ticket"
    assert [f for f in player.effects if isinstance(f, Print)] == [Print(T, issued())]


def test_a_lost_reply_asks_the_same_again_not_for_more() -> None:
    player = Player().play(e.ServiceTouched("A", T), e.Unanswered(T), e.HomeTouched())
    player.play(e.ServiceTouched("A", "touch-0002"))
    sent = [f.message for f in player.effects if isinstance(f, SendCommand)]
    assert sent[0] == sent[1]
    player.ok(T, issued=issued())
    player.play(e.HomeTouched(), e.ServiceTouched("A", "touch-0003"))
    assert player.state.visit.asked is not None
    assert player.state.visit.asked.id == "touch-0003"


@pytest.mark.parametrize(
    "other",
    [
        [e.ServiceTouched("C", "touch-0002")],
        [e.LanguageTouched("en"), e.ServiceTouched("A", "touch-0002")],
        [e.PriorityAsked(), e.PriorityTouched("elderly"), e.ServiceTouched("A", "touch-0002")],
    ],
)
def test_another_wish_has_another_id(other: list[e.Event]) -> None:
    player = Player().play(e.ServiceTouched("A", T), e.Unanswered(T), e.HomeTouched(), *other)
    assert player.state.visit.asked is not None
    assert player.state.visit.asked.id == "touch-0002"


def test_a_lost_wish_is_forgotten_after_a_minute() -> None:
    player = Player().play(e.ServiceTouched("A", T), e.Unanswered(T)).play(e.Tick(), after_s=61)
    player.play(e.ServiceTouched("A", "touch-0002"))
    assert player.state.visit.asked is not None
    assert player.state.visit.asked.id == "touch-0002"


def test_a_ticket_for_a_dossier_carries_its_code_and_nothing_else_does() -> None:
    player = Player().scan().play(e.ServiceTouched("S", T))
    assert player.state.visit.asked is not None
    assert player.state.visit.asked.dossier == dossier().code
    later = Player().scan().play(e.HomeTouched(), e.ServiceTouched("S", T))
    assert later.state.visit.asked is not None
    assert later.state.visit.asked.dossier is None


@pytest.mark.parametrize("player", [Player().scan(), Player().take(priority="disabled"), Player().scan(state=4)])
def test_idle_forgets_everything_of_the_visitor(player: Player) -> None:
    player.play(e.LanguageTouched("en"), e.ContrastTouched(), e.PrintEnded(T, e.PaperResult.PRINTED))
    player.play(e.Tick(), after_s=120)
    fresh = Player()
    assert player.state.visit == fresh.state.visit
    assert "NGUYỄN" not in repr(player.state)
    assert dossier().code not in repr(player.state)


def test_a_lost_wish_with_a_dossier_is_not_kept() -> None:
    player = Player().scan().play(e.ServiceTouched("S", T), e.Unanswered(T), e.HomeTouched())
    assert dossier().code not in repr(player.state)


def test_a_reply_to_somebody_who_left_changes_nothing() -> None:
    player = Player().play(e.DossierScanned(dossier().code, S), e.HomeTouched())
    before = player.state
    player.play(FOUND)
    assert player.state == before


def test_an_older_snapshot_changes_nothing_and_a_higher_epoch_always_wins() -> None:
    player = Player().play(e.ServicesArrived(services(7)), e.ServicesArrived(services(5)))
    assert player.state.services == services(7)
    player.play(e.ServicesArrived(services(1, epoch=2)))
    assert player.state.services == services(1, epoch=2)


@pytest.mark.parametrize(
    ("reason", "reads"),
    [
        ("hours", "đang tạm đóng, mở lại lúc 13:30"),
        ("staff", "Lĩnh vực Đất đai đang tạm đóng."),
        ("quota", "đã phát hết số của ngày hôm nay"),
        ("something new", "Lĩnh vực Đất đai đang tạm đóng."),
    ],
)
def test_a_closed_card_explains_itself_without_asking_the_server(reason: str, reads: str) -> None:
    player = Player(closed={"E": reason}).play(e.ServiceTouched("E", T))
    assert player.state.screen is NOTICE
    assert reads in texts(player.picture)
    assert not player.effects


def test_a_kiosk_without_a_printer_says_so_at_once() -> None:
    player = Player(sample_setup(has_printer=False)).take()
    assert "Xin nhớ số A015" in texts(player.picture)
    assert not [f for f in player.effects if isinstance(f, Print)]


@pytest.mark.parametrize("state", range(12))
@pytest.mark.parametrize("timeliness", list(Timeliness))
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_dossier_has_a_verdict_and_a_next_step(state: int, timeliness: Timeliness, lang: str) -> None:
    player = Player().scan(state=state, timeliness=timeliness, next_step="dossier.next.of_a_newer_server")
    player.play(e.LanguageTouched(lang))
    shown = texts(player.picture)
    late = timeliness in (Timeliness.LATE, Timeliness.DONE_LATE) and state in (2, 4, 5, 6, 9)
    shown = shown.replace("\u00a0", " ")
    assert ("Xin lỗi" in shown or "quá" in shown or "apologise" in shown or "past its date" in shown) or not late
    assert ("nhân viên" if lang == "vi" else "our staff") in shown


@pytest.mark.parametrize(
    ("player", "private"),
    [
        (Player(), False),
        (Player().take(), False),
        (Player().take(priority="elderly"), True),
        (Player().play(e.PriorityAsked()), True),
        (Player().play(e.PriorityTouched("elderly")), True),
        (Player().scan(), True),
        (Player().play(e.DossierScanned("H00.12-261019-0002", S)), True),
        (Player().play(e.ScanHelpTouched()), False),
        (Player().play(e.ServerSeen(False)), False),
    ],
)
def test_what_says_something_about_a_person_is_private(player: Player, private: bool) -> None:
    assert player.picture.private is private
    assert not (player.picture.neutral and private)
