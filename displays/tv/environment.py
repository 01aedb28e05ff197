"""How Kivy is told what window to make: by its environment and configuration, before its first import (measured.md)."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import Rejected

LOOPS_PER_S = 10
"""How often an idle loop looks at its window. Kivy's `interrupt` clock wakes it at once for a message, and at the exact
time of a scheduled change, so this costs no latency; at 60 loops an idle window takes 2.3 % of a core (measured.md)."""
SIDE_PX_MIN, SIDE_PX_MAX = 120, 7680
HEADLESS_SIZE = (1920, 1080)


@dataclass(frozen=True)
class WindowMode:
    """`size` None: the whole display."""

    size: tuple[int, int] | None
    headless: bool


def window_mode(size_text: str | None, headless: bool) -> WindowMode:
    """From --size WxH and --headless. Without any display to draw on, the board is headless. Raises `usage`."""
    headless = headless or not any(os.environ.get(k) for k in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"))
    if size_text is None:
        return WindowMode(HEADLESS_SIZE if headless else None, headless)
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", size_text)
    sides = (int(found[1]), int(found[2])) if found else (0, 0)
    if not all(SIDE_PX_MIN <= side <= SIDE_PX_MAX for side in sides):
        raise Rejected(
            "usage", f"--size {size_text[:20]!r} is not WIDTHxHEIGHT, {SIDE_PX_MIN} to {SIDE_PX_MAX} px each"
        )
    return WindowMode(sides, headless)


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
        graphics |= {"fullscreen": 0, "width": width, "height": height, "position": "custom", "left": 0, "top": 0}
    Config.set("kivy", "exit_on_escape", "0")
    for name in Config.options("input"):
        Config.remove_option("input", name)  # nobody touches a board: no mouse dots, no input threads
    for key, value in graphics.items():
        Config.set("graphics", key, str(value))
