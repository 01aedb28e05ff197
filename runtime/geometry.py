"""Where a window stands, in X11's own words: "607x1080+0+0" (width, height, left, top)."""

import re
from dataclasses import dataclass

from contracts.errors import Rejected

SIDE_PX_MIN, SIDE_PX_MAX = 120, 7680
OFFSET_PX_MAX = 30_000

_FORM = re.compile(r"(\d{1,5})x(\d{1,5})(?:\+(\d{1,5})\+(\d{1,5}))?")


@dataclass(frozen=True)
class Geometry:
    """A window's rectangle in pixels."""

    width: int
    height: int
    left: int = 0
    top: int = 0

    @classmethod
    def parse(cls, text: str) -> "Geometry":
        """WxH or WxH+X+Y; raises Rejected `usage`."""
        found = _FORM.fullmatch(text)
        made = cls(*(int(part or 0) for part in found.groups())) if found else cls(0, 0)
        if not (min(made.width, made.height) >= SIDE_PX_MIN and max(made.width, made.height) <= SIDE_PX_MAX):
            raise Rejected("usage", f"{text[:30]!r} is not WxH+X+Y with sides of {SIDE_PX_MIN} to {SIDE_PX_MAX} px")
        if max(made.left, made.top) > OFFSET_PX_MAX:
            raise Rejected("usage", f"{text[:30]!r} stands outside of any display")
        return made

    def __str__(self) -> str:
        return f"{self.width}x{self.height}+{self.left}+{self.top}"


def share_display(width: int, height: int, portraits: int, landscapes: int) -> tuple[list[Geometry], list[Geometry]]:
    """Rectangles for windows that must share one display: kiosks (upright) beside or below boards (lying).

    A window alone gets all of it.
    """
    if portraits + landscapes == 0:
        return [], []
    if landscapes == 0:
        return _columns(0, 0, width, height, portraits), []
    if portraits == 0:
        return [], _rows(0, 0, width, height, landscapes)
    if width >= height:
        kiosk_width = min(portraits * height * 9 // 16, width // 2)
        kiosks = _columns(0, 0, kiosk_width, height, portraits)
        return kiosks, _rows(kiosk_width, 0, width - kiosk_width, height, landscapes)
    board_height = min(landscapes * width * 9 // 16, height // 3)
    boards = _rows(0, 0, width, board_height, landscapes)
    return _columns(0, board_height, width, height - board_height, portraits), boards


def _columns(left: int, top: int, width: int, height: int, count: int) -> list[Geometry]:
    return [Geometry(width // count, height, left + i * (width // count), top) for i in range(count)]


def _rows(left: int, top: int, width: int, height: int, count: int) -> list[Geometry]:
    """Boards keep 16:9 and stand at the top of their share."""
    share = height // count
    return [Geometry(width, min(share, width * 9 // 16), left, top + i * share) for i in range(count)]
