"""Style, scripts and fonts, read once; addresses carry a hash, so that a new version is seen at once."""

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path

from litestar import Response

from contracts.errors import Rejected
from queue_server.web.door import door
from runtime.theme import css_variables, font_path, load_theme

FOLDER = Path(__file__).resolve().parent.parent / "static"
WEIGHTS = {"Regular": 400, "Medium": 500, "SemiBold": 600, "Bold": 700}
MAX_AGE_S = 31_536_000
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".ttf": "font/ttf",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class Asset:
    """A file as it goes out."""

    content: bytes
    media_type: str
    tag: str


@functools.cache
def assets() -> dict[str, Asset]:
    """Name → asset. Only what is in here can be asked for."""
    found: dict[str, bytes] = {path.name: path.read_bytes() for path in sorted(FOLDER.glob("*.js"))}
    found |= {f"be-vietnam-pro-{weight.lower()}.ttf": font_path(weight).read_bytes() for weight in WEIGHTS}
    found["style.css"] = stylesheet().encode()
    found["icon.svg"] = icon().encode()
    return {name: _asset(name, content) for name, content in found.items()}


def asset_url(name: str) -> str:
    """The address of an asset in a page."""
    return f"/static/{name}?v={assets()[name].tag}"


def stylesheet() -> str:
    """Tokens of the themes as CSS variables, then our rules."""
    faces = "".join(
        f'@font-face{{font-family:"Be Vietnam Pro";font-weight:{weight};font-display:swap;'
        f'src:url("/static/be-vietnam-pro-{name.lower()}.ttf") format("truetype")}}\n'
        for name, weight in WEIGHTS.items()
    )
    day, contrast, board = (css_variables(load_theme(name)) for name in ("day", "contrast", "board"))
    tokens = f":root{{{day}}}\n@media (prefers-contrast: more){{:root{{{contrast}}}}}\n.theme-board{{{board}}}\n"
    return faces + tokens + (FOLDER / "style.css").read_text()


def icon() -> str:
    """A ticket, in the brand's colour, for the browser's tab."""
    day = load_theme("day")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="7" fill="{day.brand}"/>'
        f'<path d="M9 6h14v20l-3-2-2 2-2-2-2 2-2-2-3 2z" fill="{day.on_brand}"/>'
        f'<path d="M12 12h8M12 17h8" stroke="{day.brand}" stroke-width="2"/></svg>'
    )


def _asset(name: str, content: bytes) -> Asset:
    return Asset(content, _TYPES[Path(name).suffix], hashlib.sha256(content).hexdigest()[:12])


@door("GET", "/static/{name}")
async def file(name: str) -> Response[bytes]:
    """One asset."""
    asset = assets().get(name)
    if asset is None:
        raise Rejected("not_found", "no such file")
    headers = {"Cache-Control": f"public, max-age={MAX_AGE_S}, immutable", "ETag": f'"{asset.tag}"'}
    return Response(asset.content, media_type=asset.media_type, headers=headers)
