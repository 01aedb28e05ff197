"""The visual tokens: `assets/themes/<name>.toml` → one frozen object for Kivy, CSS variables for the pages."""

import tomllib
from functools import cache
from pathlib import Path

import msgspec

from runtime.paths import ASSETS


class Theme(msgspec.Struct, frozen=True, kw_only=True):
    """Colours as #RRGGBB. Sizes in pixels of a 1080-pixel-wide kiosk (or a 1080-pixel-high board)."""

    name: str
    surface: str
    page: str
    ink: str
    muted: str
    brand: str
    on_brand: str
    line: str  # borders and rules
    called: str  # a called number
    good: str
    warn: str
    bad: str
    services: dict[str, str]  # tint a service letter (Okabe-Ito), "default" for the rest
    body_px: int = 30
    small_px: int = 26
    button_px: int = 36
    title_px: int = 46
    number_px: int = 220
    space_px: int = 8  # spaces are multiples of it
    radius_px: int = 16
    line_height: float = 1.35


THEMES = ("day", "board", "contrast")


@cache
def load_theme(name: str) -> Theme:
    """The theme of this name. Raises FileNotFoundError or msgspec.ValidationError: our own assets, so a bug."""
    raw = tomllib.loads((ASSETS / "themes" / f"{name}.toml").read_text())
    return msgspec.convert({"name": name, **raw}, Theme)


def css_variables(theme: Theme) -> str:
    """`--surface:#fff;…` for a `:root` block."""
    values = msgspec.structs.asdict(theme)
    lines = [f"--{key.replace('_', '-')}:{value};" for key, value in values.items() if isinstance(value, str)]
    lines += [f"--service-{code.lower()}:{tint};" for code, tint in theme.services.items()]
    return "".join(line for line in lines if not line.startswith("--name"))


def rgba(colour: str, alpha: float = 1.0) -> tuple[float, float, float, float]:
    """#RRGGBB → Kivy's four floats."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue, alpha


def contrast(one: str, two: str) -> float:
    """Contrast ratio of two colours, 1-21 (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgba(colour)[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def font_path(weight: str = "Regular") -> Path:
    """The ttf of Be Vietnam Pro in this weight (Regular, Medium, SemiBold, Bold, …)."""
    import fontpkg_be_vietnam_pro

    folder = Path(fontpkg_be_vietnam_pro.__file__).parent
    return next(folder.rglob(f"BeVietnamPro-{weight}.ttf"))
