"""Make assets/samples/dossiers.csv again: the same 200 fictional dossiers on every run.

    python provisioning/make_samples.py [--out FILE]

Nobody in it is real: unit code H00, identity numbers of province 000, phone numbers 0000…, names made of
words like "Mẫu" and "Giả Định". Header names are those of the national portal's sync interface, plus
MaTraCuu, the four characters printed on a receipt that a look-up asks for.
"""

import argparse
import csv
import json
import random
from datetime import date, datetime, time, timedelta
from pathlib import Path

SAMPLES = Path(__file__).resolve().parent.parent / "assets" / "samples"
MADE_AT = datetime(2026, 11, 20, 16, 0)  # noqa: DTZ001 - local office time, as in the file; "late" is relative to it
FIRST_DAY = date(2026, 10, 1)
LAST_DAY = date(2026, 11, 20)
LATE_BEFORE = date(2026, 10, 23)  # received by then and still at work: late on the day the file was made
DONE_BEFORE = date(2026, 11, 16)  # finished dossiers were received by then, so that their end fits in
AT_WORK = (1, 2, 4, 5, 6)  # the national states that have not ended
A_STATE = 20  # dossiers in each of the ten national states
SEED = 20261120
COLUMNS = (
    "MaHoSo",
    "MaTTHC",
    "TenTTHC",
    "MaLinhVuc",
    "TenLinhVuc",
    "ChuHoSo",
    "LoaiDoiTuong",
    "MaDoiTuong",
    "SoDienThoai",
    "NgayTiepNhan",
    "NgayHenTra",
    "TrangThaiHoSo",
    "NgayTra",
    "NgayKetThucXuLy",
    "DonViXuLy",
    "GhiChu",
    "MaTraCuu",
)
FIELD_CODES = {
    "Hộ tịch": "HT",
    "Nuôi con nuôi": "NCN",
    "Chứng thực": "CT",
    "Cư trú": "CTR",
    "Hộ kinh doanh": "HKD",
    "Đất đai": "DD",
    "Đăng ký BPBĐ": "BPBD",
    "Xây dựng": "XD",
    "Bảo trợ xã hội": "BTXH",
    "Giảm nghèo": "GN",
}
SURNAMES = ("NGUYỄN", "TRẦN", "LÊ", "PHẠM", "HOÀNG", "VŨ", "ĐẶNG", "BÙI", "ĐỖ", "HỒ", "NGÔ", "ĐINH")
MIDDLES = ("VĂN", "THỊ", "HỮU", "NGỌC", "ĐỨC", "THU")
GIVEN = ("MẪU", "VÍ DỤ", "THỬ", "GIẢ ĐỊNH", "MINH HỌA", "TƯỞNG TƯỢNG", "HƯ CẤU", "THÍ NGHIỆM")
COMPANIES = ("HỘ KINH DOANH MẪU SỐ {n}", "CÔNG TY TNHH VÍ DỤ {n}")
UNITS = {
    "Đất đai": "Chi nhánh Văn phòng đăng ký đất đai (mẫu)",
    "Đăng ký BPBĐ": "Chi nhánh Văn phòng đăng ký đất đai (mẫu)",
    "Cư trú": "Công an xã Bình An (mẫu)",
    "Hộ kinh doanh": "Phòng Kinh tế (mẫu)",
    "Xây dựng": "Phòng Kinh tế (mẫu)",
    "Bảo trợ xã hội": "Phòng Văn hóa – Xã hội (mẫu)",
    "Giảm nghèo": "Phòng Văn hóa – Xã hội (mẫu)",
}
OTHER_UNIT = "UBND xã Bình An (mẫu)"
HEADS = ("000.00.01.H00", "000.00.12.H00", "H00.12", "H00.12.03")
NOTES = {
    3: "Không thuộc thẩm quyền giải quyết (ví dụ)",
    5: "Bổ sung bản sao giấy tờ tùy thân (ví dụ)",
    6: "Nộp lệ phí theo thông báo (ví dụ)",
    7: "Công dân rút hồ sơ (ví dụ)",
    8: "Dừng theo đề nghị (ví dụ)",
}
RECEIPT_LETTERS = "23456789ACEFHKLMNPRTUVWX"  # without the ones people confuse on paper: 0 O 1 I 5 S 8 B
DEFAULT_DAYS = 7  # for a procedure whose legal limit is not known: only so that the sample has a due date


def stamp(moment: datetime) -> str:
    """A moment as the portal writes it: yyyyMMddHHmmss, local time."""
    return moment.strftime("%Y%m%d%H%M%S")


def working_day(start: date, days: int) -> date:
    """The day `days` working days (Monday to Friday) after `start`."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


def office_time(rng: random.Random, day: date) -> datetime:
    """A random minute of the morning or afternoon opening hours of `day`."""
    start = rng.choice((7 * 60 + 30, 13 * 60 + 30))
    minute = start + rng.randrange(200)
    return datetime.combine(day, time(minute // 60, minute % 60, rng.randrange(60)))


def in_hours(moment: datetime) -> datetime:
    """The moment moved into office hours: weekend to Monday, evening to closing time, night to morning."""
    moment += timedelta(days=max(0, 7 - moment.weekday()) if moment.weekday() >= 5 else 0)
    if moment.hour >= 17:
        return moment.replace(hour=16, minute=59)
    return moment.replace(hour=9) if moment.hour < 8 else moment


def received_on(rng: random.Random, latest: date = LAST_DAY) -> datetime:
    """A reception moment on a working day between the first day and `latest`."""
    while True:
        day = FIRST_DAY + timedelta(days=rng.randrange((latest - FIRST_DAY).days + 1))
        if day.weekday() < 5:
            return min(office_time(rng, day), MADE_AT - timedelta(minutes=5))


def due_at(procedure: dict[str, object], received: datetime) -> datetime:
    """The promised moment by the procedure's limit; unknown limits get DEFAULT_DAYS working days."""
    limit = procedure["limit"]
    end = time(17, 0)
    if not isinstance(limit, dict):
        return datetime.combine(working_day(received.date(), DEFAULT_DAYS), end)
    if limit["kind"] == "same_day":
        return datetime.combine(working_day(received.date(), int(received.hour >= 15)), end)
    if limit["kind"] == "working_days":
        return datetime.combine(working_day(received.date(), int(limit["n"])), end)
    return datetime.combine(received.date() + timedelta(days=int(limit["n"])), end)


def applicant(rng: random.Random, row: int) -> tuple[str, str, str]:
    """(name, LoaiDoiTuong, MaDoiTuong): mostly people, now and then a business without an identity number."""
    if rng.random() < 0.08:
        return rng.choice(COMPANIES).format(n=row), "2", ""
    name = f"{rng.choice(SURNAMES)} {rng.choice(MIDDLES)} {rng.choice(GIVEN)}"
    return name, "1", f"000{rng.randrange(2)}{rng.randrange(50, 99):02d}{rng.randrange(10**6):06d}"


def ending(
    rng: random.Random, state: int, received: datetime, due: datetime
) -> tuple[datetime | None, datetime | None]:
    """(NgayKetThucXuLy, NgayTra): some in time, some late; in office hours, never after MADE_AT."""
    if state in (3, 7, 8):
        return min(in_hours(received + timedelta(hours=rng.randrange(1, 72))), MADE_AT), None
    if state not in (9, 10):
        return None, None
    span = (
        (due - received) * rng.uniform(0.3, 1.0)
        if rng.random() < 0.7
        else due - received + timedelta(days=rng.randrange(1, 6))
    )
    finished = min(in_hours(received + span), MADE_AT - timedelta(hours=2)).replace(microsecond=0)
    returned = min(in_hours(finished + timedelta(hours=rng.randrange(1, 60))), MADE_AT)
    return finished, returned if state == 10 else None


def promise(
    rng: random.Random, row: int, state: int, procedures: list[dict[str, object]]
) -> tuple[dict[str, object], datetime, datetime]:
    """(procedure, received, due): of those still at work half are late on the day the file was made."""
    late = state in AT_WORK and row // 10 % 2 == 0
    latest = LATE_BEFORE if late else LAST_DAY if state in AT_WORK else DONE_BEFORE
    while True:
        procedure = rng.choice(procedures)
        received = received_on(rng, latest)
        due = due_at(procedure, received)
        if state not in AT_WORK or late == (due < MADE_AT):
            return procedure, received, due


def dossier(rng: random.Random, row: int, state: int, procedures: list[dict[str, object]]) -> dict[str, str]:
    """One fictional dossier in the given national state (1..10)."""
    procedure, received, due = promise(rng, row, state, procedures)
    finished, returned = ending(rng, state, received, due)
    field = str(procedure["field"])
    name, kind, identity = applicant(rng, row)
    return {
        "MaHoSo": f"{rng.choice(HEADS)}-{received:%y%m%d}-{row:04d}",
        "MaTTHC": str(procedure["code"]),
        "TenTTHC": str(procedure["name"]),
        "MaLinhVuc": FIELD_CODES[field],
        "TenLinhVuc": field,
        "ChuHoSo": name,
        "LoaiDoiTuong": kind,
        "MaDoiTuong": identity,
        "SoDienThoai": f"0000{rng.randrange(10**6):06d}",
        "NgayTiepNhan": stamp(received),
        "NgayHenTra": "" if state in (1, 3) else stamp(due),  # no promise before, or without, acceptance
        "TrangThaiHoSo": str(state),
        "NgayTra": stamp(returned) if returned else "",
        "NgayKetThucXuLy": stamp(finished) if finished else "",
        "DonViXuLy": UNITS.get(field, OTHER_UNIT),
        "GhiChu": NOTES.get(state, ""),
        "MaTraCuu": "".join(rng.choice(RECEIPT_LETTERS) for _ in range(4)),
    }


def make(procedures: list[dict[str, object]]) -> list[dict[str, str]]:
    """All sample dossiers, in the order of their codes' serials."""
    rng = random.Random(SEED)  # noqa: S311 - sample data, no secret
    coded = [p for p in procedures if p["code"]]
    return [dossier(rng, row + 1, row % 10 + 1, coded) for row in range(10 * A_STATE)]


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description="make the sample dossiers again")
    parser.add_argument("--out", type=Path, default=SAMPLES / "dossiers.csv")
    out: Path = parser.parse_args().out
    procedures = json.loads((SAMPLES / "procedures.json").read_text(encoding="utf-8"))["procedures"]
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(make(procedures))
    print(f"{out}: {10 * A_STATE} dossiers")


if __name__ == "__main__":
    main()
