"""The conversation about the business day: a person says that a clock that jumped is right."""

import msgspec

from contracts.messages.leases import Day
from contracts.messages.tickets import CommandId, SentAt, Ttl


class ConfirmDay(msgspec.Struct, frozen=True, kw_only=True):
    """The clock shows `day`, and that is right: the day before ends, with all who still wait."""

    id: CommandId
    day: Day  # as the person saw it: a late repetition confirms no other jump
    sent_at_ms: SentAt | None = None
    ttl_ms: Ttl | None = None
