"""Dossier codes ("mã hồ sơ"): one parser for barcode, keyboard, file and network.

Two families (TT 01/2018/TT-VPCP Art. 19 and QĐ 20/2020/QĐ-TTg): `000.00.01.H00-261118-0001` and
`H00.12-261118-0001`: unit, date of reception YYMMDD, serial in the day. A QR code may carry a URL with the code in it.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from urllib.parse import unquote

from contracts.errors import Rejected

CODE_CHARS_MAX = 64
TEXT_CHARS_MAX = 512  # a URL around a code

_OLD = r"[0-9A-Z]{3}\.[0-9A-Z]{2}\.[0-9A-Z]{2}\.[A-Z][0-9]{2}"
_NEW = r"[A-Z][0-9]{2}(?:\.[0-9]{1,3}){0,3}"
_TAIL = r"-(?P<day>[0-9]{6})-(?P<serial>[0-9]{4,6})"
_OLD_CODE = re.compile(rf"(?P<unit>{_OLD}){_TAIL}")
_NEW_CODE = re.compile(rf"(?P<unit>{_NEW}){_TAIL}")
# Inside a URL a code ends where no further character of a code follows, so that half a code is never taken.
_IN_URL = re.compile(rf"(?<![0-9A-Z.-])(?:{_OLD}|{_NEW})-[0-9]{{6}}-[0-9]{{4,6}}(?![0-9A-Z-])")
_SOCIAL_INSURANCE = re.compile(r"[0-9]{3,6}/20[0-9]{2}/[0-9]{3,8}")
_OLD_SERIAL_DIGITS = 4


class Style(StrEnum):
    """Which rule wrote the code."""

    OLD = "old"  # V1V2V3.Z1Z2.Y1Y2.MX1X2, TT 01/2018
    NEW = "new"  # unit codes of QĐ 20/2020


class Reason(StrEnum):
    """Why a text is no dossier code of this desk."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    CHARACTERS = "characters"  # not plain ASCII: an input method changed it, or it is something else
    PATTERN = "pattern"
    DATE = "date"  # YYMMDD is no day of the calendar
    AMBIGUOUS = "ambiguous"  # a URL with two different codes
    SOCIAL_INSURANCE = "social_insurance"  # a code, but of the social insurance office's desk


@dataclass(frozen=True)
class DossierCode:
    """A well-formed code in its one written form (upper case, no blanks). `text` is what is stored and compared."""

    text: str
    style: Style
    unit: str
    received_on: date
    serial: int

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class NotDossierCode:
    """The text is not a dossier code of this desk, and why."""

    reason: Reason


def read(text: str) -> DossierCode | NotDossierCode:
    """Read a code from whatever a scanner, a person or a file gave; never raises for any text."""
    plain = text.strip(" \t\r\n")
    if not plain:
        return NotDossierCode(Reason.EMPTY)
    if len(plain) > TEXT_CHARS_MAX:
        return NotDossierCode(Reason.TOO_LONG)
    if not plain.isascii() or not plain.isprintable():
        return NotDossierCode(Reason.CHARACTERS)
    plain = plain.upper()
    return _in_url(plain) if "://" in plain else _one(plain)


def parse(text: str) -> DossierCode:
    """The code in `text`; raises `bad_dossier_code` with params `reason` (a `Reason`) when there is none."""
    result = read(text)
    if isinstance(result, NotDossierCode):
        raise Rejected("bad_dossier_code", f"not a dossier code: {result.reason}", reason=str(result.reason))
    return result


def _in_url(url: str) -> DossierCode | NotDossierCode:
    found = set(_IN_URL.findall(unquote(url).upper()))
    if len(found) > 1:
        return NotDossierCode(Reason.AMBIGUOUS)
    return _one(found.pop()) if found else NotDossierCode(Reason.PATTERN)


def _one(plain: str) -> DossierCode | NotDossierCode:
    if len(plain) > CODE_CHARS_MAX:
        return NotDossierCode(Reason.TOO_LONG)
    if _SOCIAL_INSURANCE.fullmatch(plain):
        return NotDossierCode(Reason.SOCIAL_INSURANCE)
    style, found = Style.OLD, _OLD_CODE.fullmatch(plain)
    if found is not None and len(found["serial"]) != _OLD_SERIAL_DIGITS:
        return NotDossierCode(Reason.PATTERN)
    if found is None:
        style, found = Style.NEW, _NEW_CODE.fullmatch(plain)
    if found is None:
        return NotDossierCode(Reason.PATTERN)
    day = _day(found["day"])
    if day is None:
        return NotDossierCode(Reason.DATE)
    return DossierCode(plain, style, found["unit"], day, int(found["serial"]))


def _day(yymmdd: str) -> date | None:
    try:
        return date(2000 + int(yymmdd[:2]), int(yymmdd[2:4]), int(yymmdd[4:]))
    except ValueError:
        return None
