"""How Kivy is told what window to make: by its environment and configuration, before its first import (measured.md)."""

import os
from dataclasses import dataclass
from pathlib import Path

from runtime.geometry import Geometry
from runtime.x11 import bare_display_size

LOOPS_PER_S = 10
"""How often an idle loop looks at its window. Kivy's `interrupt` clock wakes it at once for a message, and at the exact
time of a scheduled change, so this costs no latency; at 60 loops an idle window takes 2.3 % of a core (measured.md)."""
HEADLESS_SIZE = (1920, 1080)


@dataclass(frozen=True)
class WindowMode:
    """`size` None: the whole display, by its window manager."""

    size: tuple[int, int] | None
    headless: bool
    place: tuple[int, int] = (0, 0)  # left, top


def window_mode(window: str | None, headless: bool) -> WindowMode:
    """From --window WxH+X+Y and --headless. Without any display to draw on, headless. Raises `usage`."""
    headless = headless or not any(os.environ.get(k) for k in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"))
    if window is None:
        return WindowMode(HEADLESS_SIZE if headless else bare_display_size(), headless)
    asked = Geometry.parse(window)
    return WindowMode((asked.width, asked.height), headless, (asked.left, asked.top))


def prepare(home: Path, mode: WindowMode) -> None:
    """Set Kivy up for one window. Call once, before anything of Kivy is imported."""
    home.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        KIVY_HOME=str(home),
        KIVY_NO_ARGS="1",
        KIVY_NO_FILELOG="1",
        KIVY_LOG_MODE="PYTHON",
        KIVY_USE_DEFAULTCONFIG="1",
        KIVY_CLOCK="interrupt",
    )
    os.environ["SDL_VIDEO_X11_WMCLASS"] = "motcua-board"  # tools find the window by it
    if mode.headless:
        os.environ["SDL_VIDEODRIVER"] = "offscreen"
    _configure(mode)


def _configure(mode: WindowMode) -> None:
    from kivy.config import Config

    graphics: dict[str, object] = {
        "maxfps": LOOPS_PER_S, "multisamples": 0, "resizable": 0, "borderless": 1, "allow_screensaver": 0,
        "show_cursor": 0, "fullscreen": "auto",
    }  # fmt: skip
    if mode.size is not None:
        width, height = mode.size
        graphics |= {"fullscreen": 0, "width": width, "height": height, "position": "custom"}
        graphics |= {"left": mode.place[0], "top": mode.place[1]}
    Config.set("kivy", "exit_on_escape", "0")
    for name in Config.options("input"):
        Config.remove_option("input", name)  # nobody touches a board: no mouse dots, no input threads
    for key, value in graphics.items():
        Config.set("graphics", key, str(value))
