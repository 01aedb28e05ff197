"""The screen of a ticket just taken, and what the visitor is told about the paper."""

from dataclasses import dataclass, replace

from contracts.messages.common import IssuedTicket
from contracts.wait_text import wait_key
from kiosk.flow.events import PaperResult, PrintEnded
from kiosk.flow.now import Now
from kiosk.flow.state import NORMAL, Paper, Screen, State, Step, go, go_home, stay, with_visit
from kiosk.flow.words import Local, Plain, Sentence, Text, Words

PRINT_S_MAX = 25.0
"""Longer than the print worker needs to be sure of a failure: after it the visitor is told to remember the number."""
_OUTCOME = {PaperResult.PRINTED: Paper.TAKE, PaperResult.UNKNOWN: Paper.LOOK, PaperResult.FAILED: Paper.TROUBLE}


@dataclass(frozen=True)
class TicketView:
    """A ticket as its owner sees it. `qr` is empty where phones cannot reach the office."""

    label: Words
    number: str
    service_code: str
    service: Words
    ahead: Words
    wait: Words
    priority: Words | None
    paper: Paper
    paper_title: Words
    paper_hint: Words
    qr: str
    qr_hint: Words
    done: Words


def printed(state: State, event: PrintEnded, now: Now) -> Step:
    """The printer's word. A job of an earlier visitor changes nothing here."""
    if state.screen is not Screen.TICKET or event.job_id != state.visit.job_id:
        return stay(state)
    changed = with_visit(state, paper=_OUTCOME[event.result], paper_code=event.code)
    return go(replace(changed, touched_s=now.mono_s), Screen.TICKET, now)


def tick(state: State, now: Now) -> Step:
    """A number stays a while on the glass, longer when it is not on paper."""
    on_screen_s = now.mono_s - max(state.shown_s, state.touched_s)
    paper = state.visit.paper
    if paper is Paper.PRINTING:
        if now.mono_s - state.shown_s < PRINT_S_MAX:
            return stay(state)
        return go(with_visit(state, paper=Paper.TROUBLE, paper_code="printer_timeout"), Screen.TICKET, now)
    limit_s = state.setup.home_s if paper is Paper.TROUBLE else state.setup.ticket_s
    return stay(state) if on_screen_s < limit_s else go_home(state, now)


def view(state: State, _now: Now) -> TicketView:
    """What the ticket screen shows. Only called with a ticket in the visit."""
    ticket = state.visit.ticket
    assert ticket is not None
    service = state.setup.service(ticket.service)
    priority = state.setup.priority(ticket.priority) if ticket.priority != NORMAL else None
    paper, offline = state.visit.paper, state.visit.offline
    return TicketView(
        label=Text("ticket.number_label"),
        number=ticket.number,
        service_code=ticket.service,
        service=Local(service.name) if service else Plain(ticket.service),
        ahead=Text("kiosk.offline.ticket") if offline else ahead(ticket.position),
        wait=Text("kiosk.offline.ticket.hint") if offline else Text("kiosk.ticket.wait", {"wait": wait(ticket)}),
        priority=Text("kiosk.ticket.priority", {"class": Local(priority.name)}) if priority else None,
        paper=paper,
        paper_title=Text(f"kiosk.paper.{paper}.title", {"number": Plain(ticket.number)}),
        paper_hint=Text(f"kiosk.paper.{paper}.hint", {"number": Plain(ticket.number)}),
        qr="" if offline else follow_url(state.setup.public_url, ticket),
        qr_hint=Text("ticket.follow"),
        done=Text("kiosk.button.done"),
    )


def ahead(position: int) -> Words:
    """How many people come first, as a sentence."""
    if position == 0:
        return Sentence(Text("common.people_ahead.none"))
    if position == 1:
        return Text("kiosk.ahead.one")
    return Sentence(Text("common.people_ahead", {"count": position}))


def wait(ticket: IssuedTicket) -> Words:
    """The expected wait, or why there is no figure."""
    key, params = wait_key(ticket.estimate, ticket.estimate_reason)
    return Text(key, params)


def follow_url(public_url: str, ticket: IssuedTicket) -> str:
    """The page where a phone follows this ticket; empty where phones cannot reach the office."""
    return f"{public_url.rstrip('/')}/t/{ticket.token}" if public_url else ""
