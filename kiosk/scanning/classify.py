"""What a scanned text is: a dossier's receipt, a booking, a ticket, an identity card, … Pure.

Only what the next screen needs is kept: the text of an identity card never leaves this function.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from contracts.dossier_code import DossierCode, NotDossierCode, Reason, read
from contracts.errors import Rejected
from contracts.ids import parse_ticket_number
from contracts.messages.appointments import QR_MARK
from contracts.scan import BadScan, BadScanReason, Scan, Symbology

# A ticket's QR is a page under the office's public address; its last part is the ticket's token (contracts/ids.py).
_TICKET_PATH = re.compile(r"(?:/[a-z0-9-]+)*/(?:t|ticket|tickets)/([a-z2-7]{16})/?")
_TOKEN = re.compile(r"[a-z2-7]{16}")
# The page of a booking has the token behind the # of its address (queue_server/web/static/book.js).
_BOOKING_PATH = re.compile(r"(?:/[a-z0-9-]+)*/book/?")
# Identity card: SoCCCD|SoCMND9|HoTen|ddMMyyyy|Nam/Nữ|… ; one variant lacks the second field; later ones append more.
_IDENTITY = re.compile(r"[0-9]{12}\|(?:[0-9]{0,12}\|)?[^|]+\|[0-9]{8}\|.*", re.DOTALL)
_WEB = ("http", "https")


class ScanKind(StrEnum):
    """Which screen a scan leads to."""

    DOSSIER = "dossier"
    TICKET_TOKEN = "ticket_token"  # noqa: S105 - a word, not a secret
    TICKET_NUMBER = "ticket_number"
    APPOINTMENT = "appointment"
    IDENTITY_CARD = "identity_card"  # "please show the receipt": nothing of the card is kept
    SOCIAL_INSURANCE = "social_insurance"  # a code of another desk
    UNKNOWN = "unknown"  # a text, but nothing this desk knows
    UNREADABLE = "unreadable"
    TOO_LONG = "too_long"


@dataclass(frozen=True)
class ScannedCode:
    """A scan with its meaning. `text`: normalised code, token or number; blank for a card and for unknown texts."""

    kind: ScanKind
    text: str
    symbology: Symbology
    reason: Reason | None = None  # why an unknown text is no dossier code


def classify(scan: Scan | BadScan) -> ScannedCode:
    """The meaning of a scan; never raises."""
    if isinstance(scan, BadScan):
        long = scan.reason is BadScanReason.TOO_LONG
        return ScannedCode(ScanKind.TOO_LONG if long else ScanKind.UNREADABLE, "", Symbology.UNKNOWN)
    booking = _booking(scan.text.strip())
    if booking:
        return ScannedCode(ScanKind.APPOINTMENT, booking, scan.symbology)
    dossier = read(scan.text)
    if isinstance(dossier, DossierCode):
        return ScannedCode(ScanKind.DOSSIER, dossier.text, scan.symbology)
    if _IDENTITY.fullmatch(scan.text):
        return ScannedCode(ScanKind.IDENTITY_CARD, "", scan.symbology)
    if dossier.reason is Reason.SOCIAL_INSURANCE:
        return ScannedCode(ScanKind.SOCIAL_INSURANCE, "", scan.symbology)
    return _ticket(scan) or _unknown(scan, dossier)


def _unknown(scan: Scan, why: NotDossierCode) -> ScannedCode:
    return ScannedCode(ScanKind.UNKNOWN, "", scan.symbology, why.reason)


def _ticket(scan: Scan) -> ScannedCode | None:
    token = _token(scan.text.strip())
    if token:
        return ScannedCode(ScanKind.TICKET_TOKEN, token, scan.symbology)
    try:
        parse_ticket_number(scan.text)
    except Rejected:
        return None
    return ScannedCode(ScanKind.TICKET_NUMBER, scan.text.strip().upper(), scan.symbology)


def _booking(text: str) -> str | None:
    """The token in the QR of a booking, or in the address of its page."""
    token = text.removeprefix(QR_MARK) if text.startswith(QR_MARK) else ""
    if not token:
        try:
            url = urlsplit(text)
        except ValueError:
            return None
        token = url.fragment if url.scheme in _WEB and _BOOKING_PATH.fullmatch(url.path) else ""
    return token if _TOKEN.fullmatch(token) else None


def _token(text: str) -> str | None:
    if _TOKEN.fullmatch(text):
        return text
    try:
        url = urlsplit(text)
    except ValueError:
        return None
    found = _TICKET_PATH.fullmatch(url.path) if url.scheme in _WEB else None
    return found[1] if found else None
