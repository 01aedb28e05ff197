"""What the lobby sees: the board's retained snapshot and the call event (the fast path)."""

from datetime import datetime

import msgspec

from contracts.messages.common import CounterStatus, Estimate, TicketState, Version

BOARD_CALLS_MAX = 20


class Call(msgspec.Struct, frozen=True):
    """One call of one ticket. A recall has the same call_id with a higher `repeat` (0 = first)."""

    call_id: str
    number: str
    service: str
    counter: int
    called_at: datetime
    repeat: int = 0
    lang: str = "vi"


class BoardCounter(msgspec.Struct, frozen=True):
    """A counter's row: `number` is the ticket called or served there now."""

    n: int
    status: CounterStatus
    number: str | None = None
    state: TicketState | None = None


class ServiceState(msgspec.Struct, frozen=True):
    """A service as cards and boards show it now."""

    code: str
    open: bool
    waiting: int
    estimate: Estimate | None = None  # of a ticket taken now
    reason: str | None = None  # why closed: "staff", "hours", "quota"; why no estimate is `estimate_reason`
    reopens_at: datetime | None = None
    estimate_reason: str | None = None


class BoardSnapshot(msgspec.Struct, frozen=True):
    """Everything a board, a sign or the voice needs. Retained; replaces all that was known before."""

    version: Version
    at: datetime
    business_day: str  # "2026-11-23", Asia/Ho_Chi_Minh
    calls: tuple[Call, ...]  # newest first, at most BOARD_CALLS_MAX; consumers dedupe by (call_id, repeat)
    counters: tuple[BoardCounter, ...]
    services: tuple[ServiceState, ...]


class CallEvent(msgspec.Struct, frozen=True):
    """The same call as in the snapshot, sent ahead of it; never the only source."""

    version: Version
    call: Call


class ServicesSnapshot(msgspec.Struct, frozen=True):
    """The kiosk's cards. Retained."""

    version: Version
    at: datetime
    business_day: str
    services: tuple[ServiceState, ...]


class AlertEvent(msgspec.Struct, frozen=True):
    """A ticket is about to miss the target wait of its service. Not retained: the manager's page lists them."""

    version: Version
    at: datetime
    number: str
    service: str
    waited_s: int
    target_s: int
