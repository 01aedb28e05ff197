"""What a person sees: a real X display with its hands, and tesseract as the eyes."""

import io
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import zxingcpp
from PIL import Image, ImageOps

from tests.support.environment import clean

SIZE = (1920, 1080)
TESSERACT_S = 30.0
TICKET_GLYPH_PX = 96  # 12 mm on 203 dpi
LETTERS, DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
LOOKS = ((40, 1.0), (32, 0.85), (48, 0.85), (56, 1.0), (40, 0.85))
"""(height in px, widening): tesseract misses a bold zero now and then, so up to five looks, two of which must agree."""

Box = tuple[int, int, int, int]
Mask = npt.NDArray[np.bool_]


@dataclass
class Display:
    """An X server: what is on it, a finger and a keyboard."""

    name: str

    def _run(self, *command: str) -> bytes:
        env = clean(DISPLAY=self.name)
        return subprocess.run(command, env=env, check=True, capture_output=True, timeout=20).stdout

    def picture(self) -> Image.Image:
        """All pixels of the screen."""
        raw = self._run("import", "-silent", "-window", "root", "bmp:-")
        return Image.open(io.BytesIO(raw)).convert("RGB")

    def touch(self, x: int, y: int) -> None:
        """A finger."""
        self._run("xdotool", "mousemove", str(x), str(y), "click", "1")

    def type(self, text: str) -> None:
        """A keyboard wedge: the characters, then Return."""
        self._run("xdotool", "type", "--delay", "4", text)
        self._run("xdotool", "key", "Return")

    def window(self, name: str) -> Box:
        """(left, top, right, bottom) of the one window of that class."""
        (found,) = self._run("xdotool", "search", "--onlyvisible", "--class", name).decode().split()
        shell = self._run("xdotool", "getwindowgeometry", "--shell", found).decode().split()
        at = {key: int(value) for key, value in (pair.split("=") for pair in shell)}
        return at["X"], at["Y"], at["X"] + at["WIDTH"], at["Y"] + at["HEIGHT"]


@contextmanager
def display() -> Iterator[Display]:
    """An Xvfb of its own; the server picks the number, so that two tests never meet."""
    read_fd, write_fd = os.pipe()
    screen = f"{SIZE[0]}x{SIZE[1]}x24"
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_fd), "-screen", "0", screen, "-nolisten", "tcp"],
        pass_fds=[write_fd], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write_fd)
    try:
        with os.fdopen(read_fd) as pipe:
            yield Display(f":{pipe.readline().strip()}")
    finally:
        process.terminate()
        process.wait()


def tesseract(picture: Image.Image, *options: str) -> str:
    """What tesseract reads."""
    png = io.BytesIO()
    picture.save(png, "PNG", dpi=(203, 203))
    done = subprocess.run(
        ["tesseract", "-", "-", *options], input=png.getvalue(), capture_output=True, timeout=TESSERACT_S, check=True,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    )  # fmt: skip
    return done.stdout.decode("utf-8", "replace")


def read_text(picture: Image.Image, *, sparse: bool = False) -> str:
    """The words on a picture, blanks collapsed. Light on dark is turned round first; small text is enlarged."""
    grey = ImageOps.grayscale(picture)
    if np.asarray(grey).mean() < 128:
        grey = ImageOps.invert(grey)
    grey = grey.resize((grey.width * 2, grey.height * 2), Image.Resampling.LANCZOS)
    return " ".join(tesseract(grey, "-l", "vie+eng", "--psm", "11" if sparse else "6").split())


def read_number(mask: Mask, least_px: int) -> str:
    """The glyphs of `mask` that are at least `least_px` and nearly as high as the highest, read one by one.

    "A0011" is A001 at counter 1. A glyph that stays doubtful is "?".
    """
    glyphs = _glyphs(mask, least_px)
    return "".join(
        _read_glyph(glyph.tobytes(), (glyph.shape[1], glyph.shape[0]), LETTERS if i == 0 else DIGITS)
        for i, glyph in enumerate(glyphs)
    )


def read_ticket(paper: Image.Image) -> tuple[str, str]:
    """(number, text of the QR code) of a printed picture; the code must be there once."""
    grey = paper.convert("L")
    (code,) = zxingcpp.read_barcodes(np.asarray(grey))
    corners = [getattr(code.position, name) for name in ("top_left", "top_right", "bottom_right", "bottom_left")]
    box = (*(min(getattr(c, axis) for c in corners) - 8 for axis in "xy"),
           *(max(getattr(c, axis) for c in corners) + 8 for axis in "xy"))  # fmt: skip
    grey.paste(255, box)
    return read_number(coloured(grey, ink), TICKET_GLYPH_PX), code.text


def coloured(picture: Image.Image, like: Callable[[npt.NDArray[np.int16]], Mask]) -> Mask:
    """The pixels of a colour, as a mask."""
    return like(np.asarray(picture.convert("RGB"), dtype=np.int16))


def yellow(rgb: npt.NDArray[np.int16]) -> Mask:
    """The board's colour of a called number, also at its dimmed half of a pulse."""
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    return np.asarray((red > 150) & (green > 110) & (blue < 110) & (red - blue > 90))


def ink(rgb: npt.NDArray[np.int16]) -> Mask:
    """Black on paper."""
    return np.asarray(rgb.max(axis=2) < 128)


def _glyphs(mask: Mask, least_px: int) -> list[npt.NDArray[np.uint8]]:
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    found = [(boxes[i], i) for i in range(1, count) if boxes[i][3] >= least_px and boxes[i][2] < 2 * boxes[i][3]]
    top = max((int(box[3]) for box, _ in found), default=0)
    line = sorted(((box, i) for box, i in found if box[3] >= 0.85 * top), key=lambda one: int(one[0][0]))
    return [np.where(labels[y : y + h, x : x + w] == i, 0, 255).astype(np.uint8) for (x, y, w, h, _), i in line]


@lru_cache(maxsize=256)
def _read_glyph(dots: bytes, size: tuple[int, int], alphabet: str) -> str:
    glyph, seen = Image.frombytes("L", size, dots), list[str]()
    for height, widening in LOOKS:
        width = max(1, round(size[0] * widening * height / size[1]))
        scaled = glyph.resize((width, height), Image.Resampling.LANCZOS)
        framed = ImageOps.expand(scaled, 10, 255)
        options = ("-l", "eng", "--psm", "8", "-c", f"tessedit_char_whitelist={alphabet}")
        text = tesseract(framed, *options).strip()
        if len(text) == 1 and text in seen:
            return text
        seen.append(text)
    return "?"


def saved(picture: Image.Image, path: Path) -> Path:
    """Keep a picture for the person who reads a failure."""
    picture.save(path)
    return path
