"""States of a sample kiosk, reached by playing events: for golden screens and for looking at them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contracts.messages.board import ServicesSnapshot, ServiceState
from contracts.messages.common import ErrorReply, Estimate, IssuedTicket, Version
from contracts.messages.dossiers import DossierView, Timeliness
from contracts.messages.leases import LeaseBlock
from contracts.messages.replies import Reply
from kiosk.flow import events as e
from kiosk.flow import kiosk
from kiosk.flow.leases import LeaseBook
from kiosk.flow.now import Now
from kiosk.flow.setup import Setup, setup_from
from kiosk.flow.state import State, begin
from runtime.config import load_office

SAMPLE = Path(__file__).resolve().parents[2] / "assets" / "samples" / "office.toml"
WALL = datetime(2026, 11, 23, 2, 41, tzinfo=UTC)  # 09:41 in the office
ESTIMATES = {"A": (20, 31), "C": (1, 5), "E": (25, 50), "F": (11, 24), "H": (0, 9), "L": (16, 29), "S": (0, 4)}
WAITING = {"A": 9, "C": 2, "E": 5, "F": 3, "H": 1, "L": 6, "S": 0, "U": 0}


def sample_setup(*, has_printer: bool = True, public_url: str = "") -> Setup:
    """The sample office's kiosk."""
    return replace(setup_from(load_office(SAMPLE), "kiosk-1", has_printer=has_printer), public_url=public_url)


def lent(**changes: object) -> LeaseBook:
    """A few numbers for most services of that day, by a server heard just now; C has none."""
    blocks = tuple(LeaseBlock(f"block-{code}", code, "2026-11-23", 970, 974) for code in "AEFHLSU")
    book = LeaseBook("epoch-of-a-kiosk", blocks, contact_ms=round(WALL.timestamp() * 1000), contact_mono_s=100.0)
    return replace(book, **changes)  # type: ignore[arg-type]  # a test's keywords


def services(seq: int = 1, *, epoch: int = 1, closed: dict[str, str] | None = None) -> ServicesSnapshot:
    """A morning's snapshot; `closed`: service → reason."""
    rows = []
    for code, waiting in WAITING.items():
        low_high = ESTIMATES.get(code)
        estimate = Estimate(low_high[0] * 60, low_high[1] * 45, low_high[1] * 60) if low_high else None
        reason = (closed or {}).get(code)
        reopens = datetime(2026, 11, 23, 6, 30, tzinfo=UTC) if reason == "hours" else None
        rows.append(
            ServiceState(code, reason is None, waiting, estimate, reason, reopens, None if estimate else "no_counter")
        )
    return ServicesSnapshot(Version(epoch, seq), WALL, "2026-11-23", tuple(rows))


def issued(**changes: object) -> IssuedTicket:
    """The ticket of the first touch."""
    fields: dict[str, object] = {
        "number": "A015", "service": "A", "priority": "normal", "lang": "vi", "issued_at": WALL, "position": 9,
        "estimate": Estimate(1200, 1500, 1860), "token": "abcdefghijklmnop",
    }  # fmt: skip
    return IssuedTicket(**{**fields, **changes})  # type: ignore[arg-type]  # a test's keywords


def dossier(**changes: object) -> DossierView:
    """A dossier with its result ready."""
    fields: dict[str, object] = {
        "code": "000.00.12.H00-261019-0001", "procedure_code": "1.004873",
        "procedure_name": "Cấp Giấy xác nhận tình trạng hôn nhân", "applicant_masked": "NGUYỄN V** A*",
        "unit": "UBND xã Bình An (mẫu)", "state": 9, "timeliness": Timeliness.DONE_ON_TIME,
        "received_at": datetime(2026, 10, 19, 7, 45, tzinfo=UTC), "due_at": datetime(2026, 10, 22, 10, 0, tzinfo=UTC),
        "finished_at": datetime(2026, 10, 21, 3, 12, tzinfo=UTC), "next_step": "dossier.next.collect_result",
        "service": "S",
    }  # fmt: skip
    return DossierView(**{**fields, **changes})  # type: ignore[arg-type]


class Player:
    """A kiosk to play events to; time goes on by a second an event unless told otherwise."""

    def __init__(
        self,
        setup: Setup | None = None,
        *,
        awake: bool = True,
        closed: dict[str, str] | None = None,
        book: LeaseBook | None = None,
    ) -> None:
        self.mono_s = 100.0
        self.state: State = begin(setup or sample_setup(), self.now, book)
        self.effects: list[object] = []
        if awake:
            self.play(e.ServerSeen(True), e.ServicesArrived(services(closed=closed)))

    @property
    def now(self) -> Now:
        """The time now."""
        return Now(self.mono_s, WALL + timedelta(seconds=self.mono_s - 100.0))

    def play(self, *events: e.Event, after_s: float = 1.0) -> "Player":
        """Events, one after the other."""
        for event in events:
            self.mono_s += after_s
            step = kiosk.step(self.state, event, self.now)
            self.state = step.state
            self.effects += step.effects
        return self

    def ok(self, command_id: str, **what: object) -> "Player":
        """The server's good reply."""
        reply = Reply(id=command_id, verb="issue", ok=True, at=WALL, **what)  # type: ignore[arg-type]
        return self.play(e.Replied(reply))

    def refuse(self, command_id: str, code: str) -> "Player":
        """The server's refusal."""
        return self.play(e.Replied(Reply(id=command_id, verb="issue", ok=False, at=WALL, error=ErrorReply(code))))

    def take(self, service: str = "A", **ticket: object) -> "Player":
        """Touch a service and get a ticket."""
        self.play(e.ServiceTouched(service, "touch-0001"))
        return self.ok("touch-0001", issued=issued(service=service, **ticket))

    def offline(self, service: str = "A", command_id: str = "touch-0001", *, ok: bool = True) -> "Player":
        """Touch a service while the server is away; the spool's word on it."""
        return self.play(e.ServiceTouched(service, command_id), e.TicketKept(command_id, ok))

    def scan(self, **changes: object) -> "Player":
        """Scan a receipt and get its dossier."""
        found = dossier(**changes)
        self.play(e.DossierScanned(found.code, "scan-00001"))
        return self.ok("scan-00001", dossier=found)

    @property
    def picture(self) -> kiosk.Picture:
        """What is on the glass, at a frozen minute."""
        return kiosk.view(self.state, Now(self.mono_s, WALL))
