"""The conversation about appointments: book a slot, give it back, check in (issue: one active booking a person)."""

from datetime import datetime
from typing import Annotated

import msgspec

from contracts.messages.common import OpenEnum
from contracts.messages.leases import Day
from contracts.messages.tickets import Code, CommandId, Lang, SentAt, Ttl

PERSON_CHARS_MAX = 32
Clock = Annotated[str, msgspec.Meta(pattern="^[0-2][0-9]:[0-5][0-9]$")]
Person = Annotated[str, msgspec.Meta(pattern="^[+0-9][0-9 .-]{7,30}$", max_length=PERSON_CHARS_MAX)]
"""A telephone number or the number of a citizen card: only its keyed hash is kept, and only until the day is over."""


QR_MARK = "motcua:appt:"
"""What a booking's QR begins with; the token follows."""


def qr_text(token: str) -> str:
    """What the QR of a booking says: the kiosk's scanner reads it (kiosk/scanning/classify.py)."""
    return f"{QR_MARK}{token}"


class AppointmentState(OpenEnum):
    """The life of a booking."""

    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    CANCELLED = "cancelled"
    MISSED = "missed"
    UNKNOWN = "unknown"


class Slot(msgspec.Struct, frozen=True):
    """A slot of a service: how many may still book it."""

    service: str
    start: datetime  # local, with offset
    end: datetime
    capacity: int
    free: int


class AppointmentView(msgspec.Struct, frozen=True):
    """A booking as its holder sees it."""

    token: str  # follows, cancels and checks in; not guessable
    service: str
    start: datetime
    end: datetime
    state: AppointmentState
    lang: str
    number: str | None = None  # of its ticket, once checked in


class BookAppointment(msgspec.Struct, frozen=True, kw_only=True):
    """Book a slot."""

    id: CommandId
    service: Code
    date: Day
    start: Clock  # local time of the office: one of GET /api/v1/slots
    person: Person
    lang: Lang = "vi"
    sent_at_ms: SentAt | None = None
    ttl_ms: Ttl | None = None


class CancelAppointment(msgspec.Struct, frozen=True, kw_only=True):
    """Give a booking back by its token."""

    id: CommandId
    token: Code
    sent_at_ms: SentAt | None = None
    ttl_ms: Ttl | None = None


class CheckIn(msgspec.Struct, frozen=True, kw_only=True):
    """The visitor is here: a ticket that merges into the queue at its slot."""

    id: CommandId
    token: Code
    sent_at_ms: SentAt | None = None
    ttl_ms: Ttl | None = None
