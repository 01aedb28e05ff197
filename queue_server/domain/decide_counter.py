"""What a clerk or a button asks of a counter."""

from typing import TYPE_CHECKING

from contracts.errors import Rejected
from contracts.ids import parse_ticket_number
from contracts.messages import counters as msg
from contracts.messages.board import Call
from contracts.messages.common import CounterStatus, TicketState
from contracts.settings import Office
from queue_server.domain import events as ev
from queue_server.domain.clock import since_epoch_ms
from queue_server.domain.hand_over import claim
from queue_server.domain.model import CounterState, OfficeState, Ticket
from queue_server.domain.routing import among, pick

if TYPE_CHECKING:
    from queue_server.domain.decide import Fresh

Events = list[ev.AnyEvent]
AUTO_CALL_GRACE_MS = 3_000
"""A press of "next" so soon after the counter called by itself was meant for that call."""
RECALL_GAP_MS = 3_000
"""Between two recalls at one counter: an announcement takes longer, and a stuck key would fill the journal."""
CALLABLE = frozenset({TicketState.WAITING, TicketState.HELD, TicketState.NO_SHOW})


def _counter(state: OfficeState, n: int) -> CounterState:
    counter = state.counters.get(n)
    if counter is None:
        raise Rejected("unknown_counter", f"no counter {n}")
    return counter


def _open(state: OfficeState, n: int) -> CounterState:
    counter = _counter(state, n)
    if counter.status is not CounterStatus.OPEN:
        raise Rejected("counter_closed", f"counter {n} is {counter.status}")
    return counter


def _current(state: OfficeState, n: int, *allowed: TicketState) -> Ticket:
    _counter(state, n)
    ticket = state.current(n)
    if ticket is None:
        raise Rejected("no_current_ticket", f"counter {n} has no ticket")
    if allowed and ticket.state not in allowed:
        raise Rejected("wrong_state", f"{ticket.number} is {ticket.state}")
    return ticket


def _given_out(state: OfficeState, number: str) -> bool:
    return number.upper() in state.by_number


def _by_number(state: OfficeState, number: str) -> Ticket:
    prefix, serial = parse_ticket_number(number)
    ticket_id = state.by_number.get(f"{prefix}{serial:03d}")
    if ticket_id is None:
        raise Rejected("unknown_ticket", f"no ticket {number} today")
    return state.tickets[ticket_id]


def _finish_current(state: OfficeState, office: Office, n: int, now_ms: int) -> Events:
    """The end of the ticket at this counter before another is called, where the office wants that."""
    ticket = state.current(n)
    if ticket is None:
        return []
    if not office.queue.call_next_finishes:
        raise Rejected("counter_busy", f"counter {n} still has {ticket.number}")
    return [ev.TicketFinished(at_ms=now_ms, ticket=ticket.id, counter=n)]


def _call(state: OfficeState, ticket: Ticket) -> Call | None:
    return next((call for call in state.calls if call.call_id == ticket.call_id), None)


def _just_called(state: OfficeState, office: Office, counter: CounterState, now_ms: int) -> bool:
    """Did a counter with automatic calls call within AUTO_CALL_GRACE_MS?"""
    row, ticket = office.counter_by_n(counter.n), state.current(counter.n)
    if row is None or not row.auto_call or ticket is None or ticket.state is not TicketState.CALLED:
        return False
    call = _call(state, ticket)
    return call is not None and now_ms - since_epoch_ms(call.called_at) < AUTO_CALL_GRACE_MS


def call_of(ticket: Ticket, n: int, among: tuple[str, ...], now_ms: int, fresh: "Fresh") -> ev.TicketCalled:
    """The call of a ticket at counter `n`."""
    return ev.TicketCalled(at_ms=now_ms, ticket=ticket.id, counter=n, call_id=fresh.uuid(), among=among)


def call_next(state: OfficeState, office: Office, command: msg.CallNext, now_ms: int, fresh: "Fresh") -> Events:
    """Ends the current ticket, calls the next. No event when nobody waits and nothing ends, nor when the counter called
    by itself just now: the press asks for that very ticket."""
    counter = _open(state, command.counter)
    if _just_called(state, office, counter, now_ms):
        return []
    done = _finish_current(state, office, command.counter, now_ms)
    found = pick(state, office, command.counter, now_ms)
    return done if found is None else [*done, call_of(found.ticket, command.counter, found.among, now_ms, fresh)]


def call_number(state: OfficeState, office: Office, command: msg.CallNumber, now_ms: int, fresh: "Fresh") -> Events:
    """Calls a certain ticket that waits, is held or was missed."""
    _open(state, command.counter)
    if not _given_out(state, command.number):
        return _call_lent(state, office, command, now_ms, fresh)
    ticket = _by_number(state, command.number)
    if ticket.state not in CALLABLE:
        raise Rejected("wrong_state", f"{ticket.number} is {ticket.state}")
    done = _finish_current(state, office, command.counter, now_ms)
    waits = ticket.state is TicketState.WAITING
    passing = among(state, office, command.counter, ticket.service, now_ms) if waits else ()
    return [*done, call_of(ticket, command.counter, passing, now_ms, fresh)]


def _call_lent(state: OfficeState, office: Office, command: msg.CallNumber, now_ms: int, fresh: "Fresh") -> Events:
    """A number that a kiosk may have given out while it could not reach us: only the number is known."""
    claimed = claim(state, office, command.number, now_ms, fresh)
    done = _finish_current(state, office, command.counter, now_ms)
    called = ev.TicketCalled(at_ms=now_ms, ticket=claimed.ticket, counter=command.counter, call_id=fresh.uuid())
    return [*done, claimed, called]


def recall(state: OfficeState, _office: Office, command: msg.Recall, now_ms: int, _fresh: "Fresh") -> Events:
    """Calls the current ticket once more: the same call, one more repeat. Rejects `rate_limited`."""
    ticket = _current(state, command.counter, TicketState.CALLED)
    call = _call(state, ticket)
    if call is not None and call.repeat and now_ms - since_epoch_ms(call.called_at) < RECALL_GAP_MS:
        raise Rejected("rate_limited", f"{ticket.number} was called again less than {RECALL_GAP_MS} ms ago")
    return [
        ev.TicketRecalled(
            at_ms=now_ms,
            ticket=ticket.id,
            counter=command.counter,
            call_id=ticket.call_id or "",
            repeat=ticket.repeat + 1,
        )
    ]


def start(state: OfficeState, _office: Office, command: msg.Start, now_ms: int, _fresh: "Fresh") -> Events:
    """The visitor is here."""
    ticket = _current(state, command.counter, TicketState.CALLED)
    return [ev.ServingStarted(at_ms=now_ms, ticket=ticket.id, counter=command.counter)]


def finish(state: OfficeState, office: Office, command: msg.Finish, now_ms: int, _fresh: "Fresh") -> Events:
    """The visit is over, or goes on with another service. Rejects unknown_result, unknown_service, skill_missing."""
    ticket = _current(state, command.counter)
    if command.result is not None and office.result and command.result not in {row.code for row in office.result}:
        raise Rejected("unknown_result", f"no result code {command.result!r}")
    if command.next_service is not None:
        here = _goes_on_here(office, command.counter, command.next_service)
        return [
            ev.StageFinished(
                at_ms=now_ms, ticket=ticket.id, counter=command.counter, next_service=command.next_service, here=here,
                result=command.result,
            )
        ]  # fmt: skip
    return [ev.TicketFinished(at_ms=now_ms, ticket=ticket.id, counter=command.counter, result=command.result)]


def _goes_on_here(office: Office, n: int, service: str) -> bool:
    """Does the visit go on with this service at counter `n`? Else it waits for another, in its first place."""
    if office.service_by_code(service) is None:
        raise Rejected("unknown_service", f"no service {service!r}")
    able = {counter.n for counter in office.counter if service in counter.skills}
    if not able:
        raise Rejected("skill_missing", f"no counter serves {service}")
    return n in able


def no_show(state: OfficeState, _office: Office, command: msg.NoShow, now_ms: int, _fresh: "Fresh") -> Events:
    """Nobody came to the call."""
    ticket = _current(state, command.counter, TicketState.CALLED)
    return [ev.TicketMissed(at_ms=now_ms, ticket=ticket.id, counter=command.counter)]


def undo_no_show(state: OfficeState, _office: Office, command: msg.UndoNoShow, now_ms: int, fresh: "Fresh") -> Events:
    """The last missed visitor of this counter came after all: called again here."""
    counter = _open(state, command.counter)
    ticket = state.tickets.get(counter.missed_id or "")
    if ticket is None or ticket.state is not TicketState.NO_SHOW or ticket.counter != command.counter:
        raise Rejected("no_current_ticket", f"counter {command.counter} has no no-show to undo")
    if counter.ticket_id is not None:
        raise Rejected("counter_busy", f"counter {command.counter} has another ticket")
    return [call_of(ticket, command.counter, (), now_ms, fresh)]


def transfer(state: OfficeState, office: Office, command: msg.Transfer, now_ms: int, _fresh: "Fresh") -> Events:
    """To another service or counter; number and place are kept."""
    ticket = _current(state, command.counter)
    service = command.to_service or ticket.service
    if office.service_by_code(service) is None:
        raise Rejected("unknown_service", f"no service {service!r}")
    if command.to_service is None and command.to_counter is None:
        raise Rejected("malformed", "transfer needs to_service or to_counter")
    if command.to_counter is not None:
        if _counter(state, command.to_counter).status is CounterStatus.CLOSED:
            raise Rejected("counter_closed", f"counter {command.to_counter} is closed")
    elif not any(service in c.skills for c in office.counter):
        raise Rejected("skill_missing", f"no counter serves {service}")
    return [
        ev.TicketTransferred(
            at_ms=now_ms, ticket=ticket.id, from_counter=command.counter, to_service=service,
            to_counter=command.to_counter,
        )
    ]  # fmt: skip


def hold(state: OfficeState, _office: Office, command: msg.Hold, now_ms: int, _fresh: "Fresh") -> Events:
    """Put the current ticket aside."""
    ticket = _current(state, command.counter)
    return [ev.TicketHeld(at_ms=now_ms, ticket=ticket.id, counter=command.counter)]


def resume(state: OfficeState, _office: Office, command: msg.Resume, now_ms: int, _fresh: "Fresh") -> Events:
    """Take a ticket up again that was held here."""
    counter = _open(state, command.counter)
    ticket = _by_number(state, command.number)
    if ticket.state is not TicketState.HELD or ticket.counter != command.counter:
        raise Rejected("wrong_state", f"{ticket.number} is not held at counter {command.counter}")
    if counter.ticket_id is not None:
        raise Rejected("counter_busy", f"counter {command.counter} has another ticket")
    return [ev.TicketResumed(at_ms=now_ms, ticket=ticket.id, counter=command.counter)]


def requeue(state: OfficeState, _office: Office, command: msg.Requeue, now_ms: int, _fresh: "Fresh") -> Events:
    """Back into the queue, at its old place."""
    ticket = _current(state, command.counter, TicketState.CALLED)
    return [ev.TicketRequeued(at_ms=now_ms, ticket=ticket.id, counter=command.counter)]


def open_counter(state: OfficeState, _office: Office, command: msg.OpenCounter, now_ms: int, _fresh: "Fresh") -> Events:
    """Opens the counter; nothing happens when it is open."""
    if _counter(state, command.counter).status is CounterStatus.OPEN:
        return []
    return [ev.CounterOpened(at_ms=now_ms, counter=command.counter)]


def close_counter(
    state: OfficeState, _office: Office, command: msg.CloseCounter, now_ms: int, _fresh: "Fresh"
) -> Events:
    """Ends the counter's day. Its ticket, if any, must be ended or sent on first."""
    if _counter(state, command.counter).ticket_id is not None:
        raise Rejected("counter_busy", f"counter {command.counter} still has a ticket")
    return [ev.CounterClosed(at_ms=now_ms, counter=command.counter, reason=msg.reason_code(command.reason))]


def pause_counter(
    state: OfficeState, _office: Office, command: msg.PauseCounter, now_ms: int, _fresh: "Fresh"
) -> Events:
    """Pauses; the current ticket may still be finished."""
    _counter(state, command.counter)
    return [ev.CounterPaused(at_ms=now_ms, counter=command.counter, reason=msg.reason_code(command.reason))]


def ask_help(state: OfficeState, _office: Office, command: msg.Help, now_ms: int, _fresh: "Fresh") -> Events:
    """Calls for help."""
    _counter(state, command.counter)
    return [ev.HelpAsked(at_ms=now_ms, counter=command.counter)]
