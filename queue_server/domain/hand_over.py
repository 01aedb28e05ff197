"""A kiosk comes back and hands over what it printed without us (design.md §4, Offline leases). A ticket at a time:
each is judged alone, after those before it.

The paper is in somebody's hand, so opening hours, quota and closed services do not matter here.
"""

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from contracts.errors import Rejected
from contracts.ids import format_ticket_number, parse_ticket_number
from contracts.messages.common import TicketState
from contracts.messages.leases import HandOver, OfflineTicket
from contracts.messages.tickets import IssueTicket
from contracts.settings import Office
from queue_server.domain import events as ev
from queue_server.domain.clock import zone
from queue_server.domain.leases import block_of
from queue_server.domain.model import Block, OfficeState, Ticket, late_key
from queue_server.domain.policies import MINUTE_MS
from queue_server.domain.routing import head_ms

if TYPE_CHECKING:
    from queue_server.domain.decide import Fresh

NORMAL = "normal"
CLAIM_EARLY_MS_MAX = MINUTE_MS
"""A clerk's call so long before the printing is taken for the same visit: a kiosk's idea of the time may be off."""
NOT_HERE = frozenset({TicketState.WAITING, TicketState.HELD})
"""States of a twin that nobody was called with: it gives its place to the printed number."""

Events = list[ev.AnyEvent]


def online_attempt(state: OfficeState, ticket: OfflineTicket) -> IssueTicket | None:
    """What the kiosk asked, or would have asked, when it was online: a late or repeated one gives the printed ticket.
    None when the block is not known."""
    block = state.blocks.get(ticket.block)
    if block is None:
        return None
    return IssueTicket(
        id=ticket.id, service=block.service, priority=ticket.priority, lang=ticket.lang, procedure=ticket.procedure,
        dossier=ticket.dossier,
    )  # fmt: skip


def taken_times(state: OfficeState, office: Office, actor: str, command: HandOver, now_ms: int) -> list[int]:
    """When each ticket was taken, UTC ms: within today, and in the order in which its spool gave them out, whatever the
    kiosk's clock did. Tickets of one instant stand a millisecond apart, so the last of them may be ahead of now."""
    earliest = min(_midnight_ms(office, date.fromisoformat(state.day)), now_ms)
    before: dict[str, int] = {}  # epoch → place of the ticket before
    times = []
    for ticket in command.tickets:
        block = state.blocks.get(ticket.block)
        epoch = block.epoch if block is not None else ""  # it will be refused, and holds nobody up
        last = before[epoch] if epoch in before else _last_place(state, actor, epoch)
        before[epoch] = max(earliest, min(ticket.taken_ms, now_ms), last + 1)
        times.append(before[epoch])
    return times


def _midnight_ms(office: Office, day: date) -> int:
    """When `day` begins in the office."""
    return round(datetime.combine(day, time(), tzinfo=zone(office.office.timezone)).timestamp() * 1000)


def _last_place(state: OfficeState, actor: str, epoch: str) -> int:
    """The place of the newest ticket that this spool has handed over for today; it hands over in order of issue."""
    mine = [b for b in state.blocks.values() if (b.kiosk, b.epoch) == (actor, epoch) and b.day >= state.day]
    handed = (t for b in mine for t in _tickets_of(state, b) if not t.claimed)
    return max((t.order_ms for t in handed), default=-1)


def _tickets_of(state: OfficeState, block: Block) -> list[Ticket]:
    numbers = (format_ticket_number(block.service, serial) for serial in range(block.first, block.last + 1))
    return [state.tickets[i] for number in numbers if (i := state.by_number.get(number)) is not None]


def hand_over(
    state: OfficeState, office: Office, actor: str, ticket: OfflineTicket, known: str | None, taken_ms: int,
    now_ms: int, fresh: "Fresh",
) -> Events:  # fmt: skip
    """The events of one ticket; none when it was handed over before.

    `known`: id of the ticket that this command id gave already (issued with a lost reply, or handed over before).
    Rejects lease_unknown, unknown_service, id_reused, lease_spent.
    """
    block = _block(state, actor, ticket)
    number = ticket.number.upper()
    if block.day < state.day:
        return _late(state, office, block, ticket, known, now_ms, fresh)
    if office.service_by_code(block.service) is None:
        raise Rejected("unknown_service", f"the office has no service {block.service!r} any more")
    there = state.tickets.get(state.by_number.get(number, ""))
    if there is not None and there.id == known:
        return []
    if there is not None and not there.claimed:
        raise Rejected("lease_spent", f"{number} was handed over with another command id")
    if known is not None and known not in state.tickets and _of_an_earlier_day(state, block, number):
        return []
    twin = _twin(state, known)
    return _take(office, block, ticket, there, twin, taken_ms, now_ms, fresh)


def _block(state: OfficeState, actor: str, ticket: OfflineTicket) -> Block:
    block = state.blocks.get(ticket.block)
    letter, serial = parse_ticket_number(ticket.number)
    if block is None or block.kiosk != actor or block.service != letter or not block.has(serial):
        raise Rejected("lease_unknown", f"{ticket.number} is in no block of {actor}")
    return block


def _twin(state: OfficeState, known: str | None) -> Ticket | None:
    """The online ticket of the same touch. Rejects id_reused: the touch has a printed number already."""
    twin: Ticket | None = state.tickets.get(known or "")
    if twin is not None and twin.offline:
        raise Rejected("id_reused", f"its touch was handed over as {twin.number}")
    return twin


def _of_an_earlier_day(state: OfficeState, block: Block, number: str) -> bool:
    """A number of today that its kiosk gave out, and handed over, before today (its clock was ahead)."""
    spent = block.spent >= parse_ticket_number(number)[1]
    return spent and any(key.endswith(late_key("", number)) for key in state.late)


def _late(
    state: OfficeState, office: Office, block: Block, ticket: OfflineTicket, known: str | None, now_ms: int,
    fresh: "Fresh",
) -> Events:  # fmt: skip
    number = ticket.number.upper()
    if late_key(block.day, number) in state.late:
        return []
    late = ev.LateTicketRecorded(
        at_ms=now_ms, late=fresh.uuid(), number=number, service=block.service, priority=_priority(office, ticket),
        lang=_lang(office, ticket), token=fresh.token(), of_day=block.day, procedure=ticket.procedure,
        taken_ms=_within(office, block.day, ticket.taken_ms),
    )  # fmt: skip
    twin = _twin(state, known)  # an online attempt of that day that arrived today
    if twin is not None and twin.state in NOT_HERE:
        return [ev.TicketVoided(at_ms=now_ms, ticket=twin.id, by=late.late), late]
    return [late]


def _within(office: Office, day: str, at_ms: int) -> int:
    """`at_ms`, or the end of `day` that is next to it."""
    begin = date.fromisoformat(day)
    return min(max(at_ms, _midnight_ms(office, begin)), _midnight_ms(office, begin + timedelta(days=1)) - 1)


def _take(
    office: Office, block: Block, ticket: OfflineTicket, claimed: Ticket | None,
    twin: Ticket | None, taken_ms: int, now_ms: int, fresh: "Fresh",
) -> Events:  # fmt: skip
    place_ms, taken_ms = taken_ms, min(taken_ms, now_ms)
    if twin is not None:
        place_ms = twin.order_ms if twin.state in NOT_HERE else head_ms(now_ms)
    taken: ev.AnyEvent
    if claimed is not None:
        taken = _merged(office, ticket, claimed, taken_ms, place_ms, now_ms)
    else:
        taken = ev.TicketHandedOver(
            at_ms=now_ms, ticket=fresh.uuid(), number=ticket.number.upper(), service=block.service,
            priority=_priority(office, ticket), lang=_lang(office, ticket), token=fresh.token(), taken_ms=taken_ms,
            order_ms=place_ms, block=block.id, procedure=ticket.procedure,
        )  # fmt: skip
    if twin is not None and twin.state in NOT_HERE:
        return [ev.TicketVoided(at_ms=now_ms, ticket=twin.id, by=taken.ticket), taken]
    return [taken]


def _merged(
    office: Office, ticket: OfflineTicket, claimed: Ticket, taken_ms: int, place_ms: int, now_ms: int
) -> ev.TicketMerged:
    called_ms = claimed.called_ms or claimed.issued_ms  # of a claimed ticket its newest call
    again = taken_ms - called_ms > CLAIM_EARLY_MS_MAX
    return ev.TicketMerged(
        at_ms=now_ms, ticket=claimed.id, priority=_priority(office, ticket), lang=_lang(office, ticket),
        taken_ms=taken_ms if again else min(taken_ms, called_ms), order_ms=place_ms, procedure=ticket.procedure,
        again=again,
    )  # fmt: skip


def _priority(office: Office, ticket: OfflineTicket) -> str:
    return ticket.priority if any(p.code == ticket.priority for p in office.priority) else NORMAL


def _lang(office: Office, ticket: OfflineTicket) -> str:
    return ticket.lang if ticket.lang in office.office.languages else office.office.languages[0]


def claim(state: OfficeState, office: Office, number: str, now_ms: int, fresh: "Fresh") -> ev.TicketClaimed:
    """A clerk calls a number that a kiosk may have given out without us. Rejects unknown_ticket, unknown_service."""
    letter, serial = parse_ticket_number(number)
    if block_of(state, letter, serial, state.day) is None:
        raise Rejected("unknown_ticket", f"no ticket {number} today")
    if office.service_by_code(letter) is None:
        raise Rejected("unknown_service", f"the office has no service {letter!r} any more")
    return ev.TicketClaimed(
        at_ms=now_ms, ticket=fresh.uuid(), number=format_ticket_number(letter, serial), service=letter,
        lang=office.office.languages[0], token=fresh.token(), order_ms=now_ms,
    )  # fmt: skip
