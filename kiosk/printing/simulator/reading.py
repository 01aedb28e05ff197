"""What a person would read on a printed picture: by tesseract, from the dots alone.

The ticket number is read glyph by glyph, because tesseract's line model drops the zeros of numbers
like B001: five looks at each glyph vote, and without a clear lead the number is left out rather than
guessed.
The measured rate stands in docs/hardware/escpos.md.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from collections import Counter
from typing import Final, NamedTuple

import cv2
import numpy as np
import zxingcpp
from PIL import Image

from runtime.lifecycle import bound_command

TESSERACT_S_MAX: Final = 120.0
"""Half a second of work; but it is niced, and a test machine may be busy with ten others."""
_NUMBER_DOTS_MIN: Final = 96
"""Lower bands are lines of text; the number is at least 18 mm = 144 dots on 203 dpi."""
_GLYPHS: Final = range(2, 9)
_GLYPH_HEIGHT_SHARE: Final = 0.7
"""A glyph is as high as its line; specks and accents are not."""
_LOOKS: Final = ((56, 0.85), (48, 0.85), (56, 0.92), (32, 0.75), (48, 0.92))
"""(height in px, widening) of the five looks at one glyph: of 35 tried on 419 glyphs of both rolls,
those that took none for another. Some see nothing in a wide bold 0 or a G, never the same ones."""
_LEAD_MIN: Final = 2
"""Votes ahead of the next best."""
_KNOWN_MAX: Final = 512
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS: Final = "0123456789"
_PAD_PX: Final = 10
_ONE_WORD: Final = "8"
_ONE_BLOCK: Final = "6"
_LEVEL_WORD: Final = "5"

Array = np.ndarray


def available() -> bool:
    """True when tesseract is installed."""
    return shutil.which("tesseract") is not None


def read_picture(picture: Image.Image) -> list[str]:
    """The lines on a mode "1" picture from top to bottom; a QR code as one line with its text."""
    grey = np.array(picture.convert("L"))
    lines = [(top, text) for top, text in _take_codes(grey)]
    band = _number_band(grey)
    if band:
        top, bottom = band
        number = _read_number(grey[top:bottom])
        if number:
            lines.append((top, number))
            grey[top:bottom] = 255
    lines += _read_lines(grey)
    return [text for _, text in sorted(lines)]


def _take_codes(grey: Array) -> list[tuple[int, str]]:
    """Decode barcodes and blank them, so that they are not read as letters."""
    found = []
    for code in zxingcpp.read_barcodes(grey):
        corners = (
            code.position.top_left,
            code.position.top_right,
            code.position.bottom_right,
            code.position.bottom_left,
        )
        rows, columns = [c.y for c in corners], [c.x for c in corners]
        top, left = max(0, min(rows) - 4), max(0, min(columns) - 4)
        grey[top : max(rows) + 4, left : max(columns) + 4] = 255
        found.append((top, code.text))
    return found


def _number_band(grey: Array) -> tuple[int, int] | None:
    """The rows of the tallest line that is not a solid bar; None when no line is tall enough."""
    ink = grey < 128
    filled = np.concatenate(([0], ink.any(axis=1).astype(np.int8), [0]))
    edges = np.flatnonzero(np.diff(filled)).reshape(-1, 2)
    tall = [(int(a), int(b)) for a, b in edges if b - a >= _NUMBER_DOTS_MIN and _GLYPHS[0] <= len(_glyphs(grey[a:b]))]
    return max(tall, key=lambda band: band[1] - band[0], default=None)


def _glyphs(band: Array) -> list[Array]:
    """The connected shapes as high as the band, left to right; empty when it is no number."""
    count, labels, boxes, _ = cv2.connectedComponentsWithStats((band < 128).astype(np.uint8), connectivity=8)
    found = []
    for label in range(1, count):
        x, y, width, height = (int(v) for v in boxes[label][:4])
        if height >= band.shape[0] * _GLYPH_HEIGHT_SHARE and width < 2 * height:
            shape = np.where(labels[y : y + height, x : x + width] == label, 0, 255).astype(np.uint8)
            found.append((x, shape))
    return [shape for _, shape in sorted(found, key=lambda item: item[0])] if len(found) in _GLYPHS else []


def _read_number(band: Array) -> str:
    """A letter and digits, or "" when any glyph stays doubtful."""
    glyphs = [_Glyph(g.shape[1], g.shape[0], g.tobytes()) for g in _glyphs(band)]
    read = _read_glyphs(glyphs[:1], _LETTERS) + _read_glyphs(glyphs[1:], _DIGITS)
    return "".join(read) if all(read) else ""


class _Glyph(NamedTuple):
    width: int
    height: int
    dots: bytes


_known: dict[tuple[_Glyph, str], str] = {}
"""The same dots are read once in a process."""


def _read_glyphs(glyphs: list[_Glyph], alphabet: str) -> list[str]:
    """A character each, or "". All looks at all new glyphs are pages of one picture: one process."""
    read = {glyph: _known[glyph, alphabet] for glyph in glyphs if (glyph, alphabet) in _known}
    new = [glyph for glyph in dict.fromkeys(glyphs) if glyph not in read]
    if new:
        pages = [_look(glyph, size, widening) for glyph in new for size, widening in _LOOKS]
        whitelist = f"tessedit_char_whitelist={alphabet}"
        words = _tesseract(pages, "-l", "eng", "--psm", _ONE_WORD, "-c", whitelist).split("\f")
        for index, glyph in enumerate(new):
            looks = words[index * len(_LOOKS) : (index + 1) * len(_LOOKS)]
            read[glyph] = _agreed([word.strip() for word in looks])
    if len(_known) > _KNOWN_MAX:
        _known.clear()
    _known.update({(glyph, alphabet): char for glyph, char in read.items()})
    return [read[glyph] for glyph in glyphs]


def _look(glyph: _Glyph, height_px: int, widening: float) -> Image.Image:
    shape = Image.frombytes("L", (glyph.width, glyph.height), glyph.dots)
    width_px = max(1, round(glyph.width * widening * height_px / glyph.height))
    framed = Image.new("L", (width_px + 2 * _PAD_PX, height_px + 2 * _PAD_PX), 255)
    framed.paste(shape.resize((width_px, height_px), Image.Resampling.LANCZOS), (_PAD_PX, _PAD_PX))
    return framed


def _agreed(words: list[str]) -> str:
    """What most looks say, by a clear lead; a look that sees nothing or two letters has no vote."""
    ranking = Counter(word for word in words if len(word) == 1).most_common(2)
    if not ranking:
        return ""
    lead = ranking[0][1] - (ranking[1][1] if len(ranking) > 1 else 0)
    return ranking[0][0] if lead >= _LEAD_MIN else ""


def _read_lines(grey: Array) -> list[tuple[int, str]]:
    """(top, words) of each line of ordinary text."""
    table = _tesseract([Image.fromarray(grey)], "-l", "vie+eng", "--psm", _ONE_BLOCK, "tsv")
    lines: dict[tuple[str, ...], tuple[int, list[str]]] = {}
    for row in table.splitlines():
        cells = row.split("\t")
        if len(cells) == 12 and cells[0] == _LEVEL_WORD and cells[11].strip():
            lines.setdefault(tuple(cells[2:5]), (int(cells[7]), []))[1].append(cells[11])
    return [(top, " ".join(words)) for top, words in lines.values()]


def _tesseract(pages: list[Image.Image], *options: str) -> str:
    """Run niced, on one core, with a deadline; it dies with the thread that started it.

    Several pages come back separated by form feeds.
    """
    tiff = io.BytesIO()
    pages[0].save(tiff, "TIFF", dpi=(203, 203), save_all=True, append_images=pages[1:])
    command = bound_command(["nice", "-n", "10", "tesseract", "-", "-", *options])
    done = subprocess.run(
        command,
        input=tiff.getvalue(),
        capture_output=True,
        timeout=TESSERACT_S_MAX,
        check=True,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    )
    return done.stdout.decode("utf-8", "replace")
