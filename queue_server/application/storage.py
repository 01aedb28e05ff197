"""What the office does while its storage is in trouble (design.md §4, Storage trouble). Pure.

Away (locked, read-only, unreachable): every command is refused, the boards stay as they were committed last. Closing
(the disk is full and the reserve is in use): who is there is served to the end, nobody new is let in. That is: calls,
starts, finishes, transfers, holds, no-shows, cancellations, counters, services, the day's end, and the hand-over of
tickets that a kiosk has printed; but no new ticket, check-in, booking or block of numbers.
"""

from enum import StrEnum
from typing import Any

from contracts.errors import Rejected
from contracts.messages.appointments import BookAppointment, CheckIn
from contracts.messages.leases import LeaseBlocks
from contracts.messages.tickets import IssueTicket

_LETS_IN = (IssueTicket, CheckIn, BookAppointment, LeaseBlocks)


class Storage(StrEnum):
    """How it is."""

    OK = "ok"
    CLOSING = "closing"
    AWAY = "away"


def refuse_newcomers(message: Any) -> None:
    """While closing. Raises Rejected `storage_unavailable` for a command that lets somebody in."""
    if isinstance(message, _LETS_IN):
        raise Rejected("storage_unavailable", "the disk is full: those who wait are served, nobody new is let in")
