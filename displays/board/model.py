"""The board's picture as data: every line of text a key or an office text, no size, no colour, no place."""

from datetime import datetime
from enum import StrEnum

import msgspec

from contracts.messages.common import Version


class Moment(msgspec.Struct, frozen=True):
    """Now: monotonic seconds for durations, and the wall time (aware) that a clock on the wall should show."""

    mono_s: float
    wall: datetime


class Words(msgspec.Struct, frozen=True):
    """A text of assets/i18n: its key and parameters. `board.plain` carries an office's own text."""

    key: str
    params: dict[str, str | int] = {}


class Mood(StrEnum):
    """How a spotlight call stands."""

    NEW = "new"  # within its dwell
    CURRENT = "current"  # that ticket is still called or served there
    PAST = "past"  # the newest call, but over


class RowLook(StrEnum):
    """What a counter does, as the lobby needs it."""

    CALLED = "called"
    SERVING = "serving"
    IDLE = "idle"
    PAUSED = "paused"
    CLOSED = "closed"


class SpotlightView(msgspec.Struct, frozen=True):
    """The large call. `lit` alternates during the pulses of a new call and is false afterwards."""

    call_id: str
    repeat: int
    number: str
    service: str
    service_name: str
    counter: int
    counter_name: str
    arrow: str  # "<", ">", "-" (straight ahead) or ""
    mood: Mood
    lit: bool


class CounterRow(msgspec.Struct, frozen=True):
    """A counter. `spot`: the spotlight shows its call now."""

    n: int
    name: str
    arrow: str
    look: RowLook
    word: Words
    number: str | None = None
    spot: bool = False


class CallLine(msgspec.Struct, frozen=True):
    """A line of the last calls; `at` is local HH:MM."""

    number: str
    counter: int
    counter_name: str
    at: str


class ServiceLine(msgspec.Struct, frozen=True):
    """A line of the waiting list. `wait`: expected range of a ticket taken now, or why the service is closed."""

    code: str
    name: str
    open: bool
    waiting: int
    wait: Words


class BoardFrame(msgspec.Struct, frozen=True):
    """Everything on the board at one moment. Equal frames look equal."""

    lang: str
    title: str
    short_title: str
    clock: str  # local HH:MM
    date: Words
    spotlight: SpotlightView | None
    rows: tuple[CounterRow, ...]
    last_calls: tuple[CallLine, ...]  # newest first, without the spotlight's
    services: tuple[ServiceLine, ...]
    waiting: int
    ticker: tuple[Words, ...]
    page: int  # grows by one every PAGE_S; a list that does not fit shows page modulo its pages
    stale: Words | None  # what to say when this may not be the truth
    version: Version | None
