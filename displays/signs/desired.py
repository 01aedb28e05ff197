"""Board messages + office → the desired text of every sign this process owns. Pure: time is an argument.

A new call or a recall blinks; once the blinking is over the same text is wished steady, so that a reconnect, which
publishes all wishes again, makes no old call blink.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from contracts.messages.board import Call
from contracts.messages.common import TicketState
from contracts.messages.devices import SignDesired
from contracts.settings import Counter, Device, Office
from displays.board import (
    BoardState,
    Event,
    apply,
    current_counters,
    is_current,
    known_calls,
)
from displays.board import (
    initial as initial_board,
)
from displays.board.compose import look_of
from displays.board.spotlight import DWELL_S, in_dwell
from displays.board.state import NEWS_AT_START_S
from displays.signs.text import counter_text, hall_text

COUNTER_BLINKS = 5  # devices.md §1.2: QSystem's own habit
HALL_BLINKS = 3
BLINK_S = 6.0  # after it the wish is steady; five blinks take five seconds
COUNTER_CELLS = 6  # of a sign whose bus says nothing
HALL_KIND = "sign-alpha"


@dataclass(frozen=True)
class Wish:
    """A sign's desired text, and the call it is about: a recall is a new wish although its text is the same."""

    desired: SignDesired
    call: tuple[str, int] | None = None


@dataclass(frozen=True)
class SignsState:
    """`board` knows every counter; `halls` one board a hall sign. `blinking`: call id → (repeat, until, monotonic)."""

    board: BoardState
    halls: Mapping[str, BoardState]
    zones: frozenset[str]
    blinking: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    heard: Mapping[str, int] = field(default_factory=dict)


def initial(office: Office, signs_id: str, mono_s: float) -> SignsState:
    """The signs of one [[signs]] row (its zones; [] = all)."""
    zones = next((set(s.zones) for s in office.signs if s.id == signs_id), set())
    halls = {d.id: initial_board(office, d.zones, mono_s) for d in _hall_signs(office, frozenset(zones))}
    return SignsState(initial_board(office, [], mono_s), halls, frozenset(zones))


def observe(state: SignsState, event: Event, mono_s: float) -> SignsState:
    """The state after a message of the board, or Tick."""
    started = state.board.snapshot is None and not state.board.ahead
    board = apply(state.board, event, mono_s)
    halls = {sign: apply(hall, event, mono_s) for sign, hall in state.halls.items()}
    blinking = {key: entry for key, entry in state.blinking.items() if entry[1] > mono_s}
    heard: dict[str, int] = {}
    for call in known_calls(board):
        before = state.heard.get(call.call_id)
        heard[call.call_id] = call.repeat
        fresh = before < call.repeat if before is not None else _is_news(board, call, started)
        if fresh:
            blinking[call.call_id] = (call.repeat, mono_s + BLINK_S)
    return replace(state, board=board, halls=halls, blinking=blinking, heard=heard)


def wishes(state: SignsState, office: Office, mono_s: float) -> dict[str, Wish]:
    """What every sign should show now; empty until the first snapshot, so that a restart never darkens a sign."""
    if state.board.snapshot is None:
        return {}
    found = [_counter_wish(state, office, c, mono_s) for c in office.counter if c.sign and _owns(state, c.zone)]
    found += [_hall_wish(sign, hall, mono_s) for sign, hall in state.halls.items()]
    return {wish.desired.sign: wish for wish in found}


def next_change_s(state: SignsState, mono_s: float) -> float | None:
    """Seconds until `wishes` may differ without an event; None: never."""
    ends = [until for _, until in state.blinking.values()]
    ends += [h.spotlight.since_s + DWELL_S for h in state.halls.values() if h.spotlight.fresh]
    later = [end - mono_s for end in ends if end > mono_s]
    return min(later, default=None)


def _owns(state: SignsState, zone: str) -> bool:
    return not state.zones or zone in state.zones


def _hall_signs(office: Office, zones: frozenset[str]) -> list[Device]:
    """Message signs that are no counter's own, in these zones."""
    counter_buses = {c.sign_bus for c in office.counter}
    halls = [d for d in office.device if d.kind == HALL_KIND and d.id not in counter_buses]
    return [d for d in halls if not zones or not d.zones or zones & set(d.zones)]


def _is_news(board: BoardState, call: Call, started: bool) -> bool:
    young_s = NEWS_AT_START_S if started else board.news_s
    return board.snapshot is None or board.snapshot.at - call.called_at <= timedelta(seconds=young_s)


def _counter_wish(state: SignsState, office: Office, counter: Counter, mono_s: float) -> Wish:
    assert counter.sign is not None
    bus = next((d for d in office.device if d.id == counter.sign_bus), None)
    row = current_counters(state.board).get(counter.n)
    call = next(
        (c for c in known_calls(state.board) if c.counter == counter.n and row and c.number == row.number), None
    )
    blink = COUNTER_BLINKS if call is not None and _blinks(state, call, mono_s) else 0
    text = counter_text(
        look_of(row), row.number if row else None, counter.n, counter.arrow, bus.width if bus else COUNTER_CELLS
    )
    return Wish(SignDesired(counter.sign, text, blink), (call.call_id, call.repeat) if call and blink else None)


def _blinks(state: SignsState, call: Call, mono_s: float) -> bool:
    entry = state.blinking.get(call.call_id)
    return entry is not None and entry[0] == call.repeat and mono_s < entry[1]


def _hall_wish(sign: str, hall: BoardState, mono_s: float) -> Wish:
    spot = hall.spotlight
    if spot.shown is not None and in_dwell(spot, mono_s):
        desired = SignDesired(sign, hall_text(spot.shown.number, spot.shown.counter), HALL_BLINKS)
        return Wish(desired, (spot.shown.call_id, spot.shown.repeat))
    call = spot.shown if spot.shown is not None and is_current(hall, spot.shown) else _still_called(hall)
    return Wish(SignDesired(sign, hall_text(call.number, call.counter) if call else ""))


def _still_called(hall: BoardState) -> Call | None:
    """The newest call nobody has answered yet: the spotlight's own is over."""
    rows = current_counters(hall)
    waiting = {(n, row.number) for n, row in rows.items() if row.state is TicketState.CALLED}
    return next((call for call in known_calls(hall) if (call.counter, call.number) in waiting), None)
