"""Picture or text → ESC/POS bytes, made by python-escpos on its Dummy printer.

Raster is the normal way: Vietnamese sent as text fails on many printers (code page switches leak).
The text form exists for slow serial lines only (57 KB of dots take 60 s at 9600 baud) and says
the same in plain ASCII.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

from escpos.printer import Dummy
from PIL import Image

from kiosk.printing.content import TicketContent
from kiosk.printing.layout import Paper
from kiosk.printing.wrapping import wrap

PROFILE: Final = "TM-T20II"
"""A python-escpos profile that takes 576 dots a line; TM-T88V's refuses them at 512."""
BAND_HEIGHT_PX: Final = 256
"""Dots of height in one GS v 0 command: printers with small buffers choke on a whole ticket."""
_COLUMNS: Final = {Paper.MM58: 32, Paper.MM80: 48}
"""Font A is 12 dots wide on both rolls."""
_FOLDS: Final = str.maketrans({"đ": "d", "Đ": "D", "₫": "d", "–": "-", "—": "-", "·": "-"})


def raster_job(picture: Image.Image) -> bytes:
    """A whole print job for a mode "1" picture: initialise, dots, feed, partial cut.

    Raises ValueError for any other mode (python-escpos would dither it) and for a width that no
    supported roll has.
    """
    if picture.mode != "1" or picture.width not in {int(p) for p in Paper}:
        raise ValueError(f"need a 1-bit picture of 384 or 576 dots, not {picture.mode} {picture.width}")
    device = Dummy(profile=PROFILE)
    device.hw("INIT")
    device.image(picture, impl="bitImageRaster", fragment_height=BAND_HEIGHT_PX)
    return _cut(device)


def text_job(content: TicketContent, paper: Paper = Paper.MM80) -> bytes:
    """The same ticket as ASCII text with a large number: under 1 KB, one second at 9600 baud."""
    device = Dummy(profile=PROFILE)
    device.hw("INIT")
    device.set(align="center")
    columns = _COLUMNS[paper]
    for line in _lines(columns, content.office_name, f"{content.issued_date} {content.issued_time}"):
        device.textln(line)
    device.ln(1)
    for line in _lines(columns, content.number_label):
        device.textln(line)
    device.set(align="center", bold=True, custom_size=True, width=6, height=6)
    device.textln(content.number)
    device.set(align="center", bold=False, custom_size=True, width=1, height=1)
    device.ln(1)
    facts = (
        content.priority_text, content.service_name, content.notice_text, content.ahead_text, content.wait_text,
    )  # fmt: skip
    for line in _lines(columns, *facts, content.hotline_text, content.footer):
        device.textln(line)
    return _cut(device)


def ascii_fold(text: str) -> str:
    """Vietnamese without its marks, for printers fed with text: "Hộ tịch" → "Ho tich"."""
    bare = unicodedata.normalize("NFKD", text.translate(_FOLDS))
    return "".join(c for c in bare if c.isascii() and not unicodedata.combining(c))


def _lines(columns: int, *texts: str | None) -> Iterator[str]:
    for text in texts:
        if text:
            yield from wrap(ascii_fold(text), columns, len)


def _cut(device: Dummy) -> bytes:
    device.cut(mode="PART", feed=True)
    return bytes(device.output)
