"""A sign bus at work: one thread that steps the session, one port owner, an inbox that keeps only the latest wish."""

from collections import deque
from collections.abc import Callable
from threading import Condition, Thread

from firmware_bridge.service.plan import SignLine
from firmware_bridge.sessions import sign_bus
from firmware_bridge.sessions.sign_model import (
    Effect,
    Event,
    Health,
    LinkDown,
    LinkUp,
    Reopen,
    Shown,
    Stop,
    Stopped,
    Tick,
    Want,
    Write,
    Written,
)
from firmware_bridge.transports.port_owner import Closed, Opened, PortEvent, PortOwner, Received, Wrote
from runtime.clock import Clock

STOP_S_MAX = 3.0
PORT_EVENTS_MAX = 256


class SignRunner:
    """`start()`, `want()` from any thread, `stop()`. `shown(sign, text)` and `health(device, code, detail)` are called
    on the bus's own thread."""

    def __init__(
        self,
        line: SignLine,
        shown: Callable[[str, str], None],
        health: Callable[[str, str | None, str], None],
        clock: Clock,
    ) -> None:
        self.signs = frozenset(place.sign for place in line.bus.places)
        self._bus, self._clock = line.bus, clock
        self._shown, self._health = shown, health
        self._state = sign_bus.start(line.bus)
        self._owner = PortOwner(line.bus.device, line.port, self._from_port)
        self._wants: dict[str, Want] = {}
        self._events: deque[Event] = deque(maxlen=PORT_EVENTS_MAX)  # a flapping port: the newest tell the truth
        self._news = Condition()
        self._done = False
        self._thread = Thread(target=self._run, name=f"signs-{line.bus.device}", daemon=True)

    def start(self) -> None:
        """Open the port and begin."""
        self._thread.start()
        self._owner.start()

    def want(self, wish: Want) -> None:
        """A sign should show something else; an older wish that was not yet looked at is forgotten."""
        with self._news:
            self._wants[wish.sign] = wish
            self._news.notify()

    def ask_stop(self, *, blank: bool) -> None:
        """Begin to stop; `join` waits for it. So several buses stop at once."""
        self._put(Stop(blank))

    def join(self) -> None:
        """Wait for the signs to be dark (at most STOP_S_MAX) and close the port."""
        self._thread.join(STOP_S_MAX)
        with self._news:
            self._done = True
            self._news.notify()
        self._owner.stop()

    def _put(self, event: Event) -> None:
        with self._news:
            self._events.append(event)
            self._news.notify()

    def _from_port(self, event: PortEvent) -> None:
        """On the port's thread: hand over only. What a blind sign's line echoes means nothing."""
        match event:
            case Opened():
                self._put(LinkUp())
            case Closed(detail):
                self._put(LinkDown(detail))
            case Wrote(seq):
                self._put(Written(seq))
            case Received():
                pass

    def _now_ms(self) -> int:
        return round(self._clock.mono_s() * 1000)

    def _run(self) -> None:
        while not self._done:
            event = self._next()
            self._state, effects = sign_bus.step(self._bus, self._state, event, self._now_ms())
            for effect in effects:
                self._perform(effect)

    def _next(self) -> Event:
        wake_ms = sign_bus.wake_at_ms(self._state)
        wait_s = None if wake_ms is None else max(0.0, (wake_ms - self._now_ms()) / 1000)
        with self._news:
            self._news.wait_for(lambda: bool(self._events or self._wants or self._done), wait_s)
            if self._events:
                return self._events.popleft()
            if self._wants:
                return self._wants.pop(next(iter(self._wants)))
            return Tick()

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Write(seq, frame):
                self._owner.write(seq, frame)  # refused only when 32 wait, and then the session's time-out reopens
            case Shown(sign, text):
                self._shown(sign, text)
            case Health(device, code, detail):
                self._health(device, code, detail)
            case Reopen():
                self._owner.reopen()
            case Stopped():
                self._done = True
