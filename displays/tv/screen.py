"""The board's loop in Kivy's window: events in, frames drawn when they differ, a pulse after each new version.

Nothing polls: a message wakes the loop by a Clock trigger, and time alone wakes it at the next moment at which the
frame differs (`next_change_s`).
"""

from collections.abc import Callable

from kivy.base import runTouchApp, stopTouchApp
from kivy.clock import Clock as KivyClock
from kivy.core.window import Window
from kivy.graphics.opengl import GL_RGBA, GL_UNSIGNED_BYTE, glFinish, glReadPixels

from contracts.messages.common import Version
from contracts.messages.devices import Heartbeat
from contracts.settings import Office
from displays.board import BeatHeard, BoardState, Moment, Tick, apply, frame, next_change_s
from displays.tv.feed import Feed
from displays.tv.picture import PictureFile
from displays.tv.view import BoardView
from runtime.clock import Clock, utc
from runtime.commands import ServerTime

DRAW_GAP_S = 0.03  # a flood of messages costs at most so many frames
PULSE_AGAIN_S = 10.0  # a listener that came late hears within it which version stands there


class BoardScreen:
    """`run()` blocks until `stop()`."""

    def __init__(self, office: Office, state: BoardState, view: BoardView, clock: Clock) -> None:
        self.feed = Feed(KivyClock.create_trigger(self._step))
        self.pulse: Callable[[Version], object] = lambda _version: None
        self.first_frame: Callable[[], object] = lambda: None
        self.picture: PictureFile | None = None
        self._office, self._state, self._view, self._clock = office, state, view, clock
        self._server_time = ServerTime(clock)
        self._lang = office.office.languages[0]
        self._drawn: Version | None = None
        self._told: Version | None = None
        self._frames = 0
        self._stepped_s = float("-inf")
        self._next = KivyClock.schedule_once(self._step, 0)

    def run(self) -> None:
        """Draws until `stop`."""
        Window.bind(on_flip=self._flipped, size=self._resized)
        Window.clearcolor = self._view.page
        Window.set_title("motcua board")
        self._view.resize(Window.system_size if Window.width < 1 else Window.size)
        Window.add_widget(self._view.widget)
        KivyClock.schedule_interval(self._tell_again, PULSE_AGAIN_S)
        runTouchApp()

    def stop(self) -> None:
        """Leaves the loop; safe in a signal handler."""
        KivyClock.schedule_once(lambda _dt: stopTouchApp(), 0)

    def _step(self, _dt: float) -> None:
        mono_s = self._clock.mono_s()
        if mono_s - self._stepped_s < DRAW_GAP_S:
            self._again(self._stepped_s + DRAW_GAP_S - mono_s)
            return
        self._stepped_s = mono_s
        for event in self.feed.take():
            if isinstance(event, BeatHeard):
                self._heard(event.beat)
            self._state = apply(self._state, event, mono_s)
        self._state = apply(self._state, Tick(), mono_s)
        now = Moment(mono_s, utc(self._server_time.now_ms() or self._clock.wall_ms()))
        picture = frame(self._state, self._office, now, self._lang)
        if self._view.show(picture) and self.picture is not None:
            self.picture.changed()
        if picture.version != self._drawn:
            self._drawn = picture.version
            Window.canvas.ask_update()  # a version that looks the same is drawn, and told, all the same
        self._again(next_change_s(self._state, now))

    def _again(self, wait_s: float) -> None:
        self._next.cancel()
        self._next = KivyClock.schedule_once(self._step, wait_s)

    def _heard(self, beat: Heartbeat) -> None:
        self._server_time.heard(beat)

    def _resized(self, _window: object, size: tuple[int, int]) -> None:
        self._view.resize(size)
        if self.picture is not None:
            self.picture.changed()

    def _flipped(self, *_: object) -> None:
        """A frame is complete, right before the window shows it."""
        self._frames += 1
        if self.picture is not None:
            glFinish()  # nobody shows an off-screen frame, so nobody ends it: 240 unfinished ones took 1.3 GB
        if self._frames == 1:
            self.first_frame()
        if self._drawn is not None and self._drawn != self._told:
            KivyClock.schedule_once(self._tell, 0)
        if self.picture is not None and not self.picture.take(self._clock.mono_s()):
            wait_s = self.picture.wait_s(self._clock.mono_s())
            if wait_s is not None:
                KivyClock.schedule_once(lambda _dt: Window.canvas.ask_update(), max(wait_s, 0.05))

    def _tell(self, _dt: float) -> None:
        """After the flip: these pixels stand on the glass."""
        if self._drawn is not None and self._drawn != self._told and self.pulse(self._drawn):
            self._told = self._drawn

    def _tell_again(self, _dt: float) -> None:
        if self._drawn is not None:
            self.pulse(self._drawn)


def window_pixels() -> tuple[int, int, bytes]:
    """(width, height, RGBA rows from the bottom) of the frame that was just drawn."""
    width, height = Window.system_size
    return width, height, bytes(glReadPixels(0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE))


def window_is_there() -> bool:
    """False when there is no display, or no GL on it: Kivy then has no window and raises nothing (measured.md)."""
    return Window is not None
