"""What Kivy reads from the environment and its configuration: to be set before anything of Kivy is imported."""

import os
from dataclasses import dataclass
from pathlib import Path

FRAMES_PER_S_MAX = 25
"""How often an idle loop looks at its touch screen. Kivy's `interrupt` clock wakes it at once for a message, and an
idle kiosk draws nothing at all."""
MULTISAMPLES = "0"
"""Shapes smooth their own edges; multisampling costs a software renderer dearly."""


@dataclass(frozen=True)
class WindowMode:
    """`size` None: the whole display."""

    size: tuple[int, int] | None
    headless: bool
    place: tuple[int, int] = (0, 0)  # left, top
    cursor: bool = True


def prepare(home: Path, mode: WindowMode) -> None:
    """Set Kivy up for one window of this mode. Call once, before the first import of Kivy."""
    home.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        KIVY_HOME=str(home), KIVY_NO_ARGS="1", KIVY_NO_FILELOG="1", KIVY_LOG_MODE="PYTHON", KIVY_NO_ENV_CONFIG="1",
        KIVY_CLOCK="interrupt",
    )  # fmt: skip
    os.environ.setdefault("KIVY_USE_DEFAULTCONFIG", "1")
    os.environ.setdefault("SDL_HINT_NO_SIGNAL_HANDLERS", "1")
    os.environ["SDL_VIDEO_X11_WMCLASS"] = "motcua-kiosk"  # tools find the window by it
    if mode.headless:
        os.environ["SDL_VIDEODRIVER"] = "offscreen"
    _configure(mode)


def _configure(mode: WindowMode) -> None:
    from kivy.config import Config

    values: dict[tuple[str, str], object] = {
        ("kivy", "exit_on_escape"): 0,
        ("kivy", "keyboard_mode"): "",
        ("graphics", "maxfps"): FRAMES_PER_S_MAX,
        ("graphics", "multisamples"): MULTISAMPLES,
        ("graphics", "resizable"): 0,
        ("graphics", "borderless"): 1,
        ("graphics", "allow_screensaver"): 0,
        ("graphics", "show_cursor"): int(mode.cursor),
        ("input", "mouse"): "mouse,disable_multitouch",
    }
    if mode.size is None:
        values[("graphics", "fullscreen")] = "auto"
    else:
        width, height = mode.size
        values |= {
            ("graphics", "fullscreen"): 0,
            ("graphics", "width"): width,
            ("graphics", "height"): height,
            ("graphics", "position"): "custom",
            ("graphics", "left"): mode.place[0],
            ("graphics", "top"): mode.place[1],
        }
    for (section, key), value in values.items():
        Config.set(section, key, str(value))
