"""What the flow asks the world to do. The driver performs them; the flow hears of the outcome as an event."""

from dataclasses import dataclass

from contracts.messages.appointments import CheckIn
from contracts.messages.common import IssuedTicket
from contracts.messages.dossiers import LookupDossier
from contracts.messages.leases import HandedOver, HandOver, LeaseBlock, LeaseBlocks, OfflineTicket
from contracts.messages.tickets import IssueTicket


@dataclass(frozen=True)
class SendCommand:
    """Send a command; ends with `Replied` or `Unanswered`."""

    verb: str
    message: IssueTicket | LookupDossier | CheckIn | LeaseBlocks | HandOver


@dataclass(frozen=True)
class Print:
    """Print a ticket once (the same job id prints once); ends with `PrintEnded`.

    `offline`: given without the server, so the ticket says so; it has no position, estimate or token.
    """

    job_id: str
    ticket: IssuedTicket
    offline: bool = False


@dataclass(frozen=True)
class KeepTicket:
    """Make a ticket out of a block durable, before anybody sees its number; ends with `TicketKept`.

    `given`: there is no paper to wait for.
    """

    ticket: OfflineTicket
    serial: int
    given: bool


@dataclass(frozen=True)
class KeepGiven:
    """Somebody has the number of this ticket now."""

    command_id: str


@dataclass(frozen=True)
class KeepGrant:
    """All blocks that this kiosk has."""

    blocks: tuple[LeaseBlock, ...]


@dataclass(frozen=True)
class KeepContact:
    """What time it is by the server's clock, UTC ms; `mono_s`: monotonic time now, None when that is a guess."""

    at_ms: int
    mono_s: float | None


@dataclass(frozen=True)
class KeepSettled:
    """Tickets that need not be handed over any more; `refused`: those of them that staff must see to."""

    ids: frozenset[str]
    refused: tuple[HandedOver, ...] = ()


Keep = KeepTicket | KeepGiven | KeepGrant | KeepContact | KeepSettled
"""For the durable spool; done in order."""

Effect = SendCommand | Print | Keep
