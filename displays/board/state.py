"""What a board knows: the newest snapshot, the calls ahead of it, the spotlight, and what the server said.

Version rule (design.md §3): a higher epoch always wins, then a higher seq. A call event newer than the snapshot is laid
over it until a snapshot of its version or later arrives; so the order of arrival does not matter.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from contracts.messages.board import BOARD_CALLS_MAX, BoardCounter, BoardSnapshot, Call, CallEvent
from contracts.messages.common import CounterStatus, TicketState, Version
from contracts.messages.devices import Heartbeat
from contracts.settings import Office
from displays.board import spotlight as spots
from displays.board.spotlight import Spotlight

AHEAD_MAX = 200  # call events held without their snapshot
NEWS_AT_START_S = 10  # a board that starts pulses only calls this young; they may have pulsed before it restarted


@dataclass(frozen=True)
class SnapshotArrived:
    """The retained snapshot, live or retained."""

    snapshot: BoardSnapshot


@dataclass(frozen=True)
class CallArrived:
    """The fast path."""

    event: CallEvent


@dataclass(frozen=True)
class BeatHeard:
    """The server's pulse."""

    beat: Heartbeat


@dataclass(frozen=True)
class ServerSeen:
    """The server's presence: its last will says offline."""

    online: bool


@dataclass(frozen=True)
class Tick:
    """Time went on."""


Event = SnapshotArrived | CallArrived | BeatHeard | ServerSeen | Tick


@dataclass(frozen=True)
class BoardState:
    """Seconds are monotonic. `counters` None: every counter; otherwise only these are shown."""

    started_s: float
    counters: frozenset[int] | None
    news_s: int  # an unseen call older than this, by the server's clock, is not news
    snapshot: BoardSnapshot | None = None
    ahead: tuple[CallEvent, ...] = ()
    spotlight: Spotlight = field(default_factory=Spotlight)
    server_online: bool | None = None
    heard_s: float | None = None
    newest: Version | None = None  # as the heartbeat says
    behind_since_s: float | None = None
    truth_at: datetime | None = None  # server time of the last moment at which this board was surely right

    def shows(self, counter: int) -> bool:
        """True when this board shows that counter."""
        return self.counters is None or counter in self.counters


def initial(office: Office, zones: list[str] | tuple[str, ...], mono_s: float) -> BoardState:
    """A board of these zones ([] = all) that has heard nothing yet."""
    chosen = frozenset(c.n for c in office.counter if c.zone in zones) if zones else None
    return BoardState(mono_s, chosen, office.queue.stale_s)


def apply(state: BoardState, event: Event, mono_s: float) -> BoardState:
    """The state after `event`."""
    match event:
        case SnapshotArrived(snapshot):
            state = _snapshot(state, snapshot, mono_s)
        case CallArrived(call_event):
            state = _call(state, call_event)
        case BeatHeard(beat):
            state = _beat(state, beat, mono_s)
        case ServerSeen(online):
            state = replace(state, server_online=online)
        case Tick():
            pass
    return replace(state, spotlight=spots.advance(state.spotlight, mono_s))


def known_calls(state: BoardState) -> list[Call]:
    """This board's calls, newest first, each once with its latest repeat, at most BOARD_CALLS_MAX."""
    found: dict[str, Call] = {}
    listed = state.snapshot.calls if state.snapshot else ()
    for call in (*listed, *(event.call for event in state.ahead)):
        other = found.get(call.call_id)
        if state.shows(call.counter) and (other is None or other.repeat < call.repeat):
            found[call.call_id] = call
    return sorted(found.values(), key=spots.call_order, reverse=True)[:BOARD_CALLS_MAX]


def current_counters(state: BoardState) -> dict[int, BoardCounter]:
    """Each counter's row: the snapshot with the newer call events laid over it."""
    rows = {c.n: c for c in state.snapshot.counters if state.shows(c.n)} if state.snapshot else {}
    for event in state.ahead:
        call = event.call
        if state.shows(call.counter):
            rows[call.counter] = BoardCounter(call.counter, CounterStatus.OPEN, call.number, TicketState.CALLED)
    return dict(sorted(rows.items()))


def is_current(state: BoardState, call: Call) -> bool:
    """True while that ticket is called or served at that counter."""
    row = current_counters(state).get(call.counter)
    return row is not None and row.number == call.number


def _snapshot(state: BoardState, snapshot: BoardSnapshot, mono_s: float) -> BoardState:
    old = state.snapshot
    if old is not None and snapshot.version <= old.version:
        return state
    ahead = tuple(event for event in state.ahead if event.version > snapshot.version)
    behind = state.behind_since_s if state.newest and state.newest > snapshot.version else None
    truth = snapshot.at if state.truth_at is None else max(snapshot.at, state.truth_at)
    state = replace(state, snapshot=snapshot, ahead=ahead, behind_since_s=behind, truth_at=truth)
    known = known_calls(state)
    spot = state.spotlight
    if old is not None and (old.version.epoch, old.business_day) != (snapshot.version.epoch, snapshot.business_day):
        spot = spots.forget(spot, frozenset(call.call_id for call in known))
    young = timedelta(seconds=NEWS_AT_START_S if old is None else state.news_s)
    spot = spots.offer(spot, known, news={c.call_id: snapshot.at - c.called_at <= young for c in known})
    spot = spots.rest(spot, known[0] if known else None, mono_s)
    return replace(state, spotlight=spot)


def _call(state: BoardState, event: CallEvent) -> BoardState:
    held = state.snapshot.version if state.snapshot else None
    if held is not None and event.version.epoch < held.epoch:
        return state  # of a database that is gone
    if held is None or event.version > held:
        others = {_event_key(e): e for e in (*state.ahead, event)}
        state = replace(state, ahead=tuple(sorted(others.values(), key=_event_key)[-AHEAD_MAX:]))
    if not state.shows(event.call.counter):
        return state
    news = held is None or state.snapshot is None or _is_young(state, event.call)
    spot = spots.offer(state.spotlight, [event.call], news={event.call.call_id: news})
    return replace(state, spotlight=spot)


def _is_young(state: BoardState, call: Call) -> bool:
    return state.truth_at is None or state.truth_at - call.called_at <= timedelta(seconds=state.news_s)


def _event_key(event: CallEvent) -> tuple[object, ...]:
    """Calls of one version in the order of their calling, so that the last write wins whatever came first."""
    return event.version, event.call.called_at, event.call.repeat, event.call.call_id


def _beat(state: BoardState, beat: Heartbeat, mono_s: float) -> BoardState:
    known = state.snapshot.version if state.snapshot else None
    state = replace(state, heard_s=mono_s, newest=beat.version, server_online=True)
    if known is None or known < beat.version:
        since = state.behind_since_s if state.behind_since_s is not None else mono_s
        return replace(state, behind_since_s=since)
    return replace(state, behind_since_s=None, truth_at=beat.at)
