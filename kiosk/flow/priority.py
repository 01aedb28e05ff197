"""The screen of the office's priority classes: chosen plainly, before the service, taken back as easily."""

from dataclasses import dataclass

from kiosk.flow.events import PriorityTouched
from kiosk.flow.now import Now
from kiosk.flow.state import NORMAL, Screen, State, Step, go, stay, with_visit
from kiosk.flow.words import Local, Text, Words


@dataclass(frozen=True)
class Choice:
    """One class, or none of them."""

    code: str
    name: Words
    icon: str
    chosen: bool


@dataclass(frozen=True)
class PriorityView:
    """The classes of the office file."""

    title: Words
    hint: Words
    choices: tuple[Choice, ...]
    none: Choice


def asked(state: State, now: Now) -> Step:
    """A visitor wants to say that priority is due."""
    if state.visit.asked is not None or not state.setup.priorities:
        return stay(state)
    return go(state, Screen.PRIORITY, now)


def touched(state: State, event: PriorityTouched, now: Now) -> Step:
    """A class was chosen (or taken back); next is the service."""
    known = event.code == NORMAL or state.setup.priority(event.code) is not None
    if state.visit.asked is not None or not known:
        return stay(state)
    return go(with_visit(state, priority=event.code), Screen.HOME, now)


def view(state: State, _now: Now) -> PriorityView:
    """What the priority screen shows."""
    chosen = state.visit.priority
    return PriorityView(
        title=Text("kiosk.priority.title"),
        hint=Text("kiosk.priority.hint"),
        choices=tuple(
            Choice(p.code, Local(p.name), f"priority-{p.code}", p.code == chosen) for p in state.setup.priorities
        ),
        none=Choice(NORMAL, Text("kiosk.priority.none"), "back", chosen=False),
    )
