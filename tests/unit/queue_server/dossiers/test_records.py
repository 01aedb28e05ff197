"""One row of text → one record, or the column that is wrong and why."""

from datetime import UTC, datetime

import pytest

from queue_server.dossiers.importing import check
from queue_server.dossiers.records import STATES, DossierRecord, RowError, record_from

GOOD = {
    "MaHoSo": " 000.00.01.h00-261118-0001 ",
    "MaTTHC": "1.001193",
    "TenTTHC": "Đăng ký  khai sinh",
    "TenLinhVuc": "Hộ tịch",
    "ChuHoSo": "NGUYỄN VĂN MẪU",
    "MaDoiTuong": "000190123456",
    "SoDienThoai": "0000123456",
    "NgayTiepNhan": "20261118083000",
    "NgayHenTra": "20261120170000",
    "TrangThaiHoSo": "4",
    "NgayTra": "",
    "NgayKetThucXuLy": "",
    "DonViXuLy": "UBND xã Bình An (mẫu)",
    "GhiChu": "",
    "MaTraCuu": "7K2F",
}


def test_a_good_row() -> None:
    record = record_from(2, GOOD)
    assert isinstance(record, DossierRecord)
    assert record.code == "000.00.01.H00-261118-0001"
    assert record.procedure_name == "Đăng ký khai sinh"
    assert record.received_at == datetime(2026, 11, 18, 1, 30, tzinfo=UTC)  # 08:30 in Viet Nam
    assert (record.state, record.secret, record.returned_at) == (4, "7K2F", None)


def test_optional_columns_may_be_missing() -> None:
    cells = {key: GOOD[key] for key in ("MaHoSo", "TenTTHC", "TrangThaiHoSo")}
    assert isinstance(record_from(2, cells), DossierRecord)


@pytest.mark.parametrize(("state", "name"), STATES.items())
def test_a_state_by_number_or_by_its_official_name(state: int, name: str) -> None:
    for cell in (str(state), f"{state:02d}", name, name.upper()):
        record = record_from(2, GOOD | {"TrangThaiHoSo": cell})
        assert isinstance(record, DossierRecord)
        assert record.state == state


@pytest.mark.parametrize("cell", ["20261118", "202611181530", "20261118153000"])
def test_date_forms(cell: str) -> None:
    record = record_from(2, GOOD | {"NgayHenTra": cell})
    assert isinstance(record, DossierRecord)
    assert record.due_at is not None


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("MaHoSo", "", "empty"),
        ("MaHoSo", "000.00.01.H00-261318-0001", "date"),
        ("MaHoSo", "03706/2026/07906", "social_insurance"),
        ("TenTTHC", "  ", "blank"),
        ("TenTTHC", "x" * 301, "301 characters"),
        ("ChuHoSo", "A\x00B", "cannot be shown"),
        ("ChuHoSo", "A\u202eB", "cannot be shown"),
        ("MaTraCuu", "1" * 17, "17 characters"),
        ("TrangThaiHoSo", "", "blank"),
        ("TrangThaiHoSo", "0", "1-10"),
        ("TrangThaiHoSo", "11", "1-10"),
        ("TrangThaiHoSo", "-1", "1-10"),
        ("TrangThaiHoSo", "²", "1-10"),
        ("TrangThaiHoSo", "xong", "1-10"),
        ("NgayHenTra", "20/11/2026", "not a date"),
        ("NgayHenTra", "2026112017000", "not a date"),
        ("NgayHenTra", "20261132170000", "calendar"),
        ("NgayHenTra", "20261120250000", "calendar"),
        ("NgayHenTra", "19261120170000", "year"),
        ("NgayHenTra", "20261117170000", "before NgayTiepNhan"),
        ("NgayKetThucXuLy", "20261001", "before NgayTiepNhan"),
    ],
)
def test_a_bad_cell(column: str, cell: str, reason: str) -> None:
    error = record_from(7, GOOD | {column: cell})
    assert isinstance(error, RowError)
    assert (error.row, error.column, error.code) == (7, column, "csv_bad_row")
    assert reason in error.reason


def test_an_error_never_repeats_a_persons_data() -> None:
    error = record_from(7, GOOD | {"NgayHenTra": "x"})
    assert not any(GOOD[key] in str(error) for key in ("ChuHoSo", "MaDoiTuong", "SoDienThoai", "MaTraCuu"))


def test_the_same_code_twice_is_an_error_of_the_second_row() -> None:
    reading = check([(2, GOOD), (3, GOOD | {"MaHoSo": "000.00.01.H00-261118-0001"}), (4, {"MaHoSo": "x"})])
    assert [r.code for r in reading.records] == ["000.00.01.H00-261118-0001"]
    assert [str(e) for e in reading.errors] == [
        "row 3: MaHoSo: the same code as row 2",
        "row 4: MaHoSo: not a dossier code (pattern)",
    ]
