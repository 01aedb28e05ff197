"""The conversation behind a touch on a service: one command a touch, one ticket whatever the network does."""

from dataclasses import replace

import msgspec

from contracts.messages.board import ServiceState
from contracts.messages.replies import Reply
from contracts.messages.tickets import IssueTicket
from kiosk.flow import lease_talk, notice, offline
from kiosk.flow.effects import Print, SendCommand
from kiosk.flow.events import ServiceTouched
from kiosk.flow.now import Now
from kiosk.flow.state import Paper, Screen, State, Step, go, stay, with_visit

NO_ANSWER = "no_answer"
"""Our own word for: the command was given up. Not a code of the server."""
_CLOSED = {"quota": "quota_reached", "numbers": "numbers_exhausted"}


def touched(state: State, event: ServiceTouched, now: Now) -> Step:
    """A visitor wants a ticket for a service."""
    if state.visit.asked is not None:
        return stay(state)  # the second of a double touch
    service = state.service_state(event.service)
    if state.alive is False and state.setup.service(event.service) is not None:
        return _without_server(state, event, now)
    if not state.usable or state.setup.service(event.service) is None:
        return notice.show(state, "server_away" if not state.usable else "unknown_service", now)
    if service is not None and not service.open:
        return notice.show(state, closed_code(service), now, service=event.service)
    message = _message(state, event)
    return stay(with_visit(state, asked=message), SendCommand("issue", message))


def _without_server(state: State, event: ServiceTouched, now: Now) -> Step:
    closed = offline.closed(state, event.service, now)
    if closed is not None:
        return notice.show(state, closed_code(closed), now, service=event.service)
    return offline.issue(state, _message(state, event), now) or notice.show(state, "server_away", now)


def closed_code(service: ServiceState) -> str:
    """The error code that says why a closed service is closed."""
    return _CLOSED.get(service.reason or "", "service_closed")


def _message(state: State, event: ServiceTouched) -> IssueTicket:
    visit = state.visit
    dossier = visit.dossier.code if state.screen is Screen.DOSSIER and visit.dossier else None
    wanted = IssueTicket(
        id=event.command_id, service=event.service, priority=visit.priority, lang=visit.lang, dossier=dossier
    )
    lost = state.lost
    if lost is not None and msgspec.structs.replace(lost, id=wanted.id) == wanted:
        return lost  # the server may have heard the first try: the same id cannot give a second ticket
    return wanted


def replied(state: State, reply: Reply, now: Now) -> Step:
    """The server's answer to the awaited command."""
    asked = state.visit.asked
    settled = with_visit(state, asked=None)
    if state.lost is not None and asked is not None and state.lost.id == asked.id:
        settled = replace(settled, lost=None, lost_s=0.0)
    if not reply.ok or reply.issued is None:
        code = reply.error.code if reply.error else "internal"
        return notice.show(settled, code, now, service=asked.service if asked else None)
    paper = Paper.PRINTING if state.setup.has_printer else Paper.TROUBLE
    shown = with_visit(settled, ticket=reply.issued, offline=False, job_id=reply.id, paper=paper, dossier=None)
    effects = (Print(reply.id, reply.issued),) if state.setup.has_printer else ()
    return go(shown, Screen.TICKET, now, *effects)


def unanswered(state: State, now: Now) -> Step:
    """No reply in time. The wish is kept a while, so that another touch asks the same again, not for more."""
    asked = state.visit.asked
    if asked is not None and lease_talk.ready(state.leases, asked.service, now):
        return offline.issue(state, asked, now) or stay(state)
    settled = with_visit(state, asked=None)
    if asked is not None and asked.dossier is None:
        settled = replace(settled, lost=asked, lost_s=now.mono_s)
    return notice.show(settled, NO_ANSWER, now)
