"""Puts a kiosk together: office file and options in, one running kiosk out."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

from contracts.settings.model import Office
from kiosk.core import KioskCore
from kiosk.flow.events import Tick
from kiosk.flow.kiosk import Picture
from kiosk.ui.environment import WindowMode, prepare
from runtime import log
from runtime.cli_options import part_parser
from runtime.clock import Clock
from runtime.config import load_office
from runtime.geometry import Geometry
from runtime.lifecycle import notify_ready, notify_stopping, on_stop_signal
from runtime.mqtt import Broker
from runtime.paths import DataDir
from runtime.secrets import read_secret
from runtime.x11 import bare_display_size

SIZE_HEADLESS = (1080, 1920)
WINDOW_VARIABLE = "MOTCUA_KIOSK_WINDOW"
READY_WITHOUT_SERVER_S = 5.0
GRAPHICS_CARD = Path("/dev/dri/card0")


def window_mode(window: str | None, *, headless: bool) -> WindowMode:
    """The window to open: off-screen when asked for or when there is no display at all. Raises Rejected `usage`."""
    asked = Geometry.parse(window) if window else None
    size = (asked.width, asked.height) if asked else None
    place = (asked.left, asked.top) if asked else (0, 0)
    display = os.environ.get("DISPLAY") or os.environ.get("SDL_VIDEODRIVER") or GRAPHICS_CARD.exists()
    if headless or not display:
        return WindowMode(size or SIZE_HEADLESS, headless=True)
    if size is None:  # a touch screen: the whole of it, and no arrow to chase
        return WindowMode(bare_display_size(), headless=False, cursor=False)
    return WindowMode(size, headless=False, place=place)


class Kiosk:
    """A kiosk and its window. `run()` returns when it was told to stop."""

    def __init__(self, office: Office, kiosk_id: str, broker: Broker, data: DataDir, clock: Clock) -> None:
        """Raises Rejected for a kiosk or an address that the office file has wrong."""
        self._data, self._clock = data, clock
        self._show: Callable[[Picture], None] = lambda _picture: None
        self.core = KioskCore(office, kiosk_id, broker, data, clock, self._shown, lambda: str(uuid4()))

    def _shown(self, picture: Picture) -> None:
        self._show(picture)

    def run(self, mode: WindowMode) -> None:
        """Open the window and serve visitors until told to stop."""
        from kiosk.ui import capture, keyboard, loop, navigator

        core, glass = self.core, navigator.Navigator()
        self._show, glass.send = glass.show, core.driver.handle
        ready = _Ready(self._clock, lambda: core.server.heard)

        def woken() -> None:
            if core.woken():
                screen.wake()

        def tick() -> None:
            core.tick()
            ready.look()

        screen = loop.ScreenLoop(woken, tick, ready.drawn)
        core.wake_with(screen.wake)
        navigator.into_window(glass)
        core.driver.handle(Tick())
        keyboard.listen(core.scanners.typed)
        camera = capture.Capture(self._data.screens / "kiosk.png", lambda: glass.picture) if mode.headless else None
        on_stop_signal(screen.stop)
        core.start()
        try:
            screen.run()
        finally:
            notify_stopping()
            core.stop()
            if camera is not None:
                camera.stop()


class _Ready:
    """Says ready once: when the window has drawn and the server is heard, or has been waited for long enough."""

    def __init__(self, clock: Clock, heard: Callable[[], bool]) -> None:
        self._clock, self._heard = clock, heard
        self._drawn_s: float | None = None
        self._said = False

    def drawn(self) -> None:
        """The first frame is on the glass."""
        self._drawn_s = self._clock.mono_s()

    def look(self) -> None:
        """Called every tick."""
        if self._said or self._drawn_s is None:
            return
        if self._heard() or self._clock.mono_s() - self._drawn_s >= READY_WITHOUT_SERVER_S:
            self._said = True
            notify_ready()


def main(argv: Sequence[str]) -> int:
    """`motcua kiosk --id NAME …`; 0 when told to stop."""
    parser = part_parser("kiosk", "A touch kiosk: tickets, and the state of dossiers.")
    parser.add_argument(
        "--window",
        "--size",
        metavar="WxH+X+Y",
        default=os.environ.get(WINDOW_VARIABLE),
        help="default: the whole display",
    )
    options = parser.parse_args(argv)
    log.configure(options.id)
    mode = window_mode(options.window, headless=options.headless)
    office = load_office(options.office)
    data = DataDir(options.data)
    broker = Broker.from_url(options.broker, options.id, read_secret(options.data, options.id))
    kiosk = Kiosk(office, options.id, broker, data, Clock())
    prepare(data.run / "kivy" / options.id, mode)
    kiosk.run(mode)
    return 0
