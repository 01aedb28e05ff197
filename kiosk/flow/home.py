"""The first screen: which services there are, how many wait, how long it takes; the strip for receipts."""

from dataclasses import dataclass

from contracts.messages.board import ServiceState
from contracts.settings.model import Service
from contracts.wait_text import wait_key
from kiosk.flow import lease_talk, offline
from kiosk.flow.issuing import closed_code
from kiosk.flow.now import Now
from kiosk.flow.state import NORMAL, State
from kiosk.flow.words import EMPTY, Local, Plain, Sentence, Text, Words


@dataclass(frozen=True)
class Card:
    """One service. `first` and `second` are its two lines under the name."""

    service: str
    name: Words
    icon: str
    first: Words
    second: Words
    open: bool
    asking: bool  # this one was touched; its ticket is on the way
    inert: bool  # another one was


@dataclass(frozen=True)
class HomeView:
    """The first screen. `band`: a trouble everybody should know; None when there is none."""

    title: Words
    hint: Words
    cards: tuple[Card, ...]
    priority: Words
    priority_hint: Words
    priority_on: bool
    scan_title: Words
    scan_hint: Words
    band: Words | None


def view(state: State, now: Now) -> HomeView:
    """What the first screen shows now."""
    chosen = state.setup.priority(state.visit.priority)
    label = Text("kiosk.priority.ask")
    if chosen is not None:
        label = Text("kiosk.priority.chosen", {"class": Local(chosen.name)})
    return HomeView(
        title=Text("kiosk.home.title"),
        hint=Text("kiosk.home.hint"),
        cards=tuple(_card(state, service, now) for service in state.setup.services),
        priority=label,
        priority_hint=Text("kiosk.priority.change" if chosen else "kiosk.priority.ask.hint"),
        priority_on=state.visit.priority != NORMAL,
        scan_title=Text("kiosk.scan.title"),
        scan_hint=Text("kiosk.scan.hint"),
        band=_band(state),
    )


def _band(state: State) -> Words | None:
    if state.alive is False and state.leases is not None:
        return Text("kiosk.offline.band.printer" if state.printer_code else "kiosk.offline.band")
    return Text("kiosk.printer.band") if state.printer_code else None


def _card(state: State, service: Service, now: Now) -> Card:
    now_there = state.service_state(service.code)
    is_open = now_there is not None and now_there.open
    asked = state.visit.asked
    asking = asked is not None and asked.service == service.code
    first, second = _lines(state, now_there)
    if state.alive is False and state.leases is not None:
        is_open, first, second = _without_server(state, service, now)
    if asking:
        first, second = Text("kiosk.card.asking"), EMPTY
    return Card(
        service=service.code,
        name=Local(service.name),
        icon=service.icon,
        first=first,
        second=second,
        open=is_open,
        asking=asking,
        inert=asked is not None and not asking,
    )


def _lines(state: State, now_there: ServiceState | None) -> tuple[Words, Words]:
    if now_there is None:
        return Text("kiosk.card.closed"), EMPTY
    if not now_there.open:
        return _closed_lines(state, now_there)
    key, params = wait_key(now_there.estimate, now_there.estimate_reason)
    return waiting(now_there.waiting), Sentence(Text(key, params))


def _without_server(state: State, service: Service, now: Now) -> tuple[bool, Words, Words]:
    """(open, two lines): how many wait is not known, and not guessed from before."""
    closed = offline.closed(state, service.code, now)
    if closed is not None:
        return False, *_closed_lines(state, closed)
    if not lease_talk.ready(state.leases, service.code, now):
        return False, Text("kiosk.card.spent"), Text("kiosk.card.full.hint")
    return True, Text("kiosk.card.unknown"), EMPTY


def _closed_lines(state: State, service: ServiceState) -> tuple[Words, Words]:
    if closed_code(service) in ("quota_reached", "numbers_exhausted"):
        return Text("kiosk.card.full"), Text("kiosk.card.full.hint")
    if service.reopens_at is None:
        return Text("kiosk.card.closed"), EMPTY
    at = state.setup.local(service.reopens_at)
    return Text("kiosk.card.closed"), Text("kiosk.card.reopens", {"time": Plain(at.strftime("%H:%M"))})


def waiting(people: int) -> Words:
    """ "9 người đang chờ"; nobody is said as nobody."""
    return Text("common.waiting", {"count": people}) if people else Text("kiosk.card.nobody")
