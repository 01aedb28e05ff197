"""The lobby board without any screen: messages in, a `BoardFrame` out. The TV and the web page draw the same frame.

state = initial(office, zones, mono_s)
state = apply(state, SnapshotArrived(snapshot), mono_s)      # also CallArrived, BeatHeard, ServerSeen, Tick
picture = frame(state, office, Moment(mono_s, wall), "vi")   # a msgspec Struct: encodes to JSON as it is
again_s = next_change_s(state, Moment(mono_s, wall))         # nothing changes earlier unless an event arrives
"""

from displays.board.compose import frame
from displays.board.model import (
    BoardFrame,
    CallLine,
    CounterRow,
    Moment,
    Mood,
    RowLook,
    ServiceLine,
    SpotlightView,
    Words,
)
from displays.board.state import (
    BeatHeard,
    BoardState,
    CallArrived,
    Event,
    ServerSeen,
    SnapshotArrived,
    Tick,
    apply,
    current_counters,
    initial,
    is_current,
    known_calls,
)
from displays.board.timing import next_change_s

__all__ = [
    "BeatHeard", "BoardFrame", "BoardState", "CallArrived", "CallLine", "CounterRow", "Event", "Moment", "Mood",
    "RowLook", "ServerSeen", "ServiceLine", "SnapshotArrived", "SpotlightView", "Tick", "Words", "apply",
    "current_counters", "frame", "initial", "is_current", "known_calls", "next_change_s",
]  # fmt: skip
