"""The conversation behind the code of a booking: the visitor is here, and gets a ticket in the place of the slot."""

from contracts.messages.appointments import CheckIn
from contracts.messages.replies import Reply
from kiosk.flow import notice
from kiosk.flow.effects import Print, SendCommand
from kiosk.flow.events import AppointmentScanned
from kiosk.flow.now import Now
from kiosk.flow.state import Paper, Screen, State, Step, go, stay, with_visit


def scanned(state: State, event: AppointmentScanned, now: Now) -> Step:
    """A scanner read a booking, on whatever screen. Only the server knows bookings."""
    if state.visit.asked is not None:
        return stay(state)
    if not state.alive:
        return stay(state) if state.screen is Screen.AWAY else notice.show(state, "check_in_away", now)
    message = CheckIn(id=event.command_id, token=event.token)
    shown = notice.show(state, notice.CHECKING_IN, now).state
    return go(with_visit(shown, arriving=message), Screen.NOTICE, now, SendCommand("check-in", message))


def replied(state: State, reply: Reply, now: Now) -> Step:
    """The server's answer: a ticket like any other, or why not."""
    settled = with_visit(state, arriving=None)
    if not reply.ok or reply.issued is None:
        return notice.show(settled, reply.error.code if reply.error else "internal", now)
    paper = Paper.PRINTING if state.setup.has_printer else Paper.TROUBLE
    shown = with_visit(settled, ticket=reply.issued, job_id=reply.id, paper=paper)
    effects = (Print(reply.id, reply.issued),) if state.setup.has_printer else ()
    return go(shown, Screen.TICKET, now, *effects)


def unanswered(state: State, now: Now) -> Step:
    """No reply in time. Another scan gives the same ticket, should this one have been heard."""
    return notice.show(with_visit(state, arriving=None), "no_answer", now)
