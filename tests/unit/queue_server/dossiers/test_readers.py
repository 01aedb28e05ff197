"""Files of every kind give the same rows; what is not such a file is refused with a code."""

import io
import json
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from contracts.errors import Rejected
from queue_server.dossiers import readers
from queue_server.dossiers.readers import rows_of
from queue_server.dossiers.records import CELL_CHARS_MAX, RowError

HEADER = ["MaHoSo", "TenTTHC", "TrangThaiHoSo", "NgayHenTra", "Unknown"]
CELLS = ["H00.12-261118-0001", "Đăng ký, khai sinh", "4", "20261120170000", "x"]
WANTED = {
    "MaHoSo": "H00.12-261118-0001",
    "TenTTHC": "Đăng ký, khai sinh",
    "TrangThaiHoSo": "4",
    "NgayHenTra": "20261120170000",
}


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def lines(delimiter: str) -> str:
    return "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in (HEADER, CELLS)) + "\n"


def workbook(rows: list[list[object]], path: Path) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]  # a new workbook has an active sheet
    book.save(path)
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_of_any_delimiter_and_encoding(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = write(tmp_path / "d.csv", lines(delimiter).encode(encoding))
    assert list(rows_of(path)) == [(2, WANTED)]


def test_csv_with_excels_hint_crlf_and_blank_rows(tmp_path: Path) -> None:
    text = "sep=;\r\n" + lines(";").replace("\n", "\r\n") + ";;;;\r\n"
    assert list(rows_of(write(tmp_path / "d.csv", text))) == [(3, WANTED)]


def test_header_names_in_any_case_and_order(tmp_path: Path) -> None:
    text = "trangthaihoso, MAHOSO ,TenTTHC\n4,H00.12-261118-0001,Tách hộ\n"
    rows = list(rows_of(write(tmp_path / "d.csv", text)))
    assert rows == [(2, {"TrangThaiHoSo": "4", "MaHoSo": "H00.12-261118-0001", "TenTTHC": "Tách hộ"})]


def test_xlsx_with_numbers_and_dates_as_excel_keeps_them(tmp_path: Path) -> None:
    row: list[object] = [CELLS[0], CELLS[1], 4, datetime(2026, 11, 20, 17, 0), None]  # noqa: DTZ001 - a cell has no zone
    assert list(rows_of(workbook([HEADER, row], tmp_path / "d.xlsx"))) == [(2, WANTED)]
    row[3] = 20261120170000
    assert list(rows_of(workbook([[], HEADER, row], tmp_path / "e.xlsx"))) == [(3, WANTED)]


@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: {"data": x}])
def test_json(tmp_path: Path, wrap: object) -> None:
    item = {**WANTED, "TrangThaiHoSo": 4, "TaiLieuNop": [{"a": 1}]}
    path = write(tmp_path / "d.json", json.dumps(wrap([item])))  # type: ignore[operator]  # a lambda of the table
    assert list(rows_of(path)) == [(1, WANTED)]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("d.docx", "x", "file_unreadable"),
        ("d.csv", "", "file_unreadable"),
        ("d.csv", "MaHoSo,TenTTHC\n", "csv_missing_column"),
        ("d.csv", "MaHoSo,MaHoSo,TenTTHC,TrangThaiHoSo\n", "file_unreadable"),
        ("d.csv", b"MaHoSo,TenTTHC,TrangThaiHoSo\n\xe1\xe2,x,1\n", "file_unreadable"),
        ("d.csv", ",".join(["x"] * 201), "too_large"),
        ("d.xlsx", "not a zip", "file_unreadable"),
        ("d.json", "{", "file_unreadable"),
        ("d.json", '{"rows": []}', "file_unreadable"),
        ("d.json", "[" * 100_000, "file_unreadable"),
    ],
)
def test_not_such_a_file(tmp_path: Path, name: str, content: str | bytes, code: str) -> None:
    with pytest.raises(Rejected) as refusal:
        list(rows_of(write(tmp_path / name, content)))
    assert refusal.value.code == code


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(Rejected) as refusal:
        rows_of(tmp_path / "none.csv")
    assert refusal.value.code == "file_unreadable"


def test_a_mistyped_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="MaHoSso") as refusal:
        list(rows_of(write(tmp_path / "d.csv", "MaHoSso,TenTTHC,TrangThaiHoSo\n")))
    assert refusal.value.params == {"column": "MaHoSo"}


def test_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(Rejected) as refusal:
        list(rows_of(write(tmp_path / "d.xlsx", buffer.getvalue())))
    assert refusal.value.code == "file_unreadable"


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "d.csv", lines(",") + "a,b,c,d,e\n")
    monkeypatch.setattr(readers, "ROWS_MAX", 1)
    with pytest.raises(Rejected, match="more than 1 rows"):
        list(rows_of(path))
    monkeypatch.setattr(readers, "FILE_BYTES_MAX", 10)
    with pytest.raises(Rejected) as refusal:
        rows_of(path)
    assert refusal.value.code == "too_large"
    big = workbook([HEADER, list(CELLS)], tmp_path / "d.xlsx")
    monkeypatch.setattr(readers, "FILE_BYTES_MAX", 10**6)
    monkeypatch.setattr(readers, "UNPACKED_BYTES_MAX", 100)
    with pytest.raises(Rejected, match="unpacked"):
        list(rows_of(big))


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("a,b,c,d,e,f", "(row)"),
        ('"a"b,b,c,d,e', "(row)"),
        (f"a,{'b' * (CELL_CHARS_MAX + 1)},c,d,e", "TenTTHC"),
    ],
)
def test_a_bad_row_is_reported_and_the_next_is_read(tmp_path: Path, line: str, column: str) -> None:
    text = ",".join(HEADER) + f"\n{line}\n" + ",".join(f'"{c}"' for c in CELLS) + "\n"
    (_, bad), good = rows_of(write(tmp_path / "d.csv", text))
    assert isinstance(bad, RowError)
    assert (bad.row, bad.column) == (2, column)
    assert good == (3, WANTED)


def test_json_items_that_are_no_rows(tmp_path: Path) -> None:
    rows = list(rows_of(write(tmp_path / "d.json", '[5, {"MaHoSo": {"x": 1}}]')))
    assert [(n, e.column) for n, e in rows if isinstance(e, RowError)] == [(1, "(row)"), (2, "MaHoSo")]


SHEET = "xl/worksheets/sheet1.xml"


def damaged(tmp_path: Path, part: str, *changes: tuple[bytes, bytes]) -> Path:
    """A workbook with a good row, in one of whose parts something was replaced."""
    good = workbook([HEADER, list(CELLS)], tmp_path / "good.xlsx")
    path = tmp_path / "damaged.xlsx"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            for old, new in changes if name == part else ():
                assert old in content
                content = content.replace(old, new)
            target.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        (SHEET, b"</worksheet>", b""),  # cut short
        (SHEET, b'r="A2"', b'r="XFDXFD2"'),  # a column that is none
        (SHEET, b'r="2"', b'r="two"'),  # a row that is none
        (SHEET, b'<c r="A2" t="inlineStr">', b'<c r="A2" t="d"><v>99999-99-99</v>'),  # a date that is none
        ("xl/workbook.xml", b"<sheets>", b"<sheets/></workbook>"),  # without a sheet
        ("xl/workbook.xml", b"<", b""),  # no XML at all
        ("[Content_Types].xml", b"<", b"<<"),
    ],
)
def test_a_damaged_workbook_is_refused_whatever_is_wrong_with_it(
    tmp_path: Path, part: str, old: bytes, new: bytes
) -> None:
    path = damaged(tmp_path, part, (old, new))
    with pytest.raises(Rejected) as why:
        list(rows_of(path))
    assert why.value.code == "file_unreadable"


def test_a_workbook_that_claims_a_thousand_million_rows_is_refused_soon(tmp_path: Path) -> None:
    path = damaged(tmp_path, SHEET, (b'<dimension ref="A1:E2" />', b""), (b'<row r="2"', b'<row r="1000000000"'))
    with pytest.raises(Rejected) as why:
        list(rows_of(path))
    assert why.value.code == "too_large"


def test_blank_rows_without_end_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "ROW_NUMBER_MAX", 100)
    with pytest.raises(Rejected) as why:
        list(rows_of(write(tmp_path / "d.csv", lines(",") + "\n" * 200)))
    assert why.value.code == "too_large"
