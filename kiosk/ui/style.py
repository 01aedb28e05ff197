"""Theme and layout tokens resolved for one window: colours as Kivy wants them, sizes scaled to the glass."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from runtime.paths import ASSETS
from runtime.theme import Theme, font_path, load_theme, rgba

LAYOUT_FILE = ASSETS / "themes" / "kiosk-layout.toml"
ICONS = ASSETS / "icons"
ICON_FALLBACK = "document"
WEIGHTS = {"regular": "Regular", "medium": "Medium", "strong": "SemiBold", "bold": "Bold", "heavy": "ExtraBold"}
SIDE_SHARE = 0.6
FONT_LINE_EM = 1.265  # Be Vietnam Pro: ascender and descender, in type sizes
TOUCHING_EM = 1.4  # measured: from the top of a stacked capital (Ễ) to the foot of a dotted letter (ự)
PRESSED = 0.12  # share of brand colour in a pressed surface
SHADE_DAY, SHADE_NONE = 0.13, 0.0

Colour = tuple[float, float, float, float]


@dataclass(frozen=True)
class Style:
    """`c` colours, `s` sizes in pixels of this window, `f` font names; equal for equal theme and scale."""

    theme: str
    scale: float
    landscape: bool

    @property
    def c(self) -> SimpleNamespace:
        """The theme's colours by name."""
        return _colours(self.theme)

    @property
    def s(self) -> SimpleNamespace:
        """The layout's sizes by name, scaled; at least a pixel."""
        return _sizes(self.landscape, self.scale)

    @property
    def f(self) -> SimpleNamespace:
        """Registered font names by weight."""
        return _fonts()

    @property
    def line_height(self) -> float:
        """Kivy's factor on the font's own line, which gives the theme's line height and never lets letters touch."""
        return max(load_theme(self.theme).line_height, TOUCHING_EM) / FONT_LINE_EM

    @property
    def flow(self) -> str:
        """How strips stand beside each other."""
        return "horizontal" if self.landscape else "vertical"

    @property
    def side_share(self) -> float:
        """How wide a side column is beside the main one; all of the width when it stands below."""
        return SIDE_SHARE if self.landscape else 1.0

    def tint(self, service: str) -> Colour:
        """The colour of a service letter."""
        services = load_theme(self.theme).services
        return rgba(services.get(service, services["default"]))

    def tone(self, tone: str) -> Colour:
        """The colour of a judgement: good, warn, bad; anything else is neutral."""
        colour: Colour = getattr(self.c, tone, self.c.brand)
        return colour

    def icon_name(self, name: str, fallback: str) -> str:
        """`name` where there is such a picture, else `fallback`."""
        return name if (ICONS / f"{name}.png").exists() else fallback

    def icon(self, name: str, fallback: str = ICON_FALLBACK) -> str:
        """The picture of this name."""
        path = ICONS / f"{name}.png"
        return str(path if path.exists() else ICONS / f"{fallback}.png")


def style_for(theme: str, size: tuple[float, float]) -> Style:
    """The style of a window of `size`: upright or lying, scaled to fit."""
    landscape = size[0] > size[1]
    layout = _layout(landscape)
    return Style(theme, min(size[0] / layout["width"], size[1] / layout["height"]), landscape)


@cache
def _layout(landscape: bool) -> dict[str, float]:
    table: dict[str, float] = tomllib.loads(LAYOUT_FILE.read_text())["landscape" if landscape else "portrait"]
    return table


_COUNTS = frozenset({"card_columns", "choice_columns"})


@cache
def _sizes(landscape: bool, scale: float) -> SimpleNamespace:
    layout = _layout(landscape)
    scaled = {k: int(v) if k in _COUNTS else max(1.0, float(round(v * scale))) for k, v in layout.items()}
    return SimpleNamespace(**scaled)


@cache
def _colours(name: str) -> SimpleNamespace:
    theme: Theme = load_theme(name)
    dark = theme.page == theme.surface
    names = ("surface", "page", "ink", "muted", "brand", "on_brand", "line", "called", "good", "warn", "bad")
    colours = {n: rgba(getattr(theme, n)) for n in names}
    return SimpleNamespace(
        **colours,
        pressed=_mix(colours["surface"], colours["brand"], PRESSED),
        soft=_mix(colours["surface"], colours["brand"], 0.0 if dark else PRESSED / 2),
        shade=rgba(theme.ink, SHADE_NONE if dark else SHADE_DAY),
        edge=colours["line"] if dark else rgba(theme.line, 0.0),
        clear=rgba(theme.page, 0.0),
        bar=colours["page" if dark else "brand"],
        on_bar=colours["ink" if dark else "on_brand"],
        bar_edge=colours["line"] if dark else colours["brand"],
    )


def _mix(one: Colour, two: Colour, share: float) -> Colour:
    red, green, blue = (a + (b - a) * share for a, b in zip(one[:3], two[:3], strict=True))
    return red, green, blue, 1.0


@cache
def _fonts() -> SimpleNamespace:
    from kivy.core.text import LabelBase

    paths: dict[str, Path] = {name: font_path(weight) for name, weight in WEIGHTS.items()}
    for name, path in paths.items():
        LabelBase.register(name=f"motcua-{name}", fn_regular=str(path))
    return SimpleNamespace(**{name: f"motcua-{name}" for name in paths})
