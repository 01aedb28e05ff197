"""The screens that have a golden: name → a kiosk that shows it."""

from datetime import UTC, datetime

from contracts.messages.dossiers import Timeliness
from kiosk.flow import events as e
from tests.support.kiosk_pictures import Player, lent, sample_setup

PHONES = "https://binhan.example"


def gallery() -> dict[str, Player]:
    """A player a picture."""
    setup = sample_setup()
    ticket = e.PaperResult
    working = {"state": 4, "finished_at": None, "service": None, "next_step": "dossier.next.wait_until_due"}
    late = {
        "state": 4, "finished_at": None, "service": "U", "next_step": "dossier.next.ask_about_delay",
        "timeliness": Timeliness.LATE, "procedure_name": "Liên thông khai tử – xóa thường trú – mai táng phí",
    }  # fmt: skip
    refused = {
        "state": 3, "service": "U", "next_step": "dossier.next.ask_why_refused", "timeliness": Timeliness.UNKNOWN,
        "finished_at": None, "due_at": None, "note": "Không thuộc thẩm quyền giải quyết (ví dụ)",
        "received_at": datetime(2026, 11, 20, 1, 5, tzinfo=UTC),
    }  # fmt: skip
    return {
        "home": Player(),
        "home-closed": Player(closed={"E": "hours", "F": "staff", "C": "quota"}).play(
            e.PrinterSeen("paper_out"), e.PriorityTouched("elderly")
        ),
        "home-asking": Player().play(e.ServiceTouched("L", "touch-0001")),
        "priority": Player().play(e.PriorityAsked()),
        "ticket-printing": Player().take(),
        "ticket-take": Player().take(priority="elderly").play(e.PrintEnded("touch-0001", ticket.PRINTED)),
        "ticket-trouble": Player().take(position=0).play(e.PrintEnded("touch-0001", ticket.FAILED, "paper_out")),
        "ticket-phone": Player(sample_setup(public_url=PHONES)).take().play(e.PrintEnded("touch-0001", ticket.UNKNOWN)),
        "dossier-ready": Player().scan(),
        "dossier-working": Player().scan(timeliness=Timeliness.ON_TIME, **working),
        "dossier-late": Player().scan(**late),
        "dossier-refused": Player().scan(**refused),
        "dossier-full": Player().scan(
            procedure_name=late["procedure_name"], timeliness=Timeliness.DONE_LATE, note="Nhận tại quầy 8 (ví dụ)"
        ),
        "dossier-looking": Player().play(e.DossierScanned("H00.12-261019-0002", "scan-00001")),
        "notice-closed": Player(closed={"E": "hours"}).play(e.ServiceTouched("E", "touch-0001")),
        "notice-not-dossier": Player().play(e.ScanRefused(e.ScanTrouble.NOT_DOSSIER)),
        "notice-how-to-scan": Player().play(e.ScanHelpTouched()),
        "notice-checking-in": Player().play(e.AppointmentScanned("abcdefghij234567", "scan-00001")),
        "notice-check-in-early": Player()
        .play(e.AppointmentScanned("abcdefghij234567", "scan-00001"))
        .refuse("scan-00001", "check_in_early"),
        "notice-check-in-late": Player()
        .play(e.AppointmentScanned("abcdefghij234567", "scan-00001"))
        .refuse("scan-00001", "check_in_late"),
        "offline-home": _cut_off(closed={"F": "staff"}),
        "offline-home-no-paper": _cut_off().play(e.PrinterSeen("paper_out")),
        "offline-ticket": _cut_off().offline().play(e.PrintEnded("touch-0001", ticket.PRINTED)),
        "offline-ticket-trouble": _cut_off()
        .play(e.PriorityAsked(), e.PriorityTouched("elderly"))
        .offline()
        .play(e.PrintEnded("touch-0001", ticket.FAILED, "paper_out")),
        "offline-lookup": _cut_off().play(e.DossierScanned("H00.12-261019-0002", "scan-00001")),
        "notice-spent": _cut_off().play(e.ServiceTouched("C", "touch-0001")),
        "away": Player().play(e.ServerSeen(False)),
        "starting": Player(setup, awake=False),
    }


def _cut_off(**more: object) -> Player:
    return Player(sample_setup(public_url=PHONES), book=lent(), **more).play(e.ServerSeen(False))  # type: ignore[arg-type]  # a test's keywords


def in_language(player: Player, lang: str) -> Player:
    """The same with another language, chosen on that screen."""
    return player.play(e.LanguageTouched(lang)) if lang != player.state.visit.lang else player


def in_contrast(player: Player) -> Player:
    """The same in high contrast."""
    return player.play(e.ContrastTouched())
