"""The roll: operations become dots, and the text bytes are kept beside them. Pillow only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw

from kiosk.printing.fonts import Weight, font
from kiosk.printing.simulator.framer import Command, LineFeed, Op, Raster, Text

PAGE_DOTS_MAX: Final = 8000
"""One metre between two cuts; what would follow is not printed, and counted."""
_CELL: Final = (12, 24)
"""Font A, dots."""
_LINE_DOTS: Final = 30
_WHITE: Final = 255
_ALIGN_SHARE: Final = {0: 0.0, 1: 0.5, 2: 1.0}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What fell out at a cut: all the dots, the typed lines, and only the raster dots (or None)."""

    picture: Image.Image
    typed: tuple[str, ...]
    raster: Image.Image | None


class Roll:
    """Paper between two cuts. `lost_dots` counts what did not fit."""

    def __init__(self, width_dots: int) -> None:
        self.width_dots = width_dots
        self.lost_dots = 0
        self._strips: list[tuple[Image.Image, bool]] = []
        self._typed: list[str] = []
        self._height = 0
        self._reset()

    @property
    def blank(self) -> bool:
        """Nothing but white since the last cut."""
        return not self._line and not self._typed and not any(r for _, r in self._strips)

    def apply(self, op: Op) -> None:
        """Print one operation."""
        if isinstance(op, Text):
            self._line += op.data.decode("latin-1")
        elif isinstance(op, LineFeed):
            self._end_line(_LINE_DOTS)
        elif isinstance(op, Raster):
            self._flush()
            self._raster(op)
        elif isinstance(op, Command):
            self._command(op)

    def cut(self) -> Sheet | None:
        """The sheet since the last cut; None when it is blank. The settings stay."""
        self._flush()
        strips, typed, blank = self._strips, tuple(self._typed), self.blank
        self._strips, self._typed, self._height = [], [], 0
        if blank:
            return None
        raster = self._pile([(s if is_raster else _blank(s.size), True) for s, is_raster in strips])
        has_raster = any(is_raster for _, is_raster in strips)
        return Sheet(self._pile(strips), typed, raster if has_raster else None)

    def _reset(self) -> None:
        self._line = ""
        self._align = 0
        self._scale = (1, 1)
        self._line_dots = _LINE_DOTS

    def _command(self, op: Command) -> None:
        value = op.args[0] if op.args else 0
        match op.name:
            case b"\x1b@":
                self._flush()
                self._reset()
            case b"\x1ba":
                self._align = value & 0x03
            case b"\x1d!":
                self._scale = 1 + (value >> 4 & 7), 1 + (value & 7)
            case b"\x1b!":
                self._scale = 1 + (value >> 5 & 1), 1 + (value >> 4 & 1)
            case b"\x1b3":
                self._line_dots = value
            case b"\x1b2":
                self._line_dots = _LINE_DOTS
            case b"\x1bd":
                self._end_line(0)
                self._feed(value * self._line_dots)
            case b"\x1bJ":
                self._end_line(0)
                self._feed(value)
            case _:
                pass  # fonts, margins, drawers: nothing a person reads here

    def _flush(self) -> None:
        if self._line:
            self._end_line(0)

    def _end_line(self, empty_dots: int) -> None:
        if not self._line:
            self._feed(empty_dots and self._line_dots)
            return
        line, self._line = self._line, ""
        columns = max(1, self.width_dots // (_CELL[0] * self._scale[0]))
        for start in range(0, len(line), columns):
            self._type(line[start : start + columns])

    def _type(self, line: str) -> None:
        """One line of cells; `typed` keeps what the bytes said."""
        self._typed.append(line.strip())
        strip = Image.new("1", (len(line) * _CELL[0], _CELL[1]), 1)
        pen = ImageDraw.Draw(strip)
        pen.fontmode = "1"
        for index, char in enumerate(line):
            middle = index * _CELL[0] + _CELL[0] // 2
            pen.text((middle, 19), char, font=font(Weight.MEDIUM, 19), fill=0, anchor="ms")
        size = (strip.width * self._scale[0], strip.height * self._scale[1])
        self._place(strip.resize(size, Image.Resampling.NEAREST), is_raster=False)
        self._feed(max(0, self._line_dots - _CELL[1]))

    def _raster(self, op: Raster) -> None:
        if not op.data:
            return
        dots = Image.frombytes("1", (op.width_bytes * 8, op.rows), op.data, "raw", "1;I")
        size = (dots.width * op.scale_x, dots.height * op.scale_y)
        self._place(dots.resize(size, Image.Resampling.NEAREST), is_raster=True)

    def _place(self, dots: Image.Image, *, is_raster: bool) -> None:
        """Put a strip on the paper; dots beyond the right edge are lost, as on a head."""
        room = max(0, self.width_dots - dots.width)
        strip = Image.new("1", (self.width_dots, dots.height), 1)
        strip.paste(dots, (round(room * _ALIGN_SHARE.get(self._align, 0.0)), 0))
        self._append(strip, is_raster=is_raster)

    def _feed(self, dots: int) -> None:
        if dots:
            self._append(Image.new("1", (self.width_dots, dots), 1), is_raster=False)

    def _append(self, strip: Image.Image, *, is_raster: bool) -> None:
        fits = min(strip.height, PAGE_DOTS_MAX - self._height)
        self.lost_dots += strip.height - fits
        if fits > 0:
            self._strips.append((strip.crop((0, 0, strip.width, fits)), is_raster))
            self._height += fits

    def _pile(self, strips: list[tuple[Image.Image, bool]]) -> Image.Image:
        page = Image.new("1", (self.width_dots, max(1, sum(s.height for s, _ in strips))), 1)
        y = 0
        for strip, _ in strips:
            page.paste(strip, (0, y))
            y += strip.height
        return page


def _blank(size: tuple[int, int]) -> Image.Image:
    return Image.new("1", size, 1)
