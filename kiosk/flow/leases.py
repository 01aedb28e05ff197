"""The numbers lent to this kiosk, for when the server does not answer (design.md §4, Offline leases). Pure.

Which number is next, on which business day, and what the server has still to be told. Two rules stand above all others:
a number is given once, and never one that somebody else may give on the same day.

**The day.** A block is good to the end of its business day; then its numbers are lent again, and the server takes a
ticket of it for late. Blocks of all live days are disjoint, and a number of tomorrow's block is taken over today too:
a day too early is harmless, a day too late is not. While the server's time was heard since the machine started, that
time plus monotonic time since is the truth, whatever the wall clock does. Without it only the wall clock is left:

- the spool knows, to the minute, until when this kiosk ran; the clock never goes back behind that;
- a clock that says it was off for less than STOPPED_MS_MAX, or for longer than ABSENCE_MS_MAX, may have stood still
  or lost its battery: it cannot tell this afternoon from tomorrow morning, so numbers come from the latest day we have;
- otherwise it is believed. A day without a block of ours gives no number: a wait for staff is better than two papers
  with one number.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from contracts.ids import format_ticket_number
from contracts.messages.leases import HandedOver, LeaseBlock, LeaseGrant, OfflineTicket
from contracts.messages.tickets import IssueTicket
from kiosk.flow.now import Now

ABSENCE_MS_MAX = 100 * 86_400_000
"""No kiosk is off longer and then starts without its server; a clock that says so is dead."""
STOPPED_MS_MAX = 180_000
"""A machine without a clock of its own goes on from where it was switched off, and starts within minutes."""
GIVEN_S_MAX = 40.0
"""Longer than a printer needs to say what became of a job: after it the number counts as given to somebody."""
NOT_FINAL = frozenset({"busy", "storage_unavailable", "internal", "rate_limited", "expired"})
"""Refusals of a ticket that say nothing about the ticket: it is handed over again."""


@dataclass(frozen=True)
class Spooled:
    """A ticket out of a block that the server has not taken over.

    `given`: somebody has the number, on paper or from the glass; before that it is nobody's. `mono_s`: when it was
    taken, None by an earlier process. `sure`: its time is the server's; else a guess, put right
    when the server is heard.
    """

    ticket: OfflineTicket
    given: bool = False
    mono_s: float | None = None
    sure: bool = True


@dataclass(frozen=True)
class LeaseBook:
    """All a kiosk knows of its numbers. The spool (kiosk/adapters/spool.py) keeps it over crashes.

    `used`: block id → serials that were given, for ever. `contact_ms`: a time known to be past, by the server's clock,
    UTC ms; `contact_mono_s`: when that was, None: before this machine started. `taken_ms`: of the newest ticket.
    """

    epoch: str
    blocks: tuple[LeaseBlock, ...] = ()
    used: Mapping[str, frozenset[int]] = field(default_factory=lambda: MappingProxyType({}))
    tickets: tuple[Spooled, ...] = ()
    contact_ms: int = 0
    contact_mono_s: float | None = None
    began_mono_s: float = 0.0
    taken_ms: int = 0

    @property
    def sure(self) -> bool:
        """True when the server's time was heard since this machine started."""
        return self.contact_mono_s is not None


class Lent(NamedTuple):
    """A number that may be given now."""

    number: str
    serial: int
    block: str


def server_ms(book: LeaseBook, now: Now) -> int:
    """The server's time as this kiosk knows it best, UTC ms."""
    if book.sure:
        return past_ms(book, now)
    least = past_ms(book, now)
    return max(least, _wall_ms(now)) if _wall_ms(now) - least <= ABSENCE_MS_MAX else least


def past_ms(book: LeaseBook, now: Now) -> int:
    """The server's time, or what it would be if this kiosk had not been off at all: a time that is surely past."""
    since_s = book.began_mono_s if book.contact_mono_s is None else book.contact_mono_s
    return book.contact_ms + round((now.mono_s - since_s) * 1000)


def day_of(at_ms: int, zone: tzinfo) -> str:
    """The date at that time in the office."""
    return datetime.fromtimestamp(at_ms / 1000, tz=UTC).astimezone(zone).date().isoformat()


def time_known(book: LeaseBook, now: Now) -> bool:
    """True when the server's time is known well enough to tell the day; else the clock may stand still or be wild."""
    return book.sure or STOPPED_MS_MAX <= _wall_ms(now) - past_ms(book, now) <= ABSENCE_MS_MAX


def lending_day(book: LeaseBook, now: Now, zone: tzinfo) -> str:
    """The day of the blocks that numbers may come from."""
    today = day_of(server_ms(book, now), zone)
    if time_known(book, now):
        return today
    return max((block.day for block in book.blocks if block.day >= today), default=today)


def next_number(book: LeaseBook, service: str, now: Now, zone: tzinfo) -> Lent | None:
    """The number to give next for a service; None when there is none that surely nobody else gives."""
    block, serial = next(_free(book, service, lending_day(book, now, zone)), (None, 0))
    return None if block is None else Lent(format_ticket_number(service, serial), serial, block.id)


def left(book: LeaseBook, service: str, now: Now, zone: tzinfo) -> int:
    """How many numbers of a service can be given now."""
    return sum(1 for _ in _free(book, service, lending_day(book, now, zone)))


def half_spent(book: LeaseBook, service: str, now: Now, zone: tzinfo) -> bool:
    """True when the blocks of a service have no more than half of their numbers."""
    day = lending_day(book, now, zone)
    sizes = [b.last - b.first + 1 for b in book.blocks if (b.service, b.day) == (service, day)]
    return bool(sizes) and 2 * left(book, service, now, zone) <= sum(sizes)


def take(book: LeaseBook, lent: Lent, wish: IssueTicket, now: Now, *, given: bool) -> tuple[LeaseBook, OfflineTicket]:
    """Give that number for that wish: the book after it, and the ticket. Its time is never before an earlier one's."""
    taken_ms = max(server_ms(book, now), book.taken_ms + 1)
    ticket = OfflineTicket(
        id=wish.id, block=lent.block, number=lent.number, taken_ms=taken_ms, priority=wish.priority,
        lang=wish.lang, procedure=wish.procedure, dossier=wish.dossier,
    )  # fmt: skip
    used = {**book.used, lent.block: book.used.get(lent.block, frozenset()) | {lent.serial}}
    spooled = Spooled(ticket, given, now.mono_s, book.sure)
    return replace(book, used=used, tickets=(*book.tickets, spooled), taken_ms=taken_ms), ticket


def heard(book: LeaseBook, at_ms: int, now: Now) -> LeaseBook:
    """The server's time is `at_ms` now. Tickets whose time was a guess get their true time."""
    known = replace(book, contact_ms=at_ms, contact_mono_s=now.mono_s)
    if book.taken_ms <= at_ms and all(spooled.sure for spooled in book.tickets):
        return known
    told: list[Spooled] = []
    latest_ms = at_ms
    for spooled in reversed(book.tickets):
        true = _at_true_time(known, spooled, latest_ms, now)
        told.append(true)
        latest_ms = max(0, true.ticket.taken_ms - 1)
    return replace(known, tickets=tuple(reversed(told)), taken_ms=told[0].ticket.taken_ms if told else at_ms)


def _at_true_time(book: LeaseBook, spooled: Spooled, latest_ms: int, now: Now) -> Spooled:
    taken_ms = spooled.ticket.taken_ms
    if not spooled.sure and spooled.mono_s is not None:
        taken_ms = book.contact_ms - round((now.mono_s - spooled.mono_s) * 1000)
    told = msgspec.structs.replace(spooled.ticket, taken_ms=max(0, min(taken_ms, latest_ms)))
    return replace(spooled, ticket=told, sure=True)


def granted(book: LeaseBook, grant: LeaseGrant) -> LeaseBook:
    """The server's newest word on what is lent; what was used stays used. Of another epoch: not for us."""
    return replace(book, blocks=grant.blocks) if grant.epoch == book.epoch else book


def given(book: LeaseBook, command_id: str) -> LeaseBook:
    """Somebody has that number now."""
    return replace(
        book, tickets=tuple(replace(s, given=True) if s.ticket.id == command_id else s for s in book.tickets)
    )


def dropped(book: LeaseBook, ids: frozenset[str]) -> LeaseBook:
    """These tickets need not be handed over any more; their numbers stay used."""
    return replace(book, tickets=tuple(s for s in book.tickets if s.ticket.id not in ids))


def to_hand_over(book: LeaseBook, most: int) -> tuple[OfflineTicket, ...]:
    """The oldest tickets, in order of issue, up to the first that nobody has yet."""
    ready = []
    for spooled in book.tickets[:most]:
        if not spooled.given:
            break
        ready.append(spooled.ticket)
    return tuple(ready)


def settled(outcomes: tuple[HandedOver, ...]) -> tuple[frozenset[str], tuple[HandedOver, ...]]:
    """(ids that the server has dealt with, those of them that it refused)."""
    final = [o for o in outcomes if o.accepted or o.code not in NOT_FINAL]
    return frozenset(o.id for o in final), tuple(o for o in final if not o.accepted)


def spent(book: LeaseBook) -> dict[str, int]:
    """Block → last serial used, of live blocks, as `LeaseBlocks` says it."""
    return {block.id: max(book.used[block.id]) for block in book.blocks if book.used.get(block.id)}


def _free(book: LeaseBook, service: str, day: str) -> Iterator[tuple[LeaseBlock, int]]:
    for block in book.blocks:
        if (block.service, block.day) == (service, day):
            gone = book.used.get(block.id, frozenset())
            yield from ((block, serial) for serial in range(block.first, block.last + 1) if serial not in gone)


def _wall_ms(now: Now) -> int:
    return round(now.wall.timestamp() * 1000)
