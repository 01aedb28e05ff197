"""Draws assets/icons/*.png: white shapes on nothing, tinted where they are shown. Ours, so no licence of a font.

Run from the repository root: `.venv/bin/python provisioning/make_icons.py`. The drawing is exact and repeatable.
Coordinates are on a grid of 96; strokes have round ends, as in one hand.
"""

from collections.abc import Callable
from itertools import pairwise
from math import cos, pi, sin
from pathlib import Path

from PIL import Image, ImageDraw

GRID = 96
OUT_PX = 192
SUPER = 4
FOLDER = Path(__file__).resolve().parents[1] / "assets" / "icons"
STROKE = 6.5

Point = tuple[float, float]
Shape = Callable[["Pen"], None]
SHAPES: dict[str, Shape] = {}


class Pen:
    """Draws on the grid into a large mask; `cut` draws holes."""

    def __init__(self) -> None:
        self.scale = OUT_PX * SUPER / GRID
        self.mask = Image.new("L", (OUT_PX * SUPER, OUT_PX * SUPER), 0)
        self.draw = ImageDraw.Draw(self.mask)

    def _p(self, points: list[Point]) -> list[Point]:
        return [(x * self.scale, y * self.scale) for x, y in points]

    def line(self, *points: Point, width: float = STROKE, closed: bool = False, ink: int = 255) -> None:
        path = [*points, points[0]] if closed else list(points)
        w = width * self.scale
        for one, two in pairwise(path):
            (ax, ay), (bx, by) = self._p([one, two])
            length = max(1e-6, ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5)
            ox, oy = (ay - by) / length * w / 2, (bx - ax) / length * w / 2
            band = [(ax + ox, ay + oy), (bx + ox, by + oy), (bx - ox, by - oy), (ax - ox, ay - oy)]
            self.draw.polygon(band, fill=ink)
        for x, y in path:
            self.dot((x, y), width / 2, ink)

    def dot(self, centre: Point, radius: float, ink: int = 255) -> None:
        (x, y), r = self._p([centre])[0], radius * self.scale
        self.draw.ellipse((x - r, y - r, x + r, y + r), fill=ink)

    def ring(self, centre: Point, radius: float, width: float = STROKE) -> None:
        self.dot(centre, radius + width / 2)
        self.dot(centre, radius - width / 2, 0)

    def arc(self, centre: Point, radius: float, start: float, end: float, width: float = STROKE) -> None:
        steps = max(8, int(abs(end - start) / 3))
        angles = [(start + (end - start) * i / steps) * pi / 180 for i in range(steps + 1)]
        self.line(*[(centre[0] + radius * cos(a), centre[1] + radius * sin(a)) for a in angles], width=width)

    def fill(self, *points: Point, ink: int = 255) -> None:
        self.draw.polygon(self._p(list(points)), fill=ink)

    def box(self, left: float, top: float, right: float, bottom: float, radius: float = 6) -> None:
        s, w = self.scale, STROKE / 2
        outer = [(left - w) * s, (top - w) * s, (right + w) * s, (bottom + w) * s]
        inner = [(left + w) * s, (top + w) * s, (right - w) * s, (bottom - w) * s]
        self.draw.rounded_rectangle(outer, (radius + w) * s, fill=255)
        self.draw.rounded_rectangle(inner, max(0.5, radius - w) * s, fill=0)

    def block(self, left: float, top: float, right: float, bottom: float, radius: float = 3, ink: int = 255) -> None:
        s = self.scale
        self.draw.rounded_rectangle([left * s, top * s, right * s, bottom * s], radius * s, fill=ink)


def icon(name: str) -> Callable[[Shape], Shape]:
    """Register a drawing."""

    def register(shape: Shape) -> Shape:
        SHAPES[name] = shape
        return shape

    return register


def person(pen: Pen, x: float, head_y: float, size: float, *, feet_y: float) -> None:
    """A head and shoulders."""
    pen.ring((x, head_y), size * 0.5)
    top = head_y + size * 0.5 + 8
    pen.arc((x, top + size * 0.95), size * 0.95, 180, 360)
    pen.line((x - size * 0.95, top + size * 0.95), (x - size * 0.95, feet_y))
    pen.line((x + size * 0.95, top + size * 0.95), (x + size * 0.95, feet_y))


@icon("family")
def family(pen: Pen) -> None:
    pen.ring((29, 25), 10)
    pen.ring((67, 25), 10)
    pen.ring((48, 53), 8)
    pen.arc((29, 62), 17, 180, 300)
    pen.arc((67, 62), 17, 240, 360)
    pen.line((12, 62), (12, 82))
    pen.line((84, 62), (84, 82))
    pen.arc((48, 83), 13, 180, 360)


@icon("stamp")
def stamp(pen: Pen) -> None:
    pen.arc((48, 25), 13, 150, 390)
    pen.line((37, 32), (41, 54))
    pen.line((59, 32), (55, 54))
    pen.box(17, 54, 79, 70, radius=5)
    pen.line((17, 84), (79, 84))


@icon("land")
def land(pen: Pen) -> None:
    pen.line((10, 76), (34, 60), (62, 76), (86, 60), closed=False)
    pen.line((10, 76), (10, 48), (24, 39))
    pen.line((86, 60), (86, 34), (74, 40))
    pen.line((34, 60), (34, 52))
    pen.line((62, 76), (62, 66))
    pen.arc((48, 30), 16, 150, 390)
    pen.line((34, 38), (48, 60), (62, 38))
    pen.dot((48, 30), 6)


@icon("shop")
def shop(pen: Pen) -> None:
    pen.line((18, 16), (78, 16), (86, 36), (10, 36), closed=True)
    for x in (22.5, 48, 73.5):
        pen.arc((x, 36), 12.7, 0, 180)
    pen.line((18, 54), (18, 82), (78, 82), (78, 54))
    pen.line((40, 82), (40, 64), (57, 64), (57, 82))


@icon("care")
def care(pen: Pen) -> None:
    pen.arc((38, 26), 11, 135, 330)
    pen.arc((58, 26), 11, 210, 405)
    pen.line((30, 34), (48, 53), (66, 34))
    pen.line((8, 62), (20, 62), (33, 56), (46, 64), (58, 64))
    pen.line((40, 73), (58, 73), (80, 60))
    pen.arc((81, 65), 6, 270, 420)
    pen.line((83, 70), (58, 86), (36, 86), (20, 80), (8, 80))


@icon("home")
def home(pen: Pen) -> None:
    pen.line((12, 46), (48, 15), (84, 46))
    pen.line((22, 40), (22, 81), (74, 81), (74, 40))
    pen.line((39, 81), (39, 57), (57, 57), (57, 81))


@icon("document")
def document(pen: Pen) -> None:
    pen.line((22, 12), (58, 12), (76, 30), (76, 84), (22, 84), closed=True)
    pen.line((57, 14), (57, 31), (74, 31))
    pen.line((35, 60), (45, 70), (63, 49))


@icon("help")
def help_(pen: Pen) -> None:
    pen.ring((48, 48), 36)
    pen.arc((48, 39), 12, 190, 400)
    pen.line((57, 47), (48, 56), (48, 59))
    pen.dot((48, 71), 4.6)


@icon("scan")
def scan(pen: Pen) -> None:
    for x, y, dx, dy in ((10, 18, 1, 1), (86, 18, -1, 1), (10, 78, 1, -1), (86, 78, -1, -1)):
        pen.line((x, y + 15 * dy), (x, y), (x + 15 * dx, y))
    for x, w in ((26, 5), (35, 3), (43, 7), (53, 3), (61, 5), (70, 4)):
        pen.block(x - w / 2, 32, x + w / 2, 64, radius=0.5)


@icon("search")
def search(pen: Pen) -> None:
    pen.ring((42, 42), 26)
    pen.line((62, 62), (82, 82), width=8)


@icon("clock")
def clock(pen: Pen) -> None:
    pen.ring((48, 48), 36)
    pen.line((48, 27), (48, 48), (63, 57))


@icon("people")
def people(pen: Pen) -> None:
    pen.ring((36, 31), 13)
    pen.arc((36, 79), 25, 180, 360)
    pen.line((11, 79), (61, 79))
    pen.arc((63, 31), 13, -75, 90)
    pen.arc((61, 79), 25, 290, 360)
    pen.line((86, 79), (74, 79))


@icon("phone")
def phone(pen: Pen) -> None:
    pen.line(
        (26, 13), (40, 13), (46, 32), (36, 40), (44, 52), (56, 60), (64, 50), (83, 56), (83, 70), (74, 83),
        (56, 80), (34, 64), (18, 42), (14, 24), closed=True,
    )  # fmt: skip


@icon("priority")
def priority(pen: Pen) -> None:
    points = []
    for i in range(10):
        r = 38 if i % 2 == 0 else 17
        angle = -pi / 2 + i * pi / 5
        points.append((48 + r * cos(angle), 51 + r * sin(angle)))
    pen.line(*points, closed=True)


@icon("back")
def back(pen: Pen) -> None:
    pen.line((82, 48), (16, 48))
    pen.line((40, 22), (14, 48), (40, 74))


@icon("forward")
def forward(pen: Pen) -> None:
    pen.line((36, 18), (66, 48), (36, 78), width=8)


@icon("down")
def down(pen: Pen) -> None:
    pen.line((48, 12), (48, 80), width=12)
    pen.line((18, 52), (48, 82), (78, 52), width=12)


@icon("check")
def check(pen: Pen) -> None:
    pen.line((17, 50), (39, 72), (80, 27), width=10)


@icon("cross")
def cross(pen: Pen) -> None:
    pen.line((22, 22), (74, 74), width=10)
    pen.line((74, 22), (22, 74), width=10)


@icon("warning")
def warning(pen: Pen) -> None:
    pen.line((48, 13), (88, 82), (8, 82), closed=True)
    pen.line((48, 38), (48, 57), width=7.5)
    pen.dot((48, 69), 4.6)


@icon("info")
def info(pen: Pen) -> None:
    pen.ring((48, 48), 36)
    pen.dot((48, 31), 5)
    pen.line((48, 46), (48, 68), width=7.5)


@icon("printer")
def printer(pen: Pen) -> None:
    pen.line((28, 34), (28, 12), (68, 12), (68, 34))
    pen.line((28, 68), (12, 68), (12, 36), (84, 36), (84, 68), (68, 68))
    pen.line((28, 56), (68, 56), (68, 85), (28, 85), closed=True)
    pen.dot((71, 47), 3.4)


@icon("ticket")
def ticket(pen: Pen) -> None:
    pen.line((12, 26), (84, 26), (84, 40))
    pen.arc((84, 48), 8, 270, 90)
    pen.line((84, 56), (84, 70), (12, 70), (12, 56))
    pen.arc((12, 48), 8, 90, -90)
    pen.line((12, 40), (12, 26))
    for y in (36, 48, 60):
        pen.line((58, y - 2), (58, y + 2), width=5)


@icon("offline")
def offline(pen: Pen) -> None:
    for radius in (18, 33, 48):
        pen.arc((48, 76), radius, 222, 318)
    pen.dot((48, 76), 6)
    pen.line((18, 14), (82, 84), width=18, ink=0)
    pen.line((18, 14), (82, 84), width=7.5)


@icon("contrast")
def contrast(pen: Pen) -> None:
    pen.ring((48, 48), 34)
    pen.fill(*[(48 + 34 * cos(a * pi / 90), 48 + 34 * sin(a * pi / 90)) for a in range(-45, 46)])


@icon("priority-elderly")
def elderly(pen: Pen) -> None:
    pen.ring((44, 18), 9)
    pen.line((40, 34), (33, 58), (44, 68), (42, 86))
    pen.line((33, 58), (24, 86))
    pen.line((41, 38), (52, 52), (64, 52))
    pen.line((66, 46), (66, 86))


@icon("priority-disabled")
def disabled(pen: Pen) -> None:
    pen.dot((42, 15), 8)
    pen.line((42, 30), (43, 54), (64, 54), (72, 78), (82, 75))
    pen.line((43, 41), (61, 41))
    pen.arc((44, 65), 21, 30, 250)


@icon("priority-pregnant")
def pregnant(pen: Pen) -> None:
    pen.ring((42, 17), 9)
    pen.line((38, 34), (34, 62), (38, 86))
    pen.arc((44, 52), 17, -80, 100)
    pen.line((44, 35), (38, 34))
    pen.line((42, 69), (50, 86))
    pen.line((35, 50), (46, 54))


@icon("priority-merit")
def merit(pen: Pen) -> None:
    pen.line((34, 10), (42, 34))
    pen.line((62, 10), (54, 34))
    pen.ring((48, 60), 25)
    points = []
    for i in range(10):
        r = 13 if i % 2 == 0 else 5.5
        angle = -pi / 2 + i * pi / 5
        points.append((48 + r * cos(angle), 61 + r * sin(angle)))
    pen.fill(*points)


@icon("priority-child")
def child(pen: Pen) -> None:
    pen.ring((32, 20), 10)
    pen.line((18, 84), (18, 52))
    pen.arc((32, 52), 14, 180, 330)
    pen.line((46, 84), (46, 70))
    pen.line((44, 46), (56, 62))
    pen.ring((70, 49), 8)
    pen.arc((70, 77), 13, 180, 360)
    pen.line((57, 77), (57, 84))
    pen.line((83, 77), (83, 84))


def render(shape: Shape) -> Image.Image:
    """One icon: white, its shape in the alpha channel."""
    pen = Pen()
    shape(pen)
    alpha = pen.mask.resize((OUT_PX, OUT_PX), Image.Resampling.LANCZOS)
    white = Image.new("L", alpha.size, 255)
    return Image.merge("LA", (white, alpha))


def main() -> None:
    """Write every icon."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, shape in SHAPES.items():
        render(shape).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
