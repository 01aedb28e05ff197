"""The conversation about tickets: take one, give it back."""

from typing import Annotated

import msgspec

from contracts.messages.common import CODE_CHARS_MAX

Code = Annotated[str, msgspec.Meta(min_length=1, max_length=CODE_CHARS_MAX)]
Plain = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9][A-Za-z0-9._-]*$", min_length=1, max_length=CODE_CHARS_MAX)]
"""A code that the journal keeps for ever: no words, so nobody's name (design.md §4, Journal)."""
CommandId = Annotated[str, msgspec.Meta(min_length=8, max_length=64)]
Lang = Annotated[str, msgspec.Meta(pattern="^[a-z]{2,3}$")]
TTL_MS_MAX = 60_000
Ttl = Annotated[int, msgspec.Meta(ge=1, le=TTL_MS_MAX)]
SENT_AT_MS_MAX = 253_402_300_799_999  # the end of the year 9999
SentAt = Annotated[int, msgspec.Meta(ge=0, le=SENT_AT_MS_MAX)]


class IssueTicket(msgspec.Struct, frozen=True, kw_only=True):
    """Take a ticket for a service."""

    id: CommandId  # command id, the same over every retry of one touch
    service: Code
    priority: Code = "normal"
    lang: Lang = "vi"
    procedure: Plain | None = None  # procedure code, when the visitor chose one
    dossier: Code | None = None  # dossier code, when the visitor scanned a receipt
    sent_at_ms: SentAt | None = None  # server time (ms UTC) as the sender estimates it
    ttl_ms: Ttl | None = None  # older than this on arrival: refused with `expired`


class CancelTicket(msgspec.Struct, frozen=True, kw_only=True):
    """Give a ticket back by its token."""

    id: CommandId
    token: Code
    sent_at_ms: SentAt | None = None
    ttl_ms: Ttl | None = None
