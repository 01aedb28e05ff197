"""What the flow asks the world to do. The driver performs them; the flow hears of the outcome as an event."""

from dataclasses import dataclass

from contracts.messages.appointments import CheckIn
from contracts.messages.common import IssuedTicket
from contracts.messages.dossiers import LookupDossier
from contracts.messages.tickets import IssueTicket


@dataclass(frozen=True)
class SendCommand:
    """Send a command; ends with `Replied` or `Unanswered`."""

    verb: str
    message: IssueTicket | LookupDossier | CheckIn


@dataclass(frozen=True)
class Print:
    """Print a ticket once (the same job id prints once); ends with `PrintEnded`."""

    job_id: str
    ticket: IssuedTicket


Effect = SendCommand | Print
