"""Everything that can happen to a kiosk. A touch that may become a command brings its own command id."""

from dataclasses import dataclass
from enum import StrEnum

from contracts.messages.board import ServicesSnapshot
from contracts.messages.replies import Reply


@dataclass(frozen=True)
class ServiceTouched:
    """A service card, or the button of a dossier that leads to a service."""

    service: str
    command_id: str


@dataclass(frozen=True)
class PriorityAsked:
    """ "I belong to a priority class"."""


@dataclass(frozen=True)
class PriorityTouched:
    """A class of the office file, or "normal" to take it back."""

    code: str


@dataclass(frozen=True)
class ScanHelpTouched:
    """The strip that says "scan your receipt" was touched instead."""


@dataclass(frozen=True)
class HomeTouched:
    """Back to the first screen."""


@dataclass(frozen=True)
class LanguageTouched:
    """One of the office's languages."""

    lang: str


@dataclass(frozen=True)
class ContrastTouched:
    """High contrast on or off."""


@dataclass(frozen=True)
class GlassTouched:
    """A touch beside every button: somebody is there."""


@dataclass(frozen=True)
class DossierScanned:
    """A scanner read a dossier code."""

    code: str
    command_id: str


@dataclass(frozen=True)
class AppointmentScanned:
    """A scanner read the code of a booking."""

    token: str
    command_id: str


class ScanTrouble(StrEnum):
    """What else a scanner can have read."""

    NOT_DOSSIER = "bad_dossier_code"
    UNREADABLE = "barcode_unreadable"
    TOO_LONG = "scan_too_long"
    IDENTITY = "identity_card"  # a card with personal data: nothing of it is kept
    SOCIAL_INSURANCE = "social_insurance"  # a code of another office's desk
    TICKET = "ticket_scanned"  # a queue ticket instead of a receipt


@dataclass(frozen=True)
class ScanRefused:
    """A scanner read something that is no dossier code. The content stays outside the flow."""

    why: ScanTrouble


@dataclass(frozen=True)
class ServicesArrived:
    """The server's newest picture of the services."""

    snapshot: ServicesSnapshot


@dataclass(frozen=True)
class ServerSeen:
    """Whether the server answers: link up and a heartbeat not older than five seconds; and its time then, UTC ms."""

    alive: bool
    server_ms: int | None = None


@dataclass(frozen=True)
class Replied:
    """The server's reply to a command of this kiosk."""

    reply: Reply


@dataclass(frozen=True)
class Unanswered:
    """A command was given up: no reply within its time to live."""

    command_id: str


class PaperResult(StrEnum):
    """What became of a print job."""

    PRINTED = "printed"
    FAILED = "failed"
    UNKNOWN = "unknown"  # sent to a printer that cannot say


@dataclass(frozen=True)
class PrintEnded:
    """The printer's word on a job; `code` is an error code when it failed."""

    job_id: str
    result: PaperResult
    code: str | None = None


@dataclass(frozen=True)
class PrinterSeen:
    """How the printer is now: `code` None when it can print."""

    code: str | None


@dataclass(frozen=True)
class TicketKept:
    """The spool's word on a ticket out of a block: durable, or not to be had."""

    command_id: str
    ok: bool


@dataclass(frozen=True)
class Tick:
    """Time passed."""


Touch = (
    ServiceTouched
    | PriorityAsked
    | PriorityTouched
    | ScanHelpTouched
    | HomeTouched
    | LanguageTouched
    | ContrastTouched
    | GlassTouched
)
Scan = DossierScanned | AppointmentScanned | ScanRefused
News = ServicesArrived | ServerSeen | Replied | Unanswered | PrintEnded | PrinterSeen | TicketKept | Tick
Event = Touch | Scan | News
