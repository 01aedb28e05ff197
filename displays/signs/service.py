"""The signs process: board messages in, retained `sign.desired` out, and nothing else.

It publishes changes only, owns exactly the topics of its own signs, and clears none.
"""

import queue
from threading import Event as ThreadEvent
from threading import Thread

import structlog

from contracts.messages.board import BoardSnapshot, CallEvent
from contracts.settings import Office
from displays.board import CallArrived, Event, SnapshotArrived, Tick
from displays.signs.desired import Wish, initial, next_change_s, observe, wishes
from runtime.clock import Clock
from runtime.mqtt import Broker, Inbound, Link, Subscription

INBOX_MAX = 500  # the board's snapshot heals whatever does not fit
WAIT_S_MAX = 5.0
JOIN_S = 2.0


class SignsService:
    """Decides on its own thread. `start()`, then `stop()`; used by `motcua signs` and by `motcua board --signs`."""

    def __init__(self, office: Office, signs_id: str, broker: Broker, clock: Clock | None = None) -> None:
        self.dropped = 0
        self.published = 0
        self._office, self._clock = office, clock or Clock()
        self._log = structlog.get_logger("signs").bind(id=signs_id)
        self._inbox: queue.Queue[Event] = queue.Queue(INBOX_MAX)
        self._stopping = ThreadEvent()
        self._state = initial(office, signs_id, self._clock.mono_s())
        self._sent: dict[str, Wish] = {}
        wanted = [Subscription("board"), Subscription("call")]
        self._link = Link(broker, office.id, wanted, self._arrived, clock=self._clock)
        self._thread = Thread(target=self._run, name="signs", daemon=True)

    def start(self) -> None:
        """Connects and decides until `stop`."""
        self._thread.start()
        self._link.start()

    def stop(self) -> None:
        """Says goodbye; every sign keeps what it shows."""
        self._stopping.set()
        self._put(Tick())
        self._thread.join(JOIN_S)
        self._link.stop()

    def _arrived(self, inbound: Inbound) -> None:
        """On the MQTT thread: hand over only."""
        if isinstance(inbound.message, BoardSnapshot):
            self._put(SnapshotArrived(inbound.message))
        elif isinstance(inbound.message, CallEvent):
            self._put(CallArrived(inbound.message))

    def _put(self, event: Event) -> None:
        try:
            self._inbox.put_nowait(event)
        except queue.Full:
            self.dropped += 1

    def _run(self) -> None:
        while not self._stopping.is_set():
            step_s = next_change_s(self._state, self._clock.mono_s())
            try:
                event: Event = self._inbox.get(timeout=min(WAIT_S_MAX, step_s if step_s is not None else WAIT_S_MAX))
            except queue.Empty:
                event = Tick()
            self._state = observe(self._state, event, self._clock.mono_s())
            self._publish()

    def _publish(self) -> None:
        for sign, wish in wishes(self._state, self._office, self._clock.mono_s()).items():
            if self._sent.get(sign) == wish:
                continue
            self._link.own("sign.desired", wish.desired, sign=sign)
            self._sent[sign] = wish
            self.published += 1
            self._log.info("sign", sign=sign, shows=wish.desired.text, blink=wish.desired.blink)
