"""The numbers lent to this kiosk, for when the server does not answer (design.md §4, Offline leases). Pure.

Which number is next, on which business day, and what the server has still to be told. Two rules stand above all others:
a number is given once, and never one that somebody else may give on the same day.

**The day.** A block is good on one business day; the server takes a number of another day for late. While the server
has been heard since this process began, its time then plus monotonic time since is the truth, whatever the wall clock
does. After a boot without the server only the wall clock is left, and it may be dead:

- it never goes back behind the server's time last heard, which the spool keeps;
- when it is further ahead than ABSENCE_MS_MAX nobody was away that long: it is dead, and the last contact counts;
- in between it is believed. A day without a block of ours then gives no number: the server may have lent the same
  serials to another kiosk for that day, and a wait for staff is better than two papers with one number;
- a clock that stopped at the last contact (no battery) cannot tell today from the morning after. Then a number is
  preferred that is ours on both days; its true day is told at the hand-over, when the time is known again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType

import msgspec

from contracts.ids import format_ticket_number, parse_ticket_number
from contracts.messages.leases import HandedOver, LeaseBlock, LeaseGrant, OfflineTicket
from contracts.messages.tickets import IssueTicket
from kiosk.flow.now import Now

ABSENCE_MS_MAX = 100 * 86_400_000
"""No kiosk is away longer and then starts without its server; a clock that says so is dead."""
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

    `used`: block id → serials that were given or set aside, for ever. `contact_ms`: the newest server time known, UTC
    ms, 0 when none is; `contact_mono_s`: when it was heard, None: by an earlier process.
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
        """True when the server's time was heard since this process began."""
        return self.contact_mono_s is not None


@dataclass(frozen=True)
class Lent:
    """A number that may be given now. `blocks`: every block of ours that has it, the one of today first."""

    number: str
    serial: int
    blocks: tuple[str, ...]


def server_ms(book: LeaseBook, now: Now) -> int:
    """The server's time as this kiosk knows it best, UTC ms."""
    if book.contact_mono_s is not None:
        return book.contact_ms + round((now.mono_s - book.contact_mono_s) * 1000)
    least = book.contact_ms + round((now.mono_s - book.began_mono_s) * 1000)
    return max(_wall_ms(now), least) if _believable(book, now) else least


def day_of(at_ms: int, zone: tzinfo) -> str:
    """The date at that time in the office."""
    return datetime.fromtimestamp(at_ms / 1000, tz=UTC).astimezone(zone).date().isoformat()


def days(book: LeaseBook, now: Now, zone: tzinfo) -> tuple[str, ...]:
    """The business day, and after it the days that it may be as well; () when it cannot be said."""
    today = day_of(server_ms(book, now), zone)
    if book.sure:
        return (today,)
    last = day_of(book.contact_ms, zone)
    ours = sorted({block.day for block in book.blocks if block.day >= last})
    if today == last:  # the clock may have stopped: any later day of ours may it be
        return tuple(dict.fromkeys((today, *ours))) if today in ours else tuple(ours)
    return (today,) if today in ours else ()


def next_number(book: LeaseBook, service: str, now: Now, zone: tzinfo) -> Lent | None:
    """The number to give next for a service; None when there is none that surely nobody else gives."""
    possible = days(book, now, zone)
    if not possible:
        return None
    first: Lent | None = None
    for block, serial in _free(book, service, possible[0]):
        others = tuple(found for day in possible[1:] if (found := _owner(book, service, day, serial)) is not None)
        lent = Lent(format_ticket_number(service, serial), serial, (block.id, *others))
        if len(others) == len(possible) - 1:
            return lent
        first = first or lent
    return first


def left(book: LeaseBook, service: str, now: Now, zone: tzinfo) -> int:
    """How many numbers of a service can be given today."""
    possible = days(book, now, zone)
    return sum(1 for _ in _free(book, service, possible[0])) if possible else 0


def half_spent(book: LeaseBook, service: str, now: Now, zone: tzinfo) -> bool:
    """True when today's blocks of a service have no more than half of their numbers."""
    possible = days(book, now, zone)
    sizes = [b.last - b.first + 1 for b in book.blocks if possible and (b.service, b.day) == (service, possible[0])]
    return bool(sizes) and 2 * left(book, service, now, zone) <= sum(sizes)


def take(book: LeaseBook, lent: Lent, wish: IssueTicket, now: Now, *, given: bool) -> tuple[LeaseBook, OfflineTicket]:
    """Give that number for that wish: the book after it, and the ticket. Its time is never before an earlier one's."""
    taken_ms = max(server_ms(book, now), book.taken_ms + 1)
    ticket = OfflineTicket(
        id=wish.id, block=lent.blocks[0], number=lent.number, taken_ms=taken_ms, priority=wish.priority,
        lang=wish.lang, procedure=wish.procedure, dossier=wish.dossier,
    )  # fmt: skip
    used = {**book.used, **{block: book.used.get(block, frozenset()) | {lent.serial} for block in lent.blocks}}
    spooled = Spooled(ticket, given, now.mono_s, book.sure)
    return replace(book, used=used, tickets=(*book.tickets, spooled), taken_ms=taken_ms), ticket


def heard(book: LeaseBook, at_ms: int, now: Now, zone: tzinfo) -> LeaseBook:
    """The server's time is `at_ms` now. Tickets whose time was a guess get their true time, and that day's block."""
    known = replace(book, contact_ms=at_ms, contact_mono_s=now.mono_s)
    if book.taken_ms <= at_ms and all(spooled.sure for spooled in book.tickets):
        return known
    told: list[Spooled] = []
    latest_ms = at_ms
    for spooled in reversed(book.tickets):
        true = _at_true_time(known, spooled, latest_ms, now, zone)
        told.append(true)
        latest_ms = max(0, true.ticket.taken_ms - 1)
    return replace(known, tickets=tuple(reversed(told)), taken_ms=told[0].ticket.taken_ms if told else at_ms)


def _at_true_time(book: LeaseBook, spooled: Spooled, latest_ms: int, now: Now, zone: tzinfo) -> Spooled:
    ticket = spooled.ticket
    taken_ms = ticket.taken_ms
    if not spooled.sure and spooled.mono_s is not None:
        taken_ms = book.contact_ms - round((now.mono_s - spooled.mono_s) * 1000)
    taken_ms = max(0, min(taken_ms, latest_ms))
    service, serial = parse_ticket_number(ticket.number)
    block = ticket.block if spooled.sure else _owner(book, service, day_of(taken_ms, zone), serial, free=False)
    told = msgspec.structs.replace(ticket, taken_ms=taken_ms, block=block or ticket.block)
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


def _owner(book: LeaseBook, service: str, day: str, serial: int, *, free: bool = True) -> str | None:
    """Our block of that day with this serial; `free`: only when it was not used."""
    for block in book.blocks:
        if (block.service, block.day) == (service, day) and block.first <= serial <= block.last:
            return None if free and serial in book.used.get(block.id, frozenset()) else block.id
    return None


def _wall_ms(now: Now) -> int:
    return round(now.wall.timestamp() * 1000)


def _believable(book: LeaseBook, now: Now) -> bool:
    return 0 <= _wall_ms(now) - book.contact_ms <= ABSENCE_MS_MAX
