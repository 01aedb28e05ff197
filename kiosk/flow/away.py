"""The server does not answer (or is not yet known): say so, point to staff, heal alone."""

from dataclasses import dataclass, replace

from kiosk.flow.events import ServerSeen, ServicesArrived
from kiosk.flow.now import Now
from kiosk.flow.state import Screen, State, Step, go, go_home, stay
from kiosk.flow.words import Text, Words


@dataclass(frozen=True)
class AwayView:
    """`starting`: the kiosk was just switched on and has not yet heard anything."""

    icon: str
    title: Words
    body: Words
    help: Words


def seen(state: State, event: ServerSeen, now: Now) -> Step:
    """The link or the heartbeat came or went."""
    changed = replace(state, alive=event.alive)
    if not event.alive and state.screen in (Screen.HOME, Screen.PRIORITY) and state.visit.asked is None:
        if changed.serves(now):
            return stay(changed)
        return go(changed, Screen.AWAY, now)
    return _heal(changed, now)


def news(state: State, event: ServicesArrived, now: Now) -> Step:
    """A snapshot: an older one (a retained message that was overtaken) changes nothing."""
    known = state.services
    if known is not None and event.snapshot.version < known.version:
        return stay(state)
    return _heal(replace(state, services=event.snapshot), now)


def look(state: State, now: Now) -> Step:
    """Without the server the day may end, and with it the numbers; or the clock is put right, and there are some."""
    if state.alive is False and state.screen is Screen.HOME and not state.serves(now):
        return go(state, Screen.AWAY, now)
    return _heal(state, now)


def _heal(state: State, now: Now) -> Step:
    return go_home(state, now) if state.screen is Screen.AWAY and state.serves(now) else stay(state)


def view(state: State, _now: Now) -> AwayView:
    """What the screen says."""
    key = "kiosk.starting" if state.alive is None else "kiosk.away"
    icon = "clock" if state.alive is None else "offline"
    return AwayView(icon, Text(f"{key}.title"), Text(f"{key}.body"), Text(f"{key}.help"))
