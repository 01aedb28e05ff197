"""Draws what a person would read on a sign: seven segments, or dots. Sizes and colours of lamps, not of our screens."""

import io
import math

from PIL import Image, ImageDraw, ImageFont

LIT, UNLIT, PANEL = (255, 60, 40), (48, 14, 12), (14, 10, 10)
CELL_W, CELL_H, PAD, BAR = 60, 100, 16, 10
DOT, DOT_MARGIN, FONT_DOTS = 6, 2, 15
DOTS_WIDE_MIN, DOTS_HIGH = 112, 16
_W, _H = CELL_W - 18, CELL_H

# segment → polygon corners in a cell; a top, b/c right, d bottom, e/f left, g middle
_BOXES = {
    "a": (BAR, 0, _W - BAR, BAR), "d": (BAR, _H - BAR, _W - BAR, _H), "g": (BAR, _H // 2 - 5, _W - BAR, _H // 2 + 5),
    "f": (0, BAR, BAR, _H // 2 - 6), "b": (_W - BAR, BAR, _W, _H // 2 - 6),
    "e": (0, _H // 2 + 6, BAR, _H - BAR), "c": (_W - BAR, _H // 2 + 6, _W, _H - BAR),
}  # fmt: skip
_GLYPHS = {
    "0": "abcdef", "1": "bc", "2": "abged", "3": "abgcd", "4": "fgbc", "5": "afgcd", "6": "afgedc", "7": "abc",
    "8": "abcdefg", "9": "abcdfg", "A": "abcefg", "B": "abcdefg", "C": "adef", "E": "adefg", "F": "aefg",
    "H": "bcefg", "I": "ef", "L": "def", "O": "abcdef", "P": "abefg", "S": "afgcd", "U": "bcdef", "b": "cdefg",
    "c": "deg", "d": "bcdeg", "l": "ef", "o": "cdeg", "-": "g", " ": "",
    "\u0410": "abcefg", "\u0411": "acdefg", "\u0412": "abcdefg", "\u0413": "aef", "\u0415": "adefg", "\u0417": "abgcd",
    "\u041d": "bcefg", "\u041e": "abcdef", "\u041f": "abcef", "\u0420": "abefg", "\u0421": "adef", "\u0423": "bcdfg",
    "\u0427": "bcfg", "\u043e": "cdeg", "\u0441": "deg",
}  # fmt: skip


def seven_segments(cells: str) -> bytes:
    """A PNG of the cells of a counter sign; arrows are drawn as arrows."""
    size = (PAD * 2 + max(1, len(cells)) * CELL_W, PAD * 2 + CELL_H)
    image = Image.new("RGB", size, PANEL)
    draw = ImageDraw.Draw(image)
    for place, char in enumerate(cells):
        left = PAD + place * CELL_W
        if char in "<>":
            _arrow(draw, left, char)
            continue
        for segment, (x0, y0, x1, y1) in _BOXES.items():
            lamp = LIT if segment in _GLYPHS.get(char, "") else UNLIT
            draw.rectangle((left + x0, PAD + y0, left + x1, PAD + y1), fill=lamp)
    return _png(image)


def _arrow(draw: ImageDraw.ImageDraw, left: int, char: str) -> None:
    tip, tail = (left, left + _W) if char == "<" else (left + _W, left)
    middle = PAD + _H // 2
    draw.polygon([(tip, middle), (tail, middle - _W // 2), (tail, middle + _W // 2)], fill=LIT)


def dots(text: str) -> bytes:
    """A PNG of a message sign: the text in a dot font, a lamp a dot."""
    font = ImageFont.load_default(FONT_DOTS)
    left, top, right, bottom = font.getbbox(text or " ")
    mask = Image.new("1", (max(math.ceil(right - left) + 4, DOTS_WIDE_MIN), DOTS_HIGH))
    ImageDraw.Draw(mask).text((1 - left, (DOTS_HIGH - (bottom - top)) / 2 - top), text, fill=1, font=font)
    image = Image.new("RGB", (mask.width * DOT + PAD * 2, mask.height * DOT + PAD * 2), PANEL)
    draw = ImageDraw.Draw(image)
    for y in range(mask.height):
        for x in range(mask.width):
            x0, y0 = PAD + x * DOT, PAD + y * DOT
            lamp = LIT if mask.getpixel((x, y)) else UNLIT
            draw.ellipse((x0, y0, x0 + DOT - DOT_MARGIN, y0 + DOT - DOT_MARGIN), fill=lamp)
    return _png(image)


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
