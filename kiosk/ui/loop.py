"""The screen's thread: wakes when something happened, ticks a few times a second, draws only what changed."""

from collections.abc import Callable

from kivy.base import EventLoop, runTouchApp, stopTouchApp
from kivy.clock import Clock
from kivy.core.window import Window

TICK_S = 0.25


class ScreenLoop:
    """`woken` is called in the screen's thread after `wake()` (any thread); `tick` every TICK_S."""

    def __init__(self, woken: Callable[[], None], tick: Callable[[], None], drawn: Callable[[], None]) -> None:
        self.wake = Clock.create_trigger(lambda _elapsed_s: woken())
        self._tick, self._drawn = tick, drawn
        Clock.schedule_interval(lambda _elapsed_s: self._tick(), TICK_S)
        Window.bind(on_flip=self._first_frame)

    def run(self) -> None:
        """Until `stop`; a bug in a callback ends it with its exception."""
        runTouchApp()

    def stop(self) -> None:
        """End soon; safe in a signal handler."""
        Clock.schedule_once(lambda _elapsed_s: stopTouchApp() if EventLoop.status == "started" else None, 0)

    def _first_frame(self, *_: object) -> None:
        Window.unbind(on_flip=self._first_frame)
        self._drawn()
