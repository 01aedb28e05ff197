"""The conversation of counters: what a clerk or a button asks for."""

from typing import Annotated

import msgspec

from contracts.messages.tickets import Code, CommandId, Plain, SentAt, Ttl

COUNTER_N_MAX = 99
Number = Annotated[str, msgspec.Meta(pattern="^[A-Za-z][0-9]{3}$")]
CounterN = Annotated[int, msgspec.Meta(ge=1, le=COUNTER_N_MAX)]
Reason = Annotated[str, msgspec.Meta(max_length=120)]
REASONS = ("short", "lunch", "meeting", "fault", "end_of_day", "other")
"""Why a counter pauses or closes, or a service: these codes stay in the journal. A text in words is shown as long as it
holds and is "other" in the journal, which keeps nothing that could name anybody (design.md §4, Journal)."""


def reason_code(reason: str | None) -> str | None:
    """What the journal keeps of a reason."""
    return reason if reason is None or reason in REASONS else "other"


class CounterCommand(msgspec.Struct, frozen=True, kw_only=True):
    """What every counter command carries."""

    id: CommandId  # one press, one id, kept over retries
    counter: CounterN
    sent_at_ms: SentAt | None = None  # server time (ms UTC) as the sender estimates it
    ttl_ms: Ttl | None = None  # older than this on arrival: refused with `expired`


class CallNext(CounterCommand, frozen=True, kw_only=True):
    """Call the next ticket; finishes the one being served first where the office says so."""


class CallNumber(CounterCommand, frozen=True, kw_only=True):
    """Call a certain waiting, held or missed ticket."""

    number: Number


class Recall(CounterCommand, frozen=True, kw_only=True):
    """Call the current ticket once more."""


class Start(CounterCommand, frozen=True, kw_only=True):
    """The visitor has arrived: serving begins."""


class Finish(CounterCommand, frozen=True, kw_only=True):
    """The visit is over."""

    result: Plain | None = None  # result code of the office file ([[result]])
    next_service: Code | None = None  # the visit goes on with this service: here if the counter may, else in its queue


class NoShow(CounterCommand, frozen=True, kw_only=True):
    """Nobody came."""


class UndoNoShow(CounterCommand, frozen=True, kw_only=True):
    """The last no-show of this counter came after all: called again here."""


class Transfer(CounterCommand, frozen=True, kw_only=True):
    """Send the current ticket to another service or counter; number and arrival are kept."""

    to_service: Code | None = None
    to_counter: CounterN | None = None


class Hold(CounterCommand, frozen=True, kw_only=True):
    """Put the current ticket aside (a form is missing); it stays with this counter."""


class Resume(CounterCommand, frozen=True, kw_only=True):
    """Take a held ticket up again."""

    number: Number


class Requeue(CounterCommand, frozen=True, kw_only=True):
    """Put the current ticket back in its place in the queue."""


class OpenCounter(CounterCommand, frozen=True, kw_only=True):
    """The counter begins to call."""


class CloseCounter(CounterCommand, frozen=True, kw_only=True):
    """The counter ends its day."""

    reason: Reason | None = None


class PauseCounter(CounterCommand, frozen=True, kw_only=True):
    """The counter pauses, with a reason."""

    reason: Reason | None = None


class Help(CounterCommand, frozen=True, kw_only=True):
    """The clerk asks a colleague or security to come."""


class ServiceCommand(msgspec.Struct, frozen=True, kw_only=True):
    """What both service commands carry."""

    id: CommandId
    service: Code
    sent_at_ms: SentAt | None = None
    ttl_ms: Ttl | None = None


class OpenService(ServiceCommand, frozen=True, kw_only=True):
    """Tickets of this service may be taken."""


class CloseService(ServiceCommand, frozen=True, kw_only=True):
    """No more tickets of this service for now."""

    reason: Reason | None = None
