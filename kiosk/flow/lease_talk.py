"""The conversation with the server about lent numbers: asked for in time, handed over until it says yes or no. Pure.

`(leases, what happened, now) -> (leases, effects)`. One lease and one hand-over are under way at most. A hand-over that
was not answered is sent again with the same id and content; whether each ticket counted once is the server's care.
"""

from dataclasses import dataclass, replace
from datetime import tzinfo

from contracts import codec
from contracts.messages.leases import HAND_OVER_TICKETS_MAX, HandedOver, HandOver, LeaseBlocks
from contracts.messages.replies import Reply
from kiosk.flow import leases as book_of
from kiosk.flow.effects import Effect, KeepContact, KeepGiven, KeepGrant, KeepSettled, SendCommand
from kiosk.flow.events import Event, PrintEnded, Replied, ServerSeen, Tick, Unanswered
from kiosk.flow.leases import GIVEN_S_MAX, LeaseBook
from kiosk.flow.now import Now

LEASE_EVERY_S = 180.0
AGAIN_S = 10.0
"""After a refusal or no answer, while the server is there."""
NOTE_EVERY_S = 60.0
"""So often the spool is told the time: after a start without the server it says until when this kiosk ran."""
LOW_S = 2.0
"""After a ticket that left half of a block or less: so soon more is asked for."""
HAND_OVER_BYTES_MAX = codec.COMMAND_BYTES_MAX - 512  # what the sender adds: its time, the time to live
NEVER = frozenset({"malformed", "too_large", "id_reused"})
"""Refusals of a whole hand-over that repeating cannot heal: it is cut in half until the ticket at fault is alone."""

Outcome = tuple["Leases", tuple[Effect, ...]]


@dataclass(frozen=True)
class Leases:
    """The book, and what is under way about it. `*_s`: monotonic time from which the next try may be."""

    book: LeaseBook
    zone: tzinfo
    asking: str | None = None
    ask_s: float = 0.0
    asked_day: str = ""
    handing: HandOver | None = None
    waiting: bool = False  # the hand-over is on its way; else it waits for `hand_s`
    hand_s: float = 0.0
    most: int = HAND_OVER_TICKETS_MAX
    note_s: float = 0.0


def news(leases: Leases, event: Event, alive: bool, now: Now) -> Outcome:
    """What an event of the kiosk means to this conversation; most mean nothing."""
    match event:
        case Tick():
            return tick(leases, alive, now)
        case ServerSeen():
            return server_seen(leases, event.alive, event.server_ms, now)
        case Replied():
            at_ms = round(event.reply.at.timestamp() * 1000)
            heard = replace(leases, book=book_of.heard(leases.book, at_ms, now))
            return replied(heard, event.reply, now)
        case Unanswered():
            return unanswered(leases, event.command_id, now), ()
        case PrintEnded():
            return given(leases, event.job_id)
    return leases, ()


def ready(leases: Leases | None, service: str, now: Now) -> bool:
    """True when a number of this service can be given without the server."""
    return leases is not None and book_of.next_number(leases.book, service, now, leases.zone) is not None


def server_seen(leases: Leases, alive: bool, server_ms: int | None, now: Now) -> Outcome:
    """The server came, or went."""
    if alive:
        book = leases.book if server_ms is None else book_of.heard(leases.book, server_ms, now)
        return replace(leases, book=book, ask_s=now.mono_s, hand_s=now.mono_s), ()
    return leases, ()


def tick(leases: Leases, alive: bool, now: Now) -> Outcome:
    """Time passed: ask and hand over what is due."""
    leases, effects = _given_by_now(leases, now)
    if leases.book.contact_ms and now.mono_s >= leases.note_s:
        leases = replace(leases, note_s=now.mono_s + NOTE_EVERY_S)
        effects = (*effects, _noted(leases.book, now))
    if not alive or not leases.book.sure:
        return leases, effects
    at_ms = book_of.server_ms(leases.book, now)
    day = book_of.day_of(at_ms, leases.zone)
    if leases.asking is None and (now.mono_s >= leases.ask_s or day != leases.asked_day):
        ask = LeaseBlocks(id=_id("lease", leases, at_ms), epoch=leases.book.epoch, spent=book_of.spent(leases.book))
        leases = replace(leases, asking=ask.id, asked_day=day)
        effects = (*effects, SendCommand("lease", ask))
    if not leases.waiting and now.mono_s >= leases.hand_s:
        batch = leases.handing or _batch(leases, at_ms)
        if batch is not None:
            leases = replace(leases, handing=batch, waiting=True)
            effects = (*effects, SendCommand("hand-over", batch))
    return leases, effects


def given(leases: Leases, command_id: str) -> Outcome:
    """The printer's last word on a ticket, whatever it is: the number was on the glass at least."""
    if all(s.given or s.ticket.id != command_id for s in leases.book.tickets):
        return leases, ()
    return replace(leases, book=book_of.given(leases.book, command_id)), (KeepGiven(command_id),)


def taken(leases: Leases, book: LeaseBook, service: str, now: Now) -> Leases:
    """A number was taken from a block."""
    low = book_of.half_spent(book, service, now, leases.zone)
    return replace(leases, book=book, ask_s=min(leases.ask_s, now.mono_s + LOW_S) if low else leases.ask_s)


def replied(leases: Leases, reply: Reply, now: Now) -> Outcome:
    """A reply to this conversation; any other changes nothing."""
    if reply.id == leases.asking:
        return _granted(replace(leases, asking=None), reply, now)
    if leases.waiting and leases.handing is not None and reply.id == leases.handing.id:
        return _handed(replace(leases, waiting=False), leases.handing, reply, now)
    return leases, ()


def unanswered(leases: Leases, command_id: str, now: Now) -> Leases:
    """A command was given up."""
    if command_id == leases.asking:
        return replace(leases, asking=None, ask_s=now.mono_s + AGAIN_S)
    if leases.waiting and leases.handing is not None and command_id == leases.handing.id:
        return replace(leases, waiting=False, hand_s=now.mono_s)
    return leases


def _granted(leases: Leases, reply: Reply, now: Now) -> Outcome:
    grant = reply.lease
    if not reply.ok or grant is None:
        refused = reply.error is not None and reply.error.code == "lease_refused"
        return replace(leases, ask_s=now.mono_s + (LEASE_EVERY_S if refused else AGAIN_S)), ()
    book = book_of.granted(leases.book, grant)
    effects = (KeepGrant(book.blocks), _noted(book, now))
    return replace(leases, book=book, ask_s=now.mono_s + LEASE_EVERY_S), effects


def _noted(book: LeaseBook, now: Now) -> KeepContact:
    return KeepContact(book_of.past_ms(book, now), now.mono_s if book.sure else None)


def _handed(leases: Leases, sent: HandOver, reply: Reply, now: Now) -> Outcome:
    if not reply.ok or reply.handed is None:
        code = reply.error.code if reply.error else "internal"
        return _not_taken(leases, sent, code, now)
    ours = {ticket.id for ticket in sent.tickets}
    ids, refused = book_of.settled(tuple(outcome for outcome in reply.handed if outcome.id in ours))
    wait_s = 0.0 if ids else AGAIN_S
    next_try = replace(leases, handing=None, hand_s=now.mono_s + wait_s, most=HAND_OVER_TICKETS_MAX)
    return _settled(next_try, ids, refused)


def _not_taken(leases: Leases, sent: HandOver, code: str, now: Now) -> Outcome:
    """The whole of it was refused."""
    later = replace(leases, hand_s=now.mono_s + AGAIN_S)
    if code not in NEVER:
        return later, ()
    if len(sent.tickets) > 1 or code == "id_reused":
        return replace(later, handing=None, most=max(1, len(sent.tickets) // 2)), ()
    alone = sent.tickets[0]
    refused = HandedOver(alone.id, alone.number, accepted=False, code=code)
    return _settled(replace(later, handing=None, most=HAND_OVER_TICKETS_MAX), frozenset({alone.id}), (refused,))


def _settled(leases: Leases, ids: frozenset[str], refused: tuple[HandedOver, ...]) -> Outcome:
    if not ids:
        return leases, ()
    return replace(leases, book=book_of.dropped(leases.book, ids)), (KeepSettled(ids, refused),)


def _batch(leases: Leases, at_ms: int) -> HandOver | None:
    tickets = book_of.to_hand_over(leases.book, leases.most)
    if not tickets:
        return None
    whole = HandOver(id=_id("hand", leases, at_ms), epoch=leases.book.epoch, tickets=tickets)
    while len(whole.tickets) > 1 and len(codec.encode(whole)) > HAND_OVER_BYTES_MAX:
        whole = HandOver(id=whole.id, epoch=whole.epoch, tickets=whole.tickets[: len(whole.tickets) // 2])
    return whole


def _given_by_now(leases: Leases, now: Now) -> Outcome:
    """A printer that never says what became of a job must not keep the tickets behind it."""
    effects: tuple[Effect, ...] = ()
    for spooled in leases.book.tickets:
        if not spooled.given and (spooled.mono_s is None or now.mono_s - spooled.mono_s >= GIVEN_S_MAX):
            leases, more = given(leases, spooled.ticket.id)
            effects += more
    return leases, effects


def _id(what: str, leases: Leases, at_ms: int) -> str:
    """Never used before by this kiosk: its epoch is its own, and the server's time goes on."""
    return f"{what}-{leases.book.epoch[:12]}-{at_ms}"
