"""The typeface of the ticket: Be Vietnam Pro from PyPI's `fontpkg-be-vietnam-pro` (OFL).

Measured on the font: capitals are 0.745 em high; stacked capitals (Ễ) reach 1.15 em above the
baseline and dotted small letters (ạ, y) 0.25 em below it. Lines closer than 1.40 em would touch.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import Final

import fontpkg_be_vietnam_pro
from PIL import ImageFont

CAP_HEIGHT_EM: Final = 0.745
ASCENT_EM: Final = 1.16
LINE_HEIGHT_EM: Final = 1.42


class Weight(StrEnum):
    """The weights a ticket uses; thinner ones break up on a thermal head."""

    MEDIUM = "Medium"
    SEMIBOLD = "SemiBold"
    BOLD = "Bold"
    EXTRABOLD = "ExtraBold"


@cache
def font(weight: Weight, size_px: int) -> ImageFont.FreeTypeFont:
    """The face at `size_px` dots per em. BASIC layout: the same picture with or without Raqm."""
    path = fontpkg_be_vietnam_pro.ROOT / "files" / f"BeVietnamPro-{weight.value}.ttf"
    return ImageFont.truetype(str(path), size_px, layout_engine=ImageFont.Layout.BASIC)
