"""A ticket without the server: a number out of a block, made durable before anybody sees it, then shown and printed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from contracts import opening
from contracts.messages.board import ServiceState
from contracts.messages.common import IssuedTicket
from contracts.messages.leases import OfflineTicket
from contracts.messages.tickets import IssueTicket
from kiosk.flow import lease_talk, notice
from kiosk.flow import leases as book_of
from kiosk.flow.effects import KeepSettled, KeepTicket, Print
from kiosk.flow.events import TicketKept
from kiosk.flow.now import Now
from kiosk.flow.state import Paper, Screen, State, Step, go, stay, with_visit

KEEP_S_MAX = 10.0
"""A disk that takes longer is no disk."""
SPENT = "lease_spent"
NOT_KEPT = "storage_unavailable"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def issue(state: State, wish: IssueTicket, now: Now) -> Step | None:
    """A number for this wish, out of a block; None when there is no block at all to give from."""
    leases = state.leases
    if leases is None or not leases.book.blocks:
        return None
    lent = book_of.next_number(leases.book, wish.service, now, leases.zone)
    if lent is None:
        return notice.show(with_visit(state, asked=None), SPENT, now, service=wish.service)
    given = not state.setup.has_printer
    book, ticket = book_of.take(leases.book, lent, wish, now, given=given)
    changed = replace(state, leases=lease_talk.taken(leases, book, wish.service, now))
    keep = KeepTicket(ticket, lent.serial, given)
    return stay(with_visit(changed, asked=wish, keeping=ticket, keeping_s=now.mono_s), keep)


def kept(state: State, event: TicketKept, now: Now) -> Step:
    """The spool's word."""
    ticket = state.visit.keeping
    if ticket is None or ticket.id != event.command_id:
        late = KeepSettled(frozenset({event.command_id}))  # given up before: nobody has seen that number
        return stay(state, late) if event.ok else stay(state)
    if not event.ok:  # the next try keeps the id: the server may have heard the first one
        wish = state.visit.asked
        if wish is not None and wish.dossier is None:
            state = replace(state, lost=wish, lost_s=now.mono_s)
        return given_up(state, now)
    asked = state.visit.asked
    issued = _as_issued(ticket, asked.service if asked else ticket.number[0])
    paper = Paper.PRINTING if state.setup.has_printer else Paper.TROUBLE
    shown = with_visit(
        state, asked=None, keeping=None, ticket=issued, offline=True, job_id=ticket.id, paper=paper, dossier=None
    )
    lost = None if state.lost is not None and state.lost.id == ticket.id else state.lost
    effects = (Print(ticket.id, issued, offline=True),) if state.setup.has_printer else ()
    return go(replace(shown, lost=lost), Screen.TICKET, now, *effects)


def tick(state: State, now: Now) -> Step:
    """A spool that does not answer must not hold a visitor."""
    if state.visit.keeping is None or now.mono_s - state.visit.keeping_s < KEEP_S_MAX:
        return stay(state)
    return given_up(state, now)


def given_up(state: State, now: Now) -> Step:
    """The number could not be made durable: it is never given, to nobody."""
    ticket, leases = state.visit.keeping, state.leases
    assert ticket is not None
    assert leases is not None
    book = book_of.dropped(leases.book, frozenset({ticket.id}))
    changed = replace(state, leases=replace(leases, book=book))
    return notice.show(with_visit(changed, asked=None, keeping=None), NOT_KEPT, now)


def closed(state: State, code: str, now: Now) -> ServiceState | None:
    """Why a service gives no tickets now, as far as a kiosk without the server can say; None: it may be open."""
    leases = state.leases
    if leases is None or not book_of.time_known(leases.book, now):
        return None
    at_ms = book_of.server_ms(leases.book, now)
    local = state.setup.local(_at(at_ms))
    if not opening.open_at(state.setup.hours, local):
        reopens = opening.reopens_at(state.setup.hours, local)
        return ServiceState(code, open=False, waiting=0, reason="hours", reopens_at=reopens)
    service = state.service_state(code)
    if service is None or service.open or state.services is None:
        return None
    another_day = book_of.day_of(at_ms, leases.zone) > state.services.business_day
    open_again = service.reopens_at is not None and at_ms >= service.reopens_at.timestamp() * 1000
    return None if another_day or open_again else service


def _at(at_ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=at_ms)


def _as_issued(ticket: OfflineTicket, service: str) -> IssuedTicket:
    """For glass and paper; what only the server knows is empty."""
    return IssuedTicket(ticket.number, service, ticket.priority, ticket.lang, _at(ticket.taken_ms), 0, None, "")
