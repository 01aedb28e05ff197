"""The screen that says what happened, what a person can do, and where staff are. Never a code alone."""

from dataclasses import dataclass

from kiosk.flow.now import Now
from kiosk.flow.state import Screen, State, Step, go, with_visit
from kiosk.flow.words import Local, Plain, Text, Words

HOW_TO_SCAN, CHECKING_IN = "how_to_scan", "checking_in"
CODES = frozenset(
    {
        "server_away", "lookup_away", "no_answer", HOW_TO_SCAN, "identity_card", "social_insurance", "ticket_scanned",
        "unknown_service", "unknown_priority", "service_closed", "quota_reached", "numbers_exhausted",
        "lease_spent", "busy", "storage_unavailable", "rate_limited", "expired", "internal",
        CHECKING_IN, "check_in_away", "check_in_early", "check_in_late", "unknown_appointment", "wrong_state",
        "bad_dossier_code", "dossier_unknown", "secret_wrong", "barcode_unreadable", "scan_too_long",
    }
)  # fmt: skip
"""Every code with words of its own: `kiosk.error.<code>.{title,body,help}`. Any other is told as "internal"."""

_ICONS = {
    "lookup_away": "offline",
    "server_away": "offline", "no_answer": "offline", "busy": "clock", "rate_limited": "clock", "expired": "clock",
    "service_closed": "clock", "quota_reached": "ticket", "numbers_exhausted": "ticket",
    "lease_spent": "ticket",
    "bad_dossier_code": "scan", "dossier_unknown": "search", "barcode_unreadable": "scan", "scan_too_long": "scan",
    "identity_card": "scan", "social_insurance": "scan", "ticket_scanned": "ticket", HOW_TO_SCAN: "scan",
    CHECKING_IN: "clock", "check_in_away": "offline", "check_in_early": "clock", "check_in_late": "clock",
    "unknown_appointment": "search", "wrong_state": "ticket",
}  # fmt: skip


@dataclass(frozen=True)
class NoticeView:
    """What a notice shows. `calm`: an explanation, not a trouble."""

    icon: str
    title: Words
    body: Words
    help: Words
    home: Words
    calm: bool


def show(state: State, code: str, now: Now, *, service: str | None = None) -> Step:
    """Go to the notice of `code`; what was on the way is over."""
    changed = with_visit(
        state, notice=code, notice_service=service, looking=None, dossier=None, ticket=None, offline=False, job_id=None
    )
    return go(changed, Screen.NOTICE, now)


def view(state: State, _now: Now) -> NoticeView:
    """The notice behind the visit's code."""
    code = state.visit.notice if state.visit.notice in CODES else "internal"
    key = f"kiosk.error.{code}"
    return NoticeView(
        icon=_ICONS.get(code, "warning"),
        title=Text(f"{key}.title"),
        body=_body(state, key),
        help=Text(f"{key}.help", {"minutes": Plain(str(state.setup.early_min))}),
        home=Text("kiosk.button.home"),
        calm=code in (HOW_TO_SCAN, CHECKING_IN),
    )


def _body(state: State, key: str) -> Words:
    service = state.setup.service(state.visit.notice_service)
    name: Words = Local(service.name) if service else Text("kiosk.this_service")
    reopens = state.service_state(service.code) if service else None
    if key.endswith(".service_closed") and reopens is not None and reopens.reopens_at is not None:
        at = state.setup.local(reopens.reopens_at)
        return Text(f"{key}.reopens", {"service": name, "time": Plain(at.strftime("%H:%M"))})
    return Text(f"{key}.body", {"service": name})
