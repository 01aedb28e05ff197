"""Turns the flow's crank: one event at a time, its effects to the world, the new picture to the glass."""

from collections import deque
from collections.abc import Callable

from kiosk.flow import kiosk
from kiosk.flow.effects import Effect
from kiosk.flow.events import Event
from kiosk.flow.kiosk import Picture
from kiosk.flow.leases import LeaseBook
from kiosk.flow.now import Now
from kiosk.flow.setup import Setup
from kiosk.flow.state import State, begin
from runtime.clock import Clock


class Driver:
    """Belongs to the screen's thread. `perform` does an effect; `show` puts a picture on the glass."""

    def __init__(
        self,
        setup: Setup,
        clock: Clock,
        perform: Callable[[Effect], None],
        show: Callable[[Picture], None],
        book: LeaseBook | None = None,
    ) -> None:
        """`book`: what the spool knows of lent numbers; None: nothing is given without the server."""
        self._clock, self._perform, self._show = clock, perform, show
        self._events: deque[Event] = deque()
        self._running = False
        self.state: State = begin(setup, self.now(), book)

    def now(self) -> Now:
        """The time of an event that happens now."""
        return Now(self._clock.mono_s(), self._clock.now())

    def handle(self, *events: Event) -> None:
        """Take events in, in order; those that their effects cause follow after them."""
        self._events.extend(events)
        if self._running:
            return
        self._running = True
        try:
            while self._events:
                step = kiosk.step(self.state, self._events.popleft(), self.now())
                self.state = step.state
                for effect in step.effects:
                    self._perform(effect)
        finally:
            self._running = False
        self._show(kiosk.view(self.state, self.now()))
