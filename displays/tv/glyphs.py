"""Text as pictures: Be Vietnam Pro drawn by Pillow, with figures of one width and a known baseline.

Why not Kivy's own labels: the font has proportional figures only, so a number would shift as it changes; and SDL_ttf
grows a line by its stacked diacritics, so the baseline of "Quầy" and "Quay" would differ.
Measured on the font: capitals 0.745 em, Ễ reaches 1.15 em above the baseline, tails 0.27 em below it.
"""

from dataclasses import dataclass, replace
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from runtime.theme import font_path

CAP_EM = 0.745
ASCENT_EM = 1.18
DESCENT_EM = 0.30
ELLIPSIS = "…"
FIGURES = "0123456789"
FIGURE_CELL = 0.97  # of the widest figure: its own side bearings leave room, and a 1 stands less alone


@dataclass(frozen=True)
class Face:
    """A weight and size; `tabular`: every figure takes the same width."""

    weight: str
    px: int
    tabular: bool = False


@dataclass(frozen=True)
class Picture:
    """RGBA rows from the top, cropped to the ink, whose corner is `left`, `top` px from the start of the baseline."""

    width: int
    height: int
    left: int
    top: int
    pixels: bytes


@cache
def _font(weight: str, px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_path(weight)), px, layout_engine=ImageFont.Layout.BASIC)


@cache
def _figure_width(weight: str, px: int) -> float:
    font = _font(weight, px)
    return FIGURE_CELL * max(font.getlength(figure) for figure in FIGURES)


def width(text: str, face: Face) -> float:
    """The advance of `text` in px."""
    font = _font(face.weight, face.px)
    if not face.tabular:
        return font.getlength(text)
    figure = _figure_width(face.weight, face.px)
    return sum(figure if char in FIGURES else font.getlength(char) for char in text)


def fitted(text: str, face: Face, width_max: float, px_min: int) -> tuple[str, Face]:
    """`text` and a face in which it is at most `width_max` wide: smaller type first, then without its end."""
    while face.px > px_min and width(text, face) > width_max:
        share = width_max / width(text, face)
        face = replace(face, px=max(px_min, min(face.px - 1, int(face.px * share))))
    if width(text, face) <= width_max:
        return text, face
    short = text
    while short and width(short.rstrip() + ELLIPSIS, face) > width_max:
        short = short[:-1]
    return short.rstrip() + ELLIPSIS, face


def two_lines(text: str, face: Face, width_max: float) -> tuple[str, str]:
    """`text` on one line when it fits, else cut at the blank that makes both lines shortest."""
    words = text.split()
    if len(words) < 2 or width(text, face) <= width_max:
        return text, ""
    cuts = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(1, len(words))]
    return min(cuts, key=lambda cut: max(width(cut[0], face), width(cut[1], face)))


def draw(text: str, face: Face) -> Picture:
    """White letters on nothing."""
    font, px = _font(face.weight, face.px), face.px
    pad, baseline = max(2, px // 8), round(ASCENT_EM * px) + 1
    size = (int(width(text, face)) + 2 * pad + 1, baseline + round(DESCENT_EM * px) + 1)
    mask = Image.new("L", size, 0)
    pen = ImageDraw.Draw(mask)
    if face.tabular:
        _draw_cells(pen, text, face, pad, baseline)
    else:
        pen.text((pad, baseline), text, 255, font, anchor="ls")
    left, top, right, bottom = mask.getbbox() or (0, 0, 1, 1)
    return picture(mask.crop((left, top, right, bottom)), left - pad, top - baseline)


def picture(mask: Image.Image, left: int, top: int) -> Picture:
    """A white picture with this mask; fewer pixels are fewer to blend."""
    white = Image.new("L", mask.size, 255)
    return Picture(*mask.size, left, top, Image.merge("RGBA", (white, white, white, mask)).tobytes())


def _draw_cells(pen: ImageDraw.ImageDraw, text: str, face: Face, x: float, baseline: int) -> None:
    font, figure = _font(face.weight, face.px), _figure_width(face.weight, face.px)
    for char in text:
        own = font.getlength(char)
        cell = figure if char in FIGURES else own
        pen.text((round(x + (cell - own) / 2), baseline), char, 255, font, anchor="ls")
        x += cell
