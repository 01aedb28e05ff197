"""Drawn marks: arrows and the warning triangle, as smooth white pictures (look.md: never typed symbols)."""

from PIL import Image, ImageDraw

from displays.tv.glyphs import Picture, picture

FINE = 4  # drawn so many times larger, then reduced: smooth edges without multisampling
Points = tuple[tuple[float, float], ...]

# In a square of side 1. Right; the others are turned.
_ARROW: Points = ((0.02, 0.36), (0.50, 0.36), (0.50, 0.08), (0.98, 0.50), (0.50, 0.92), (0.50, 0.64), (0.02, 0.64))
_TRIANGLE: Points = ((0.50, 0.06), (0.98, 0.92), (0.02, 0.92))
_STROKE: Points = ((0.45, 0.36), (0.55, 0.36), (0.55, 0.64), (0.45, 0.64))
_DOT: Points = ((0.45, 0.70), (0.55, 0.70), (0.55, 0.80), (0.45, 0.80))
_TURNS = {">": 0, "-": 90, "<": 180}

NAMES = frozenset({*_TURNS, "!"})
"""`<` and `>`: that way; `-`: straight ahead, an arrow upwards; `!`: a warning."""


def draw(name: str, side: int) -> Picture:
    """The mark in a square of `side` px."""
    mask = Image.new("L", (side * FINE, side * FINE), 0)
    pen = ImageDraw.Draw(mask)
    if name == "!":
        pen.polygon(_scaled(_TRIANGLE, side), fill=255)
        pen.polygon(_scaled(_STROKE, side), fill=0)
        pen.polygon(_scaled(_DOT, side), fill=0)
    else:
        pen.polygon(_scaled(_ARROW, side), fill=255)
        mask = mask.rotate(_TURNS[name])
    mask = mask.resize((side, side), Image.Resampling.BOX)
    return picture(mask, 0, 0)


def _scaled(points: Points, side: int) -> list[tuple[float, float]]:
    return [(x * side * FINE, y * side * FINE) for x, y in points]
