"""Ticket content → 1-bit picture, exactly the dots a thermal head prints (203 dpi = 8 dots a mm).

The picture is a column of blocks; each block knows its height once the width is known, so nothing
is ever clipped: long texts wrap, and the paper grows. Black is 0 (Pillow mode "1").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import segno
from PIL import Image, ImageDraw

from kiosk.printing.content import TicketContent
from kiosk.printing.fonts import ASCENT_EM, CAP_HEIGHT_EM, LINE_HEIGHT_EM, Weight, font
from kiosk.printing.wrapping import wrap

DOTS_PER_MM: Final = 8
BLACK: Final = 0
WHITE: Final = 1
NUMBER_CAP_MM: Final = 18.25
"""Height of the number's capitals; look.md asks for at least 18 mm."""
QR_MM_MIN: Final = 22
RULE_GAP_PX: Final = 12
BOTTOM_PX: Final = 8
NO_BREAK_SPACE: Final = "\u00a0"
_DIGIT_GROUPS: Final = re.compile(r"(?<=\d) (?=\d)")
"""A telephone number is not torn apart at the end of a line."""
QR_QUIET_MODULES: Final = 4
"""ISO/IEC 18004: four light modules around the symbol. The paper itself is light."""


class Paper(IntEnum):
    """Printable width in dots of the two common rolls."""

    MM58 = 384
    MM80 = 576


PAPERS: Final = {80: Paper.MM80, 58: Paper.MM58}
"""Paper width in mm → printable dots."""


@dataclass(frozen=True, slots=True)
class _Style:
    size_px: int
    weight: Weight
    gap_px: int
    """White dots above the block."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Sizes on one roll. 26 px is 3.2 mm: readable at arm's length by older eyes."""

    margin_px: int
    office: _Style
    issued: _Style
    label: _Style
    service: _Style
    fact: _Style
    mark: _Style
    small: _Style


_SHEETS: Final = {
    Paper.MM80: _Sheet(
        margin_px=16,
        office=_Style(30, Weight.BOLD, 8),
        issued=_Style(26, Weight.MEDIUM, 0),
        label=_Style(30, Weight.SEMIBOLD, 4),
        service=_Style(40, Weight.BOLD, 8),
        fact=_Style(34, Weight.SEMIBOLD, 2),
        mark=_Style(32, Weight.BOLD, 16),
        small=_Style(27, Weight.MEDIUM, 2),
    ),
    Paper.MM58: _Sheet(
        margin_px=8,
        office=_Style(26, Weight.BOLD, 8),
        issued=_Style(24, Weight.MEDIUM, 0),
        label=_Style(24, Weight.SEMIBOLD, 8),
        service=_Style(32, Weight.BOLD, 8),
        fact=_Style(27, Weight.SEMIBOLD, 2),
        mark=_Style(26, Weight.BOLD, 12),
        small=_Style(24, Weight.MEDIUM, 2),
    ),
}


def render(content: TicketContent, paper: Paper = Paper.MM80) -> Image.Image:
    """The ticket as a mode "1" picture, `paper` dots wide and as high as the content needs."""
    parts = list(_blocks(content, paper, _SHEETS[paper]))
    height = sum(gap + block.height for gap, block in parts) + BOTTOM_PX
    sheet = Image.new("1", (paper, height), WHITE)
    y = 0
    for gap, block in parts:
        y += gap
        sheet.paste(block, (0, y))
        y += block.height
    return sheet


def _blocks(content: TicketContent, paper: Paper, sheet: _Sheet) -> Iterator[tuple[int, Image.Image]]:
    """(gap above, picture) from top to bottom."""

    def text(words: str | None, style: _Style) -> Iterator[tuple[int, Image.Image]]:
        if words:
            yield style.gap_px, _text(words, style, paper, sheet.margin_px)

    yield from text(content.office_name, sheet.office)
    yield from text(f"{content.issued_date} · {content.issued_time}", sheet.issued)
    yield RULE_GAP_PX, _rule(paper, sheet.margin_px)
    yield from text(content.number_label, sheet.label)
    yield 14, _number(content.number, paper, sheet.margin_px)
    if content.priority_text:
        yield sheet.mark.gap_px, _mark(content.priority_text, sheet.mark, paper, sheet.margin_px)
    yield from text(content.service_name, sheet.service)
    if content.notice_text:
        yield sheet.mark.gap_px, _mark(content.notice_text, sheet.mark, paper, sheet.margin_px)
    if content.ahead_text or content.wait_text or content.qr_url:
        yield RULE_GAP_PX, _rule(paper, sheet.margin_px)
    yield from text(content.ahead_text, sheet.fact)
    yield from text(content.wait_text, sheet.fact)
    if content.qr_url:
        yield 16, _qr(content.qr_url, paper)
        yield from text(content.qr_caption, sheet.small)
    if content.hotline_text or content.footer:
        yield RULE_GAP_PX, _rule(paper, sheet.margin_px)
    yield from text(content.hotline_text, sheet.small)
    yield from text(content.footer, sheet.small)


def _text(words: str, style: _Style, paper: Paper, margin_px: int) -> Image.Image:
    """Centred, wrapped, black on white."""
    face = font(style.weight, style.size_px)
    lines = wrap(_DIGIT_GROUPS.sub(NO_BREAK_SPACE, words), paper - 2 * margin_px, face.getlength)
    step = round(style.size_px * LINE_HEIGHT_EM)
    block = Image.new("1", (paper, step * len(lines)), WHITE)
    pen = ImageDraw.Draw(block)
    pen.fontmode = "1"
    for index, line in enumerate(lines):
        x = (paper - face.getlength(line)) // 2
        baseline = index * step + round(style.size_px * ASCENT_EM)
        pen.text((x, baseline), line, font=face, fill=BLACK, anchor="ls")
    return block


def _number(number: str, paper: Paper, margin_px: int) -> Image.Image:
    """The number at full height; on narrow paper the glyphs get narrower, never lower."""
    cap_px = round(NUMBER_CAP_MM * DOTS_PER_MM)
    face = font(Weight.EXTRABOLD, round(cap_px / CAP_HEIGHT_EM))
    left, top, right, bottom = face.getbbox(number, anchor="ls")
    glyphs = Image.new("L", (round(right - left), round(bottom - top)), 255)
    ImageDraw.Draw(glyphs).text((-left, -top), number, font=face, fill=0, anchor="ls")
    room = paper - 2 * margin_px
    if glyphs.width > room:
        glyphs = glyphs.resize((room, glyphs.height), Image.Resampling.LANCZOS)
    block = Image.new("1", (paper, glyphs.height), WHITE)
    sharp = glyphs.convert("1", dither=Image.Dither.NONE)
    block.paste(sharp, ((paper - glyphs.width) // 2, 0))
    return block


def _mark(words: str, style: _Style, paper: Paper, margin_px: int) -> Image.Image:
    """White on black with a frame: seen at a glance, and a shape as well as a word."""
    pad = style.size_px // 2
    inner = _text(words, style, paper, margin_px + pad)
    block = Image.new("1", (paper, inner.height + 8), WHITE)
    block.paste(inner, (0, 4))
    ink = Image.eval(block.convert("L"), lambda v: 255 - v)
    band = Image.new("1", block.size, WHITE)
    used = inner.convert("L").point(lambda v: 255 - v).getbbox() or (0, 0, paper, 0)
    left, right = max(used[0] - pad, margin_px), min(used[2] + pad, paper - margin_px)
    box = Image.new("L", block.size, 0)
    ImageDraw.Draw(box).rounded_rectangle((left, 0, right - 1, block.height - 1), 12, fill=255)
    band.paste(ink.convert("1", dither=Image.Dither.NONE), (0, 0), box.convert("1"))
    return band


def _rule(paper: Paper, margin_px: int) -> Image.Image:
    block = Image.new("1", (paper, 3), WHITE)
    ImageDraw.Draw(block).rectangle((margin_px, 0, paper - margin_px - 1, 2), fill=BLACK)
    return block


def _qr(url: str, paper: Paper) -> Image.Image:
    """QR level M, whole dots a module, at least QR_MM_MIN wide without its quiet zone."""
    code = segno.make_qr(url, error="m")
    modules = len(code.matrix)
    wanted_px = QR_MM_MIN * DOTS_PER_MM
    scale = -(-wanted_px // modules)
    while scale > 1 and (modules + 2 * QR_QUIET_MODULES) * scale > paper:
        scale -= 1
    side = modules * scale
    block = Image.new("1", (paper, side + 2 * scale), WHITE)
    pen = ImageDraw.Draw(block)
    x0, y0 = (paper - side) // 2, scale
    for row, line in enumerate(code.matrix):
        for column, dark in enumerate(line):
            if dark:
                x, y = x0 + column * scale, y0 + row * scale
                pen.rectangle((x, y, x + scale - 1, y + scale - 1), fill=BLACK)
    return block
