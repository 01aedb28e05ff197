"""The conversation of a kiosk that may be cut off: blocks of numbers to issue from, and the hand-over (design.md §4).

A kiosk asks for blocks while the server answers, issues from them when it does not, and hands over on return what it
printed. An offline ticket keeps the command id of its online attempt: by it the server finds the twin of a lost reply.
"""

from typing import Annotated

import msgspec

from contracts.messages.counters import Number
from contracts.messages.tickets import Code, CommandId, Lang, Plain, SentAt, Ttl

HAND_OVER_TICKETS_MAX = 20  # so that the longest fits a command (codec.COMMAND_BYTES_MAX)
LEASE_BLOCKS_MAX = 200
EpochId = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9-]{8,64}$")]
"""Random, made with the kiosk's spool: a kiosk that lost its spool comes with another."""
BlockId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Day = Annotated[str, msgspec.Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Serial = Annotated[int, msgspec.Meta(ge=1, le=999)]


class LeaseBlock(msgspec.Struct, frozen=True):
    """Numbers `first`-`last` of a service that only this kiosk gives out, and only without the server."""

    id: BlockId
    service: Code
    day: Day  # the business day they are meant for
    first: Serial
    last: Serial


class LeaseBlocks(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for blocks for today and the next open day; given again what is held, and more where half is spent."""

    id: CommandId
    epoch: EpochId
    spent: Annotated[dict[BlockId, Serial], msgspec.Meta(max_length=LEASE_BLOCKS_MAX)] = {}  # block → last serial used
    sent_at_ms: SentAt | None = None
    ttl_ms: Ttl | None = None


class LeaseGrant(msgspec.Struct, frozen=True):
    """All live blocks of a kiosk epoch; it replaces what the kiosk knew before."""

    epoch: EpochId
    business_day: Day
    next_day: Day  # the next open day
    blocks: tuple[LeaseBlock, ...]


class OfflineTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket that a kiosk gave out of a block."""

    id: CommandId  # of the touch: the same as in the online attempt, if there was one
    block: BlockId
    number: Number
    taken_ms: SentAt  # server time estimated at the last contact plus monotonic time since, ms UTC
    priority: Code = "normal"
    lang: Lang = "vi"
    procedure: Plain | None = None
    dossier: Code | None = None


class HandOver(msgspec.Struct, frozen=True, kw_only=True):
    """What was printed while the server was away, in order of issue. May be repeated: each ticket counts once."""

    id: CommandId  # of this hand-over: never the id of a ticket
    epoch: EpochId
    tickets: Annotated[tuple[OfflineTicket, ...], msgspec.Meta(min_length=1, max_length=HAND_OVER_TICKETS_MAX)]
    sent_at_ms: SentAt | None = None
    ttl_ms: Ttl | None = None


class HandedOver(msgspec.Struct, frozen=True):
    """What became of one of them: taken over, or `code` of contracts/errors.py (then staff must see to it)."""

    id: CommandId
    number: Number
    accepted: bool
    code: str | None = None
