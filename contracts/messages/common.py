"""What several conversations share: enumerations, version, estimate, the views of a ticket and a counter, the reply."""

from datetime import datetime
from enum import StrEnum
from typing import Self

import msgspec

NAME_CHARS_MAX = 120
CODE_CHARS_MAX = 64


class OpenEnum(StrEnum):
    """An enumeration that may grow: an unknown value becomes UNKNOWN, not an error (design.md §3)."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        unknown = cls.__members__.get("UNKNOWN")
        return unknown if isinstance(value, str) else None


class TicketState(OpenEnum):
    """Where a ticket stands in its life (design.md §4, Life)."""

    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    HELD = "held"
    DONE = "done"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    VOID = "void"  # an unprinted twin of a number that a kiosk printed without us
    UNKNOWN = "unknown"


class CounterStatus(OpenEnum):
    """Whether a counter calls tickets."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Version(msgspec.Struct, frozen=True, order=True):
    """Version of a retained snapshot: a higher epoch always wins, then a higher seq (design.md §3)."""

    epoch: int
    seq: int


class Estimate(msgspec.Struct, frozen=True):
    """Expected wait from now: p10, p50 and p90, in seconds."""

    low_s: int
    likely_s: int
    high_s: int


class TicketView(msgspec.Struct, frozen=True):
    """A ticket as staff and displays see it: never a name or a card number."""

    number: str  # "A015"
    service: str  # service code
    priority: str  # class code of the office file, "normal" without one
    state: TicketState
    lang: str  # language the visitor chose: "vi", "en"
    issued_at: datetime
    called_at: datetime | None = None  # first call of this visit
    counter: int | None = None  # the counter that called it
    procedure: str | None = None
    dossier: str | None = None  # dossier code, only towards clerks
    started_at: datetime | None = None  # when serving began
    only_counter: int | None = None  # sent to this counter: no other calls it next
    offline: bool = False  # printed while the server was away
    appointment: bool = False  # came by appointment
    stages: int = 0  # services of this visit that are finished


class CounterView(msgspec.Struct, frozen=True):
    """A counter as its clerk sees it."""

    n: int
    status: CounterStatus
    waiting: int  # tickets that this counter could call now
    ticket: TicketView | None = None  # called or being served here
    reason: str | None = None  # why it is paused or closed
    held: tuple[TicketView, ...] = ()  # tickets this counter put on hold


class IssuedTicket(msgspec.Struct, frozen=True):
    """What a citizen gets for a touch."""

    number: str
    service: str
    priority: str
    lang: str
    issued_at: datetime
    position: int  # people ahead, at the moment of the reply
    estimate: Estimate | None  # None: nothing honest can be said
    token: str  # follows and cancels the ticket; not guessable
    estimate_reason: str | None = None  # why there is no estimate: "no_counter", "no_history"


class ErrorReply(msgspec.Struct, frozen=True):
    """A refusal: a stable code of contracts/errors.py and a sentence for staff and logs."""

    code: str
    detail: str = ""
