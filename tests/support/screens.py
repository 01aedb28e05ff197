"""Golden screens, shared by the kiosk and the boards: Kivy without a display, a picture of a widget, a comparison.

A golden is a quarter-size PNG. `MOTCUA_BLESS=1` (or `./motcua bless`) rewrites goldens; a difference writes the
expected, the actual and the differing pixels into tests/screens/diff/ and a page
that shows them side by side (index.html).
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

GOLDENS = Path(__file__).resolve().parents[1] / "screens" / "golden"
DIFF = Path(__file__).resolve().parents[1] / "screens" / "diff"
CHANNEL_TOLERANCE = 48  # of 255: another rasteriser may smooth an edge differently
PIXELS_TOLERATED = 0.002  # share of pixels that may differ more than that
COLOURS = 256  # of a stored golden: flat screens need no more, and the repository stays small
QUIET_TICKS = 4


def without_display() -> None:
    """Make Kivy render off-screen. Call before the first import of Kivy; harmless when repeated."""
    os.environ.setdefault("KIVY_HOME", tempfile.mkdtemp(prefix="motcua-kivy-"))
    for key, value in {
        "SDL_VIDEODRIVER": "offscreen",
        "KIVY_NO_ARGS": "1",
        "KIVY_NO_FILELOG": "1",
        "KIVY_LOG_MODE": "PYTHON",
        "KIVY_USE_DEFAULTCONFIG": "1",
    }.items():
        os.environ.setdefault(key, value)
    from kivy.config import Config

    Config.set("graphics", "multisamples", "0")


def picture_of(widget: Any, size: tuple[int, int]) -> Image.Image:
    """What `widget` looks like at `size` pixels, whatever the size of the window."""
    from kivy.core.window import Window

    assert Window is not None, "Kivy found no way to make a window (libgl1, libegl1?)"
    widget.size_hint = (None, None)
    widget.size = size
    return picture_when_settled(lambda: widget)


def picture_when_settled(widget: Callable[[], Any]) -> Image.Image:
    """Let layouts and textures come to rest, then draw the widget into a picture of its own size."""
    from kivy.clock import Clock
    from kivy.lang import Builder

    for _ in range(QUIET_TICKS):  # as kivy.base.EventLoopBase.idle does, without its waiting
        Clock.tick()
        Builder.sync()
        Clock.tick_draw()
        Builder.sync()
    shown = widget()
    image = shown.export_as_image()
    return Image.frombytes("RGBA", tuple(image.texture.size), image.texture.pixels).convert("RGB")


def compare(actual: Image.Image, name: str, colours: int = COLOURS) -> None:
    """Fail when `actual` differs from the golden `name` by more than the tolerance; with MOTCUA_BLESS write it."""
    golden = GOLDENS / f"{name}.png"
    if os.environ.get("MOTCUA_BLESS") == "1":
        golden.parent.mkdir(parents=True, exist_ok=True)
        actual.quantize(colours, dither=Image.Dither.NONE).save(golden, optimize=True)
        return
    assert golden.exists(), f"no golden {golden}; run ./motcua bless and look at it"
    expected = Image.open(golden).convert("RGB")
    share = differing_share(actual, expected)
    if share > PIXELS_TOLERATED:
        _write_diff(actual, expected, name)
        raise AssertionError(f"{name}: {share:.2%} of the pixels differ; see {DIFF}/{name}-*.png, or ./motcua bless")


def differing_share(one: Image.Image, two: Image.Image) -> float:
    """The share of pixels with a channel that differs by more than CHANNEL_TOLERANCE; 1.0 for other sizes."""
    return 1.0 if one.size != two.size else float(_mask(one, two).mean())


def _mask(one: Image.Image, two: Image.Image) -> Any:
    gap = np.abs(np.asarray(one, dtype=np.int16) - np.asarray(two, dtype=np.int16))
    return gap.max(axis=2) > CHANNEL_TOLERANCE


def _write_diff(actual: Image.Image, expected: Image.Image, name: str) -> None:
    flat = name.replace("/", "-")
    DIFF.mkdir(parents=True, exist_ok=True)
    actual.save(DIFF / f"{flat}-actual.png")
    expected.save(DIFF / f"{flat}-expected.png")
    if actual.size == expected.size:
        Image.fromarray((_mask(actual, expected) * 255).astype(np.uint8)).save(DIFF / f"{flat}-diff.png")
    _write_page()


def _write_page() -> None:
    """All differences beside each other, for a browser."""
    names = sorted(p.name.removesuffix("-actual.png") for p in DIFF.glob("*-actual.png"))
    kinds = ("expected", "actual", "diff")
    rows = (
        f"<h2>{n}</h2>"
        + "".join(f'<figure><img src="{n}-{k}.png"><figcaption>{k}</figcaption></figure>' for k in kinds)
        for n in names
    )
    style = "<style>figure{display:inline-block;margin:8px}img{border:1px solid gray}</style>"
    (DIFF / "index.html").write_text(f"<!doctype html><meta charset=utf-8>{style}" + "".join(rows))
