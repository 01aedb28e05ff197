"""Result of a command → the reply its actor gets, over MQTT or HTTP alike."""

from contracts.errors import Rejected
from contracts.messages.appointments import CheckIn
from contracts.messages.common import ErrorReply
from contracts.messages.counters import CounterCommand
from contracts.messages.leases import LeaseBlock, LeaseBlocks, LeaseGrant
from contracts.messages.replies import Reply
from contracts.messages.tickets import IssueTicket
from contracts.settings import Office
from queue_server.application import bookings, projections
from queue_server.application.unit_of_work import Command, Result
from queue_server.domain.calendar import next_open_day
from queue_server.domain.clock import utc
from queue_server.domain.estimates import Estimator
from queue_server.domain.leases import live_blocks
from queue_server.domain.model import OfficeState


def rejected(command_id: str, verb: str, code: str, detail: str, now_ms: int) -> Reply:
    """A refusal."""
    return Reply(id=command_id, verb=verb, ok=False, at=utc(now_ms), error=ErrorReply(code, detail))


def reply_for(result: Result, state: OfficeState, office: Office, estimator: Estimator, now_ms: int) -> Reply:
    """The reply from committed state; figures in a repeated reply are those of now."""
    command = result.command
    error = result.error or _gone(result, state)
    if error is not None:
        return rejected(command.message.id, command.verb, error.code, error.detail, now_ms)
    booking = bookings.asked(command.message, result.ticket, state)
    ticket = state.tickets.get((booking.ticket if booking else result.ticket) or "")
    issued = view = None
    if ticket is not None and isinstance(command.message, IssueTicket | CheckIn):
        issued = projections.issued_ticket(state, office, estimator, ticket, now_ms)
    elif ticket is not None:
        view = projections.ticket_view(ticket, with_dossier=True)
    counter = None
    if isinstance(command.message, CounterCommand):
        counter = projections.counter_view(state, office, command.message.counter)
    return Reply(
        id=command.message.id, verb=command.verb, ok=True, at=utc(now_ms), issued=issued, ticket=view, counter=counter,
        appointment=bookings.view(state, office, booking, now_ms) if booking else None,
        lease=_lease(state, office, command), handed=result.handed,
    )  # fmt: skip


def _lease(state: OfficeState, office: Office, command: Command) -> LeaseGrant | None:
    """All that a kiosk epoch which asked may give out now."""
    if not isinstance(command.message, LeaseBlocks):
        return None
    epoch = command.message.epoch
    blocks = (LeaseBlock(b.id, b.service, b.day, b.first, b.last) for b in live_blocks(state, command.actor, epoch))
    return LeaseGrant(epoch, state.day, next_open_day(office, state.day), tuple(blocks))


def _gone(result: Result, state: OfficeState) -> Rejected | None:
    """A retry whose ticket or counter is no more: it was of an earlier day, or of another office file."""
    message = result.command.message
    if isinstance(message, bookings.COMMANDS):
        known = bookings.asked(message, result.ticket, state) is not None
        return None if known else Rejected("unknown_appointment", "the booking of this command was of an earlier day")
    if result.ticket is not None and result.ticket not in state.tickets:
        return Rejected("unknown_ticket", "the ticket of this command was of an earlier day")
    if isinstance(message, CounterCommand) and message.counter not in state.counters:
        return Rejected("unknown_counter", f"no counter {message.counter}")
    return None
