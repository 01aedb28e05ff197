"""What the board is made of: slabs, lines of text and marks. Each remembers what it shows and touches the canvas only
when that changes, so a frame that differs in one number costs one texture."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from kivy.graphics import Color, InstructionGroup, Rectangle, SmoothRoundedRectangle
from kivy.graphics.texture import Texture

from displays.tv import glyphs, marks
from displays.tv.layout import Area, Layout, Place, layout_for
from runtime.theme import Theme, rgba

TEXTURES_MAX = 160  # a full board has about 90 texts; a day of large numbers must not pile up (0.7 MB each)
CLEAR = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Stage:
    """One window: its size, the layout for its shape, the theme."""

    width: int
    height: int
    theme: Theme

    @property
    def layout(self) -> Layout:
        """The layout of this shape."""
        return layout_for(self.width, self.height)

    @property
    def scale(self) -> float:
        """Window px a layout px."""
        return min(self.width / self.layout.width, self.height / self.layout.height)

    @property
    def text_min_px(self) -> int:
        """The smallest type here."""
        return max(1, round(self.layout.text_min * self.scale))

    def whole(self, part: Area) -> "Spot":
        """The spot of a part. In a window of another shape the board stands in the middle."""
        scale = self.scale
        left = (self.width - self.layout.width * scale) / 2
        top = (self.height - self.layout.height * scale) / 2
        x, y, w, h = part
        return Spot(self, left + x * scale, top + y * scale, w * scale, h * scale, scale, scale)


@dataclass(frozen=True)
class Spot:
    """A rectangle of the window in px from the top left; places inside it are scaled by `sx`, `sy`."""

    stage: Stage
    x: float
    y: float
    w: float
    h: float
    sx: float
    sy: float

    def at(self, place: Place | Area) -> "Spot":
        """The spot of a place inside this one."""
        x, y, w, h = place[:4]
        sx, sy = self.sx, self.sy
        return Spot(self.stage, self.x + x * sx, self.y + y * sy, w * sx, h * sy, sx, sy)

    def cell(self, column: int, row: int, columns: int, rows: int, gap: float, size: tuple[float, float]) -> "Spot":
        """A cell of a grid over this spot, whose inside is laid out for `size`."""
        w = (self.w - gap * (columns - 1)) / columns
        h = (self.h - gap * (rows - 1)) / rows
        return Spot(self.stage, self.x + column * (w + gap), self.y + row * (h + gap), w, h, w / size[0], h / size[1])

    @property
    def gl(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """(pos, size) in whole px, from the bottom left as Kivy counts."""
        left, right = round(self.x), round(self.x + self.w)
        top, bottom = round(self.y), round(self.y + self.h)
        return (left, self.stage.height - bottom), (right - left, bottom - top)


@dataclass(frozen=True)
class _Drawn:
    """A picture as a texture; its pixels are not kept."""

    texture: Any
    size: tuple[int, int]
    left: int
    top: int


@lru_cache(TEXTURES_MAX)
def _drawn_text(text: str, face: glyphs.Face) -> _Drawn:
    return _drawn(glyphs.draw(text, face))


@lru_cache(TEXTURES_MAX)
def _drawn_mark(name: str, side: int) -> _Drawn:
    return _drawn(marks.draw(name, side))


def _drawn(picture: glyphs.Picture) -> _Drawn:
    texture = Texture.create(size=(picture.width, picture.height), colorfmt="rgba")
    texture.blit_buffer(picture.pixels, colorfmt="rgba", bufferfmt="ubyte")
    texture.flip_vertical()
    return _Drawn(texture, (picture.width, picture.height), picture.left, picture.top)


class Slab:
    """A filled rectangle with round corners."""

    def __init__(self, group: InstructionGroup, radius: float = 0) -> None:
        self._colour = Color(*CLEAR)
        self._radius = radius
        self._shape = SmoothRoundedRectangle(radius=[radius]) if radius else Rectangle()
        self._now: tuple[object, ...] = ()
        group.add(self._colour)
        group.add(self._shape)

    def show(self, spot: Spot, colour: str | None) -> None:
        """Fill `spot`; None hides it."""
        if self._now == (spot, colour):
            return
        self._now = (spot, colour)
        self._colour.rgba = rgba(colour) if colour else CLEAR
        pos, size = spot.gl
        self._shape.pos, self._shape.size = pos, size if colour else (0, 0)


class _Image:
    """A tinted picture."""

    def __init__(self, group: InstructionGroup) -> None:
        self._colour = Color(*CLEAR)
        self._shape = Rectangle(size=(0, 0))
        self._now: tuple[object, ...] = ()
        group.add(self._colour)
        group.add(self._shape)

    def hide(self) -> None:
        """Show nothing."""
        if self._now:
            self._now = ()
            self._shape.size = (0, 0)
            self._colour.rgba = CLEAR

    def _put(self, drawn: _Drawn, left: float, top: float, height: int, colour: str) -> None:
        """`left`, `top` px: where the text's start, or the mark's corner, is."""
        self._shape.texture = drawn.texture
        self._shape.size = drawn.size
        self._shape.pos = (round(left + drawn.left), height - round(top + drawn.top) - drawn.size[1])
        self._colour.rgba = rgba(colour)


class Text(_Image):
    """One line; its capitals are centred in its place, so that lines beside each other share a baseline."""

    def __init__(self, group: InstructionGroup, weight: str = "Medium", *, tabular: bool = False) -> None:
        super().__init__(group)
        self._weight, self._tabular = weight, tabular
        self._end = 0.0

    def show(self, within: Spot, place: Place, text: str, colour: str) -> float:
        """Write `text` at `place`; the x of its right end in px."""
        now = (within, place, text, colour)
        if self._now == now:
            return self._end
        spot = within.at(place)
        if not text or spot.w < 1:
            self.hide()
            return spot.x
        smallest = spot.stage.text_min_px
        face = glyphs.Face(self._weight, max(smallest, round(place[4] * within.sy)), self._tabular)
        text, face = glyphs.fitted(text, face, spot.w, smallest)
        free = spot.w - glyphs.width(text, face)
        left = spot.x + {"left": 0.0, "center": free / 2, "right": free}[place[5]]
        baseline = spot.y + (spot.h + glyphs.CAP_EM * face.px) / 2
        self._put(_drawn_text(text, face), left, baseline, spot.stage.height, colour)
        self._now, self._end = now, left + glyphs.width(text, face)
        return self._end


class Mark(_Image):
    """An arrow or a warning."""

    def show(self, within: Spot, place: Place, name: str, colour: str) -> None:
        """Draw it in the middle of `place`; an empty name hides it."""
        spot = within.at(place)
        side = int(min(spot.w, spot.h))
        if name not in marks.NAMES or side < 1:
            self.hide()
            return
        now = (spot, name, colour)
        if self._now != now:
            left, top = spot.x + (spot.w - side) / 2, spot.y + (spot.h - side) / 2
            self._put(_drawn_mark(name, side), left, top, spot.stage.height, colour)
            self._now = now
