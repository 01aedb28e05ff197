"""The state of a kiosk: what it knows of the office, and everything of the visitor in one value that idle replaces."""

from dataclasses import dataclass, replace
from enum import StrEnum

from contracts.messages.appointments import CheckIn
from contracts.messages.board import ServicesSnapshot, ServiceState
from contracts.messages.common import IssuedTicket
from contracts.messages.dossiers import DossierView, LookupDossier
from contracts.messages.leases import OfflineTicket
from contracts.messages.tickets import IssueTicket
from kiosk.flow import lease_talk
from kiosk.flow.effects import Effect
from kiosk.flow.lease_talk import Leases
from kiosk.flow.leases import LeaseBook
from kiosk.flow.now import Now
from kiosk.flow.setup import Setup

NORMAL = "normal"


class Screen(StrEnum):
    """Where a visitor can be."""

    HOME = "home"
    PRIORITY = "priority"
    TICKET = "ticket"
    DOSSIER = "dossier"
    NOTICE = "notice"
    AWAY = "away"  # the server does not answer


class Paper(StrEnum):
    """The printed ticket, as the visitor is told."""

    PRINTING = "printing"
    TAKE = "take"
    LOOK = "look"  # the printer cannot say: look whether it came
    TROUBLE = "trouble"  # no ticket on paper: remember the number


@dataclass(frozen=True)
class Visit:
    """Everything of one visitor. Idle puts a fresh one in its place; nothing of the visitor is anywhere else."""

    lang: str
    contrast: bool = False
    priority: str = NORMAL
    asked: IssueTicket | None = None  # a ticket was asked for, the reply is awaited: buttons are inert
    looking: LookupDossier | None = None
    arriving: CheckIn | None = None  # an appointment checks in, the reply is awaited: buttons are inert
    dossier: DossierView | None = None
    keeping: OfflineTicket | None = None  # a number out of a block was taken, the spool's word is awaited
    keeping_s: float = 0.0  # since when, monotonic
    ticket: IssuedTicket | None = None
    offline: bool = False  # the ticket was given without the server
    job_id: str | None = None
    paper: Paper = Paper.PRINTING
    paper_code: str | None = None
    notice: str = ""  # the code behind a notice screen
    notice_service: str | None = None


@dataclass(frozen=True)
class State:
    """One kiosk at one moment."""

    setup: Setup
    screen: Screen
    visit: Visit
    shown_s: float  # when this screen came up, monotonic
    touched_s: float  # last sign of a visitor, monotonic
    alive: bool | None = None  # None: just started, not yet known
    services: ServicesSnapshot | None = None
    printer_code: str | None = None  # why it cannot print now
    lost: IssueTicket | None = None  # asked for without a reply: the next try keeps its id, so that it counts once
    lost_s: float = 0.0  # since when, monotonic
    leases: Leases | None = None  # None: this kiosk gives nothing without the server

    @property
    def usable(self) -> bool:
        """True when the server answers and said what is open."""
        return bool(self.alive) and self.services is not None

    def serves(self, now: Now) -> bool:
        """True when tickets can be taken: from the server, or without it out of a block."""
        if self.alive is not False:
            return self.usable
        return any(lease_talk.ready(self.leases, service.code, now) for service in self.setup.services)

    def service_state(self, code: str) -> ServiceState | None:
        """The server's newest word on a service."""
        if self.services is None:
            return None
        return next((s for s in self.services.services if s.code == code), None)


@dataclass(frozen=True)
class Step:
    """The outcome of an event: the new state, the screen to go to (None: stay), what the world must do."""

    state: State
    destination: Screen | None = None
    effects: tuple[Effect, ...] = ()


def fresh_visit(setup: Setup) -> Visit:
    """Nobody is there yet."""
    return Visit(lang=setup.languages[0])


def begin(setup: Setup, now: Now, book: LeaseBook | None = None) -> State:
    """A kiosk that was just switched on, with what its spool knows of lent numbers."""
    leases = Leases(replace(book, began_mono_s=now.mono_s), setup.zone) if book is not None else None
    return State(setup, Screen.AWAY, fresh_visit(setup), now.mono_s, now.mono_s, leases=leases)


def stay(state: State, *effects: Effect) -> Step:
    """Remain on this screen."""
    return Step(state, None, effects)


def go(state: State, screen: Screen, now: Now, *effects: Effect) -> Step:
    """Another screen comes up (or the same one for another reason)."""
    return Step(replace(state, screen=screen, shown_s=now.mono_s), screen, effects)


def go_home(state: State, now: Now) -> Step:
    """Home, the visitor forgotten; the server-away screen where there is nothing to offer at home."""
    cleared = replace(state, visit=fresh_visit(state.setup))
    return go(cleared, Screen.HOME if state.serves(now) else Screen.AWAY, now)


def leave(state: State, now: Now) -> Step:
    """Home by the visitor's own touch: the same person goes on, so what was chosen stays and what was shown goes.

    A finished ticket ends the visit; after a notice the priority stays too, for another try.
    """
    if state.screen is Screen.TICKET:
        return go_home(state, now)
    step = go_home(state, now)
    old = state.visit
    priority = NORMAL if state.screen is Screen.DOSSIER else old.priority
    return replace(step, state=with_visit(step.state, lang=old.lang, contrast=old.contrast, priority=priority))


def with_visit(state: State, **changes: object) -> State:
    """The same kiosk with another visit."""
    return replace(state, visit=replace(state.visit, **changes))  # type: ignore[arg-type]  # names checked by replace
