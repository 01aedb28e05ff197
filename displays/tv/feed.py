"""MQTT messages of a board → its events, in a bounded box that the drawing thread empties."""

from collections import deque
from collections.abc import Callable, Iterator

from contracts.messages.board import BoardSnapshot, CallEvent
from contracts.messages.devices import Heartbeat, Presence, PresenceState
from displays.board import BeatHeard, CallArrived, Event, ServerSeen, SnapshotArrived
from runtime.mqtt import Inbound, Subscription

SUBSCRIPTIONS = (
    Subscription("board"),
    Subscription("call"),
    Subscription("heartbeat"),
    Subscription("presence", {"user": "server"}),
)
INBOX_MAX = 1000  # a stalled window loses the oldest; the next snapshot heals it
EVENTS_A_FRAME_MAX = 200


class Feed:
    """`put` on the MQTT thread, `take` on the drawing thread; `wake` is called when there is something to take."""

    def __init__(self, wake: Callable[[], object]) -> None:
        self.dropped = 0
        self._box: deque[Event] = deque(maxlen=INBOX_MAX)
        self._wake = wake

    def put(self, inbound: Inbound) -> None:
        """Hand a message over; what is no board's business is ignored."""
        event = event_of(inbound)
        if event is None:
            return
        if len(self._box) == INBOX_MAX:
            self.dropped += 1
        self._box.append(event)
        self._wake()

    def take(self) -> Iterator[Event]:
        """The events that arrived, at most EVENTS_A_FRAME_MAX; wakes again for the rest."""
        for _ in range(EVENTS_A_FRAME_MAX):
            if not self._box:
                return
            yield self._box.popleft()
        self._wake()


def event_of(inbound: Inbound) -> Event | None:
    """The board event of a message."""
    match inbound.message:
        case BoardSnapshot() as snapshot:
            return SnapshotArrived(snapshot)
        case CallEvent() as call:
            return CallArrived(call)
        case Heartbeat() as beat:
            return BeatHeard(beat)
        case Presence(state=state) if state is not PresenceState.UNKNOWN:
            return ServerSeen(state is PresenceState.ONLINE)
    return None
