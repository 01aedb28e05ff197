"""The whole kiosk: every event to the conversation it belongs to, every state to a picture."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from kiosk.flow import away, checkin, dossier, frame, home, issuing, lease_talk, notice, offline, priority, ticket
from kiosk.flow import events as e
from kiosk.flow.now import Now
from kiosk.flow.state import Screen, State, Step, fresh_visit, go_home, leave, stay, with_visit

SETTLE_S = 0.4
"""A touch this soon after a screen came up was meant for the screen before it."""
LOST_S = 60.0
"""How long an unanswered wish for a ticket keeps its command id."""

Body = (
    home.HomeView
    | priority.PriorityView
    | ticket.TicketView
    | dossier.DossierPicture
    | notice.NoticeView
    | away.AwayView
)

PRIVATE = frozenset({Screen.DOSSIER, Screen.PRIORITY})
"""Screens that say something about a person: never exported as a picture."""


@dataclass(frozen=True)
class Picture:
    """Everything that is on the glass; equal pictures need no redrawing."""

    screen: Screen
    lang: str
    theme: str
    frame: frame.FrameView
    body: Body

    @property
    def private(self) -> bool:
        """True when this picture says something about a person, so that it must not leave the glass."""
        body = self.body
        if isinstance(body, home.HomeView):
            return body.priority_on
        if isinstance(body, ticket.TicketView):
            return body.priority is not None
        return self.screen in PRIVATE

    @property
    def neutral(self) -> bool:
        """True for the first screen as nobody in particular sees it."""
        return self.screen is Screen.HOME and not self.private


def step(state: State, event: e.Event, now: Now) -> Step:
    """What an event changes."""
    if isinstance(event, e.News):
        return _news(state, event, now)
    seen = replace(state, touched_s=now.mono_s)
    if seen.visit.arriving is not None and not isinstance(event, e.LanguageTouched | e.ContrastTouched):
        return stay(seen)
    if isinstance(event, e.Scan):
        return _scan(seen, event, now)
    if now.mono_s - state.shown_s < SETTLE_S and not isinstance(event, e.LanguageTouched):
        return stay(seen)
    return _touch(seen, event, now)


def _touch(state: State, event: e.Touch, now: Now) -> Step:
    match event:
        case e.ServiceTouched():
            return issuing.touched(state, event, now)
        case e.PriorityAsked():
            return priority.asked(state, now)
        case e.PriorityTouched():
            return priority.touched(state, event, now)
        case e.ScanHelpTouched():
            return stay(state) if state.visit.asked else notice.show(state, notice.HOW_TO_SCAN, now)
        case e.HomeTouched():
            return stay(state) if state.visit.asked else leave(state, now)
        case e.LanguageTouched() if event.lang in state.setup.languages and state.visit.asked is None:
            return stay(with_visit(state, lang=event.lang))
        case e.ContrastTouched():
            return stay(with_visit(state, contrast=not state.visit.contrast))
    return stay(state)


def _scan(state: State, event: e.Scan, now: Now) -> Step:
    if isinstance(event, e.DossierScanned):
        return dossier.scanned(state, event, now)
    if isinstance(event, e.AppointmentScanned):
        return checkin.scanned(state, event, now)
    if state.visit.asked is not None or state.screen is Screen.AWAY:
        return stay(state)
    return notice.show(state, event.why.value, now)


def _news(state: State, event: e.News, now: Now) -> Step:
    if state.leases is None:
        return _visit_news(state, event, now)
    leases, effects = lease_talk.news(state.leases, event, bool(state.alive), now)
    step = _visit_news(replace(state, leases=leases), event, now)
    return replace(step, effects=(*effects, *step.effects))


def _visit_news(state: State, event: e.News, now: Now) -> Step:
    match event:
        case e.ServicesArrived():
            return away.news(state, event, now)
        case e.ServerSeen():
            return away.seen(state, event, now)
        case e.Replied():
            return _replied(state, event, now)
        case e.Unanswered():
            return _unanswered(state, event, now)
        case e.PrintEnded():
            return ticket.printed(state, event, now)
        case e.PrinterSeen():
            return stay(replace(state, printer_code=event.code))
        case e.TicketKept():
            return offline.kept(state, event, now)
    return _tick(state, now)


def _replied(state: State, event: e.Replied, now: Now) -> Step:
    visit = state.visit
    if visit.asked is not None and visit.keeping is None and visit.asked.id == event.reply.id:
        return issuing.replied(state, event.reply, now)
    if visit.looking is not None and visit.looking.id == event.reply.id:
        return dossier.replied(state, event.reply, now)
    if visit.arriving is not None and visit.arriving.id == event.reply.id:
        return checkin.replied(state, event.reply, now)
    return stay(state)  # of a visitor who has left


def _unanswered(state: State, event: e.Unanswered, now: Now) -> Step:
    visit = state.visit
    if visit.asked is not None and visit.keeping is None and visit.asked.id == event.command_id:
        return issuing.unanswered(state, now)
    if visit.looking is not None and visit.looking.id == event.command_id:
        return dossier.unanswered(state, now)
    if visit.arriving is not None and visit.arriving.id == event.command_id:
        return checkin.unanswered(state, now)
    return stay(state)


def _tick(state: State, now: Now) -> Step:
    if state.lost is not None and now.mono_s - state.lost_s >= LOST_S:
        state = replace(state, lost=None, lost_s=0.0)
    if state.visit.arriving is not None:
        return stay(state)
    if state.visit.asked is not None:
        return offline.tick(state, now)
    if state.screen is Screen.TICKET:
        return ticket.tick(state, now)
    untouched = now.mono_s - state.touched_s >= state.setup.home_s
    if not untouched:
        return away.look(state, now)
    if state.screen in (Screen.HOME, Screen.AWAY):
        return away.look(replace(state, visit=fresh_visit(state.setup)), now)
    return go_home(state, now)


def view(state: State, now: Now) -> Picture:
    """What is on the glass."""
    bodies: dict[Screen, Callable[[State, Now], Body]] = {
        Screen.HOME: home.view,
        Screen.PRIORITY: priority.view,
        Screen.TICKET: ticket.view,
        Screen.DOSSIER: dossier.view,
        Screen.NOTICE: notice.view,
        Screen.AWAY: away.view,
    }
    return Picture(
        screen=state.screen,
        lang=state.visit.lang,
        theme="contrast" if state.visit.contrast else "day",
        frame=frame.view(state, now),
        body=bodies[state.screen](state, now),
    )
