"""One dossier as the office keeps it, and the check that turns a row of text into one.

Field names and codes are those of the national portal's sync interface (DVCQG); its dates are `yyyyMMddHHmmss` in
Vietnamese time, whatever the time zone of this machine.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

import msgspec

from contracts.dossier_code import NotDossierCode, read

PORTAL_TIME = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")  # no summer time since 1975
CELL_CHARS_MAX = 2000
NAME_CHARS_MAX = 300
WORD_CHARS_MAX = 64
YEARS = range(2000, 2100)

STATES: Mapping[int, str] = MappingProxyType(
    {
        1: "Mới đăng ký",
        2: "Được tiếp nhận",
        3: "Không được tiếp nhận",
        4: "Đang xử lý",
        5: "Yêu cầu bổ sung giấy tờ",
        6: "Yêu cầu thực hiện nghĩa vụ tài chính",
        7: "Công dân yêu cầu rút hồ sơ",
        8: "Dừng xử lý",
        9: "Đã xử lý xong",
        10: "Đã trả kết quả",
    }
)
"""The ten national states (TrangThaiHoSo) and their official names, as files may write them."""


class DossierRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier. Personal fields (`applicant`, `identity`, `phone`, `secret`) never leave the server unmasked."""

    code: str  # normalised (contracts/dossier_code.py)
    procedure_code: str = ""
    procedure_name: str
    field_code: str = ""
    field_name: str = ""
    applicant: str = ""
    applicant_kind: str = ""  # LoaiDoiTuong as found: sources disagree about its meaning
    identity: str = ""
    phone: str = ""
    received_at: datetime | None = None
    due_at: datetime | None = None
    state: int  # 1-10
    returned_at: datetime | None = None
    finished_at: datetime | None = None
    unit: str = ""
    note: str = ""
    secret: str = ""  # MaTraCuu, the characters on the receipt


@dataclass(frozen=True)
class RowError:
    """A row that is not taken: its number as a spreadsheet shows it, the column, and why. Never a person's data."""

    row: int
    column: str
    reason: str
    code: str = "csv_bad_row"

    def __str__(self) -> str:
        return f"row {self.row}: {self.column}: {self.reason}"


_TEXTS = {
    "MaTTHC": ("procedure_code", WORD_CHARS_MAX),
    "TenTTHC": ("procedure_name", NAME_CHARS_MAX),
    "MaLinhVuc": ("field_code", WORD_CHARS_MAX),
    "TenLinhVuc": ("field_name", NAME_CHARS_MAX),
    "ChuHoSo": ("applicant", NAME_CHARS_MAX),
    "LoaiDoiTuong": ("applicant_kind", WORD_CHARS_MAX),
    "MaDoiTuong": ("identity", WORD_CHARS_MAX),
    "SoDienThoai": ("phone", WORD_CHARS_MAX),
    "DonViXuLy": ("unit", NAME_CHARS_MAX),
    "GhiChu": ("note", CELL_CHARS_MAX),
    "MaTraCuu": ("secret", 16),
}
_DATES = {
    "NgayTiepNhan": "received_at",
    "NgayHenTra": "due_at",
    "NgayTra": "returned_at",
    "NgayKetThucXuLy": "finished_at",
}
CODE_COLUMN, STATE_COLUMN, NAME_COLUMN = "MaHoSo", "TrangThaiHoSo", "TenTTHC"
REQUIRED = (CODE_COLUMN, NAME_COLUMN, STATE_COLUMN)
COLUMNS = (CODE_COLUMN, STATE_COLUMN, *_TEXTS, *_DATES)
"""Every column that is read; others are ignored."""

_DATE_FORMS = {14: "%Y%m%d%H%M%S", 12: "%Y%m%d%H%M", 8: "%Y%m%d"}
_STATE_BY_NAME = {name.casefold(): state for state, name in STATES.items()}
_DIGITS = re.compile(r"[0-9]+")


class _BadCell(Exception):  # noqa: N818 - becomes a RowError
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


def record_from(row: int, cells: Mapping[str, str]) -> DossierRecord | RowError:
    """Check one row. `cells`: column name → text; missing columns count as blank. Says the first thing wrong."""
    try:
        values: dict[str, Any] = {"code": _code(cells.get(CODE_COLUMN, ""))}
        for column, (field, chars_max) in _TEXTS.items():
            values[field] = _text(column, cells.get(column, ""), chars_max)
        values["state"] = _state(cells.get(STATE_COLUMN, ""))
        for column, field in _DATES.items():
            values[field] = _date(column, cells.get(column, ""))
        _check_order(values)
    except _BadCell as bad:
        return RowError(row, bad.column, bad.reason)
    return DossierRecord(**values)


def _code(cell: str) -> str:
    result = read(cell)
    if isinstance(result, NotDossierCode):
        raise _BadCell(CODE_COLUMN, f"not a dossier code ({result.reason})")
    return result.text


def _text(column: str, cell: str, chars_max: int) -> str:
    text = unicodedata.normalize("NFC", cell.strip())
    if not text and column in REQUIRED:
        raise _BadCell(column, "is blank")
    if len(text) > chars_max:
        raise _BadCell(column, f"is {len(text)} characters long, at most {chars_max}")
    if not text.replace("\n", " ").replace("\r", " ").replace("\t", " ").isprintable():
        raise _BadCell(column, "has a character that cannot be shown")
    return " ".join(text.split())


def _state(cell: str) -> int:
    word = unicodedata.normalize("NFC", cell.strip()).casefold()
    state = _STATE_BY_NAME.get(word)
    if state is None and len(word) <= 2 and word.isascii() and word.isdigit():
        state = int(word)
    if state is None or state not in STATES:
        raise _BadCell(STATE_COLUMN, "is none of the national states 1-10" if word else "is blank")
    return state


def _date(column: str, cell: str) -> datetime | None:
    text = cell.strip()
    if not text:
        return None
    form = _DATE_FORMS.get(len(text)) if _DIGITS.fullmatch(text) else None
    if form is None:
        raise _BadCell(column, "is not a date yyyyMMddHHmmss")
    try:
        moment = datetime.strptime(text, form).replace(tzinfo=PORTAL_TIME)
    except ValueError:
        raise _BadCell(column, "is no moment of the calendar") from None
    if moment.year not in YEARS:
        raise _BadCell(column, "has an impossible year")
    return moment


def _check_order(dates: Mapping[str, Any]) -> None:
    received = dates["received_at"]
    for column, field in _DATES.items():
        moment = dates[field]
        if received is not None and moment is not None and moment.date() < received.date():
            raise _BadCell(column, "is before NgayTiepNhan")
