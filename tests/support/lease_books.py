"""Blocks, grants and books of a kiosk in tests: an office day of 23 November 2026, a Monday."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from contracts.messages.leases import LeaseBlock, LeaseGrant
from contracts.messages.replies import Reply
from contracts.messages.tickets import IssueTicket
from kiosk.flow import leases
from kiosk.flow.leases import LeaseBook
from kiosk.flow.now import Now

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
EPOCH = "epoch-of-a-kiosk"
MONDAY, TUESDAY = "2026-11-23", "2026-11-24"
NINE = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 09:00 of that Monday in the office
HOUR_S = 3600.0


def ms(at: datetime) -> int:
    """UTC ms."""
    return round(at.timestamp() * 1000)


def at(hours: float, *, mono_s: float | None = None, wall_hours: float | None = None) -> Now:
    """So many hours after nine on Monday; monotonic time and the wall clock go with it unless told otherwise."""
    wall = NINE + timedelta(hours=hours if wall_hours is None else wall_hours)
    return Now(1000.0 + hours * HOUR_S if mono_s is None else mono_s, wall)


def blocks(numbers: int = 30) -> tuple[LeaseBlock, ...]:
    """Of today and the next open day, for two services; disjoint, as the server lends them."""
    return (
        LeaseBlock("A-mon", "A", MONDAY, 970, 970 + numbers - 1),
        LeaseBlock("C-mon", "C", MONDAY, 970, 970 + numbers - 1),
        LeaseBlock("A-tue", "A", TUESDAY, 940, 940 + numbers - 1),
        LeaseBlock("C-tue", "C", TUESDAY, 940, 940 + numbers - 1),
    )


def book(numbers: int = 30, used: Mapping[str, frozenset[int]] | None = None) -> LeaseBook:
    """A kiosk that heard the server at nine."""
    return LeaseBook(
        EPOCH, blocks(numbers), used or {}, contact_ms=ms(NINE), contact_mono_s=1000.0, began_mono_s=0.0
    )  # fmt: skip


def booted(of: LeaseBook, now: Now) -> LeaseBook:
    """The same after a start of the machine at `now`, as its spool tells it."""
    told = tuple(replace(s, mono_s=None, sure=True) for s in of.tickets)
    return replace(of, contact_mono_s=None, began_mono_s=now.mono_s, tickets=told)


def grant(numbers: int = 30) -> LeaseGrant:
    """The server's word."""
    return LeaseGrant(EPOCH, MONDAY, TUESDAY, blocks(numbers))


def granted(command_id: str, when: Now, numbers: int = 30) -> Reply:
    """The reply with it."""
    return Reply(id=command_id, verb="lease", ok=True, at=when.wall, lease=grant(numbers))


def wish(command_id: str = "touch-0001", service: str = "A") -> IssueTicket:
    """A touch."""
    return IssueTicket(id=command_id, service=service)


def give(of: LeaseBook, now: Now, command_id: str = "touch-0001", service: str = "A") -> tuple[LeaseBook, str | None]:
    """The next number given, and the book after it; None and the same book when there is none."""
    lent = leases.next_number(of, service, now, ZONE)
    if lent is None:
        return of, None
    after, ticket = leases.take(of, lent, wish(command_id, service), now, given=True)
    return after, ticket.number
