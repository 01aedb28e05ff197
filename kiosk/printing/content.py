"""What a ticket says, before anybody decides how it looks.

All texts arrive resolved (from `assets/i18n`, see `kiosk.printing.words`) except the ticket's own
facts. A ticket never carries a name, a card number or a dossier code (look.md, "Ticket, 80 mm").
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, fields
from typing import Final

from contracts.errors import Rejected
from contracts.ids import parse_ticket_number

TEXT_CHARS_MAX: Final = 240
"""Longest text of one field: a dozen lines on 80 mm paper; more is a mistake of the caller."""
URL_CHARS_MAX: Final = 200
"""Longest address in the code: QR version 11 at level M, two dots a module on 58 mm paper at worst."""


@dataclass(frozen=True, slots=True)
class TicketContent:
    """One ticket, ready to lay out. Empty or None texts leave no gap on the paper.

    Accents are composed (NFC) and control characters become spaces. Raises `Rejected`:
    `bad_number` for a number that is not a prefix and three digits, `too_large` over a limit.
    """

    number: str
    """Ticket number, `A001`."""
    office_name: str
    service_name: str
    issued_date: str
    """Local date as printed, `22/11/2026`."""
    issued_time: str
    """Local time as printed, `09:41`."""
    number_label: str = ""
    """Words above the number ("Số thứ tự")."""
    ahead_text: str | None = None
    """Whole sentence about people ahead ("Còn 9 người trước ông/bà")."""
    wait_text: str | None = None
    """Expected wait ("Khoảng 20–35 phút"); None when nothing honest can be said."""
    priority_text: str | None = None
    """Priority mark, printed white on black; None for an ordinary ticket."""
    notice_text: str | None = None
    """What this ticket's owner must know of it, printed like the priority mark: that it was given offline."""
    qr_url: str | None = None
    """Address the phone opens; None where phones cannot reach the office."""
    qr_caption: str = ""
    hotline_text: str | None = None
    """Whole line ("Đường dây nóng 0000 000 000")."""
    footer: str | None = None
    lang: str = "vi"

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if value is not None:
                object.__setattr__(self, item.name, _clean(item.name, value))
        parse_ticket_number(self.number)


def _clean(name: str, value: str) -> str:
    limit = URL_CHARS_MAX if name == "qr_url" else TEXT_CHARS_MAX
    composed = unicodedata.normalize("NFC", value)
    spaced = "".join(" " if unicodedata.category(c) == "Cc" else c for c in composed)
    text = re.sub(" +", " ", spaced).strip()
    if len(text) > limit:
        raise Rejected("too_large", f"ticket {name}: {len(text)} characters, at most {limit}")
    return text
