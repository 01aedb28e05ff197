"""Figures by definition, days and hours of the office, files that no spreadsheet runs, charts, the command."""

import asyncio
import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import Rejected
from contracts.messages import counters as c
from contracts.messages.tickets import IssueTicket
from contracts.settings import Office
from queue_server.application.waits import By, WaitsQuery, waits_query
from queue_server.reports import ReportSource
from queue_server.reports import source as source_module
from queue_server.reports.cli import NICE, main
from queue_server.reports.database import visits
from queue_server.reports.figures import percentile
from queue_server.reports.files import safe
from runtime.cli_options import SAMPLE_OFFICE
from runtime.clock import Clock, to_ms
from runtime.config import load_office
from tests.support.stores import OFFICE, Day

DAY = date(2026, 11, 23)
MIN_MS = 60_000
SCHEMA = """CREATE TABLE tickets (id TEXT, day TEXT, number TEXT, service TEXT, priority TEXT, lang TEXT, state TEXT,
    issued_ms INTEGER, order_ms INTEGER, called_ms INTEGER, started_ms INTEGER, ended_ms INTEGER, counter INTEGER,
    result TEXT)"""


def at(hour_utc: int, minute: int = 0) -> int:
    return to_ms(datetime(2026, 11, 23, hour_utc, minute, tzinfo=UTC))


def ticket(
    service: str, issued_ms: int, wait_min: float | None, state: str = "done", day: str = "2026-11-23", **more: object
) -> tuple[object, ...]:
    called = None if wait_min is None else issued_ms + round(wait_min * MIN_MS)
    started = more.get("started_ms")
    ended = more.get("ended_ms")
    priority, counter = more.get("priority", "normal"), more.get("counter")
    return (
        "x",
        day,
        f"{service}001",
        service,
        priority,
        "vi",
        state,
        issued_ms,
        more.get("order_ms", issued_ms),
        called,
        started,
        ended,
        counter,
        None,
    )


class Books:
    """A database with these tickets, and the reports of it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "office.sqlite"
        self.office: Office = load_office(SAMPLE_OFFICE)
        with sqlite3.connect(self.path) as connection:
            connection.execute(SCHEMA)
        self.source = ReportSource(self.path, self.office)

    def add(self, *tickets: tuple[object, ...]) -> None:
        with sqlite3.connect(self.path) as connection:
            connection.executemany(f"INSERT INTO tickets VALUES ({','.join('?' * 14)})", tickets)

    def waits(self, *by: By, first: date = DAY, last: date = DAY):  # type: ignore[no-untyped-def]  # WaitsReport
        return self.source.waits_now(WaitsQuery(first, last, by), "vi")


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


def test_a_twin_that_nobody_held_is_not_counted(books: Books) -> None:
    books.add(ticket("A", at(2), 5), ticket("A", at(2), None, "void"), ticket("A", at(2), None, "cancelled"))
    assert books.waits().total.issued == 2


def test_the_figures_of_a_known_day(books: Books) -> None:
    waits = (5, 10, 15, 20, 31)  # the target of A is 30 minutes
    books.add(*(ticket("A", at(1), wait) for wait in waits))
    row = books.waits(By.SERVICE).rows[0]
    assert (row.key, row.issued, row.called, row.no_shows) == (("A",), 5, 5, 0)
    assert row.mean_s == pytest.approx(sum(waits) * 60 / 5)
    assert (row.median_s, row.p90_s, row.within_target) == (15 * 60, 31 * 60, 0.8)


def test_a_visit_of_several_services_waited_until_its_first_call_for_the_first_of_them(tmp_path: Path) -> None:
    """On the tables as the server writes them: a stage here, one in another queue, a transfer."""
    path = tmp_path / "office.sqlite"
    work = Day(path)
    for service in "AC":
        work.run(IssueTicket(id=work.id(), service=service))
    for minutes, command in (
        (7, c.CallNext(id=work.id(), counter=1)), (1, c.Start(id=work.id(), counter=1)),
        (9, c.Finish(id=work.id(), counter=1, next_service="C")),
        (0, c.CallNumber(id=work.id(), counter=2, number="C001")),
        (1, c.Start(id=work.id(), counter=2)), (5, c.Finish(id=work.id(), counter=2, next_service="A")),
        (1, c.Transfer(id=work.id(), counter=2, to_service="A")),
        (4, c.CallNumber(id=work.id(), counter=3, number="A001")),
        (1, c.Finish(id=work.id(), counter=3)), (1, c.CallNext(id=work.id(), counter=1)),
    ):  # fmt: skip
        work.now_ms += minutes * MIN_MS
        assert [result.error for result in work.run(command)] == [None]
    work.store.close()
    found = ReportSource(path, OFFICE).waits_now(WaitsQuery(DAY, DAY, (By.SERVICE,)), "vi")
    assert [(row.key, row.called, row.mean_s) for row in found.rows] == [(("A",), 1, 7 * 60), (("C",), 1, 17 * 60)]


def test_a_wait_of_exactly_the_target_is_within(books: Books) -> None:
    books.add(ticket("A", at(1), 30), ticket("A", at(1), 30.01))
    assert books.waits(By.SERVICE).rows[0].within_target == 0.5


def test_who_was_never_called_has_no_wait(books: Books) -> None:
    books.add(
        ticket("A", at(1), None, "waiting"), ticket("A", at(1), None, "cancelled"), ticket("A", at(1), 4, "no_show")
    )
    row = books.waits(By.SERVICE).rows[0]
    assert (row.issued, row.called, row.no_shows, row.mean_s) == (3, 1, 1, 240)


def test_the_total_is_of_all_visits_not_of_the_rows(books: Books) -> None:
    books.add(*(ticket("A", at(1), 1) for _ in range(9)), ticket("C", at(1), 101))
    report = books.waits(By.SERVICE)
    assert [row.mean_s for row in report.rows] == [60, 6060]
    assert report.total.mean_s == (9 * 1 + 101) * 60 / 10


def test_hours_and_days_are_the_offices(books: Books) -> None:
    books.add(
        ticket("A", at(0, 59), 1),  # 07:59 in Vietnam
        ticket("A", at(1, 0), 1),  # 08:00
        ticket("A", at(17, 30), 1, day="2026-11-24"),  # half past midnight: the next business day
    )
    keys = [row.key for row in books.waits(By.HOUR).rows]
    assert keys == [("07",), ("08",)]
    both = books.waits(By.DAY, By.HOUR, last=date(2026, 11, 24))
    assert [row.key for row in both.rows] == [("2026-11-23", "07"), ("2026-11-23", "08"), ("2026-11-24", "00")]


def test_every_grouping(books: Books) -> None:
    books.add(ticket("A", at(1), 1, counter=3, priority="elderly"), ticket("A", at(1), None, "waiting"))
    report = books.waits(By.COUNTER, By.PRIORITY)
    assert [row.key for row in report.rows] == [("", "normal"), ("03", "elderly")]
    assert books.waits().rows[0].key == ()


def test_a_range_of_many_pieces_has_every_day_once(books: Books) -> None:
    first, days = DAY - timedelta(days=99), 100
    for n in range(days):
        books.add(ticket("A", at(1) + n, 1, day=str(first + timedelta(days=n))))
    report = books.waits(By.DAY, first=first, last=DAY)
    assert [(row.key[0], row.issued) for row in report.rows] == [
        (str(first + timedelta(days=n)), 1) for n in range(days)
    ]  # fmt: skip
    assert books.waits(By.DAY, first=first + timedelta(days=1), last=DAY - timedelta(days=1)).total.issued == days - 2


def test_a_report_in_the_making_does_not_hold_the_log_back(books: Books) -> None:
    """The writer's checkpoint passes although somebody is still reading what it read."""
    with closing(sqlite3.connect(books.path)) as writer:
        writer.execute("PRAGMA journal_mode=WAL").close()
        books.add(*(ticket("A", at(1) + n, 1) for n in range(50)))
        query = WaitsQuery(DAY - timedelta(days=99), DAY, ())
        reading = visits(books.path, query, "Asia/Ho_Chi_Minh")
        next(reading)
        books.add(ticket("A", at(2), 1))
        _, pages, moved = writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        assert pages == moved > 0
        assert sum(1 for _ in reading) == 49


def test_an_empty_day_is_empty(books: Books) -> None:
    report = books.waits(By.SERVICE)
    assert report.rows == ()
    assert (report.total.issued, report.total.mean_s, report.total.within_target) == (0, None, None)
    assert books.source.csv(report, "vi").count(b"\r\n") > 3
    assert b"<svg" in books.source.chart(report, "vi")


def test_a_clock_that_was_set_back_gives_no_negative_wait(books: Books) -> None:
    books.add(ticket("A", at(2), -5))
    assert books.waits(By.SERVICE).rows[0].mean_s == 0


def test_a_missing_database_is_said(tmp_path: Path) -> None:
    source = ReportSource(tmp_path / "none.sqlite", load_office(SAMPLE_OFFICE))
    with pytest.raises(Rejected) as caught:
        source.waits_now(WaitsQuery(DAY, DAY), "vi")
    assert caught.value.code == "storage_unavailable"
    assert not (tmp_path / "none.sqlite").exists()
    with pytest.raises(Rejected):
        asyncio.run(source.counter_day(DAY, 1))


@pytest.mark.parametrize(
    ("slot_min", "wait_min"),
    [(30, 15.0), (-8, 45.0), (60, 0.0)],  # came early; came late and keeps the slot; called before the slot
)
def test_who_comes_early_to_an_appointment_does_not_wait_before_it(
    books: Books, slot_min: int, wait_min: float
) -> None:
    books.add(ticket("A", at(2), 45, order_ms=at(2) + slot_min * MIN_MS))
    row = books.waits().rows[0]
    assert row.mean_s == wait_min * 60


def test_a_database_without_tickets_is_said(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "empty.sqlite").close()
    (tmp_path / "empty.sqlite").touch()
    with pytest.raises(Rejected, match="tickets"):
        ReportSource(tmp_path / "empty.sqlite", load_office(SAMPLE_OFFICE)).waits_now(WaitsQuery(DAY, DAY), "vi")


def test_reports_cannot_write(books: Books) -> None:
    from queue_server.reports.database import connect

    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connect(books.path).execute("DELETE FROM tickets")


def test_a_counters_day(books: Books) -> None:
    start = at(1)
    books.add(
        ticket("A", start, 5, counter=1, started_ms=start, ended_ms=start + 6 * MIN_MS),
        ticket("A", start, 5, counter=1, started_ms=start, ended_ms=start + 2 * MIN_MS),
        ticket("A", start, 5, "no_show", counter=1),
        ticket("A", start, 5, "serving", counter=1, started_ms=start),
        ticket("A", start, 5, counter=2, started_ms=start, ended_ms=start + 99 * MIN_MS),
    )
    day = asyncio.run(books.source.counter_day(DAY, 1))
    assert (day.served, day.no_shows, day.mean_serving_s) == (2, 1, 240)
    empty = asyncio.run(books.source.counter_day(DAY, 7))
    assert (empty.served, empty.no_shows, empty.mean_serving_s) == (0, 0, None)


# ---- percentiles ----


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([7], 0.5, 7),
        ([1, 2], 0.5, 1),
        ([1, 2, 3], 0.5, 2),
        (range(1, 11), 0.9, 9),
        (range(1, 12), 0.9, 10),
        ([3], 0.9, 3),
    ],
)
def test_percentiles(values: Sequence[int], share: float, expected: float) -> None:
    assert percentile(list(values), share) == expected


@given(st.lists(st.floats(0, 1e6), min_size=1), st.sampled_from([0.5, 0.9]))
def test_a_percentile_is_a_value_that_enough_do_not_exceed(values: list[float], share: float) -> None:
    ordered = sorted(values)
    found = percentile(ordered, share)
    assert found in ordered
    assert sum(value <= found for value in ordered) >= share * len(ordered)
    assert sum(value < found for value in ordered) < share * len(ordered) + 1e-9


# ---- query ----


def test_a_query_of_typed_words() -> None:
    assert waits_query(None, None, "service", today=DAY) == WaitsQuery(DAY, DAY, (By.SERVICE,))
    assert waits_query("2026-11-02", None, "", today=DAY) == WaitsQuery(date(2026, 11, 2), date(2026, 11, 2), ())
    assert waits_query("2026-11-02", "2026-11-03", " hour ,hour,service", today=DAY).by == (By.HOUR, By.SERVICE)


@pytest.mark.parametrize(
    ("first", "last", "by"),
    [("x", None, ""), ("2026-13-01", None, ""), ("2026-11-3", None, ""), ("20261103", None, ""),
     (None, "2026-11-22", ""), ("2010-01-01", "2026-01-01", ""), (None, None, "name"), ("2026-W01-1", None, "")],
)  # fmt: skip
def test_a_bad_query(first: str | None, last: str | None, by: str) -> None:
    with pytest.raises(Rejected) as caught:
        waits_query(first, last, by, today=DAY)
    assert caught.value.code == "malformed"


# ---- files ----


def rows_of(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_file_reads_back(books: Books) -> None:
    books.add(ticket("A", at(1), 10), ticket("C", at(2), 20.5))
    rows = rows_of(books.source.csv(books.waits(By.SERVICE, By.HOUR), "vi"))
    assert rows[0][:3] == ["Lĩnh vực", "Giờ lấy số", "Số phiếu"]
    assert rows[1] == ["A Hộ tịch", "08:00", "1", "1", "0", "10.0", "10.0", "10.0", "100.0 %"]
    assert rows[2][:2] == ["C Chứng thực", "09:00"]
    assert rows[3][:4] == ["Tất cả", "", "2", "2"]
    assert {len(row) for row in rows[:4]} == {9}
    assert any(row and row[0].startswith("Thời gian chờ:") for row in rows[4:])
    english = rows_of(books.source.csv(books.waits(By.SERVICE), "en"))
    assert english[0][0] == "Service"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "|calc", "%x"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert safe(cell) == f"'{cell}"


def test_a_formula_in_a_name_is_defused(books: Books) -> None:
    import msgspec

    first = msgspec.structs.replace(books.office.priority[0], name={"vi": '=HYPERLINK("http://evil")'})
    office = msgspec.structs.replace(books.office, priority=[first])
    books.add(ticket("A", at(1), 1, priority=first.code))
    source = ReportSource(books.path, office)
    content = source.csv(books.waits(By.PRIORITY), "vi").decode()
    assert "'=HYPERLINK" in content


def test_the_chart_needs_nothing_from_elsewhere(books: Books) -> None:
    books.add(*(ticket(code, at(1 + i), 5 + i) for i, code in enumerate("ACEFHLSU")))
    for by in (By.SERVICE, By.HOUR, By.COUNTER):
        picture = books.source.chart(books.waits(by), "vi").decode()
        assert "<script" not in picture
        assert "@import" not in picture
        urls = {part.split('"')[0].split("'")[0].split(" ")[0] for part in picture.split("http://")[1:]}
        assert all(url.startswith("www.w3.org/") for url in urls), urls
        assert 'href="http' not in picture
    assert "Hộ tịch" in books.source.chart(books.waits(By.SERVICE), "vi").decode()
    assert "08:00" in books.source.chart(books.waits(By.HOUR), "vi").decode()


# ---- command, long ranges ----


def test_the_command_prints_json_and_csv(books: Books, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    books.add(ticket("A", at(1), 10))
    words = ["waits", "--database", str(books.path), "--from", "2026-11-23", "--by", "service,hour"]
    assert main(words) == 0
    found = json.loads(capfdbinary.readouterr().out)
    assert found["rows"][0]["key"] == ["A", "08"]
    assert "wait" in found["definitions"]
    assert main([*words, "--format", "csv", "--lang", "en"]) == 0
    assert rows_of(capfdbinary.readouterr().out)[0][0] == "Service"


def test_the_command_takes_today(books: Books, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    clock = Clock(wall_ms=lambda: at(18))  # already Tuesday in Vietnam
    main(["waits", "--database", str(books.path)], clock)
    assert json.loads(capfdbinary.readouterr().out)["first"] == "2026-11-24"


def test_the_command_refuses_with_a_code(tmp_path: Path) -> None:
    cases = (
        (["--from", "x", "--database", __file__], "malformed"),
        (["--by", "mood", "--database", __file__], "malformed"),
        (["--data", str(tmp_path)], "file_unreadable"),
        (["--format", "xls"], "usage"),
    )
    for more, code in cases:
        done = subprocess.run(
            [sys.executable, "-m", "queue_server.reports", "waits", *more], capture_output=True, text=True
        )
        assert done.returncode == 2, more
        assert done.stderr.startswith(f"motcua: error[{code}]"), done.stderr


def test_a_long_range_is_computed_elsewhere_and_is_the_same(books: Books) -> None:
    books.add(*(ticket("A", at(1), i, day=f"2026-{1 + i % 12:02d}-15") for i in range(60)))
    source = ReportSource(books.path, books.office, SAMPLE_OFFICE)
    query = WaitsQuery(date(2026, 1, 1), date(2026, 12, 31), (By.DAY,))
    assert asyncio.run(source.waits(query, "en")) == books.source.waits_now(query, "en")


def test_a_long_report_that_fails_keeps_its_code(tmp_path: Path) -> None:
    source = ReportSource(tmp_path / "none.sqlite", load_office(SAMPLE_OFFICE), SAMPLE_OFFICE)
    with pytest.raises(Rejected) as caught:
        asyncio.run(source.waits(WaitsQuery(date(2025, 1, 1), DAY), "vi"))
    assert caught.value.code == "file_unreadable"


def test_a_long_report_that_hangs_is_ended(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_module, "PROCESS_S_MAX", 0.01)
    source = ReportSource(books.path, books.office, SAMPLE_OFFICE)
    with pytest.raises(Rejected) as caught:
        asyncio.run(source.waits(WaitsQuery(date(2025, 1, 1), DAY), "vi"))
    assert caught.value.code == "busy"


def _nice_of_a_report() -> int | None:
    """Of a child of this thread that computes a report and has stepped back."""
    for child in Path(f"/proc/{os.getpid()}/task/{threading.get_native_id()}/children").read_text().split():
        with suppress(OSError):
            nice = int(Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[16])
            if nice and b"queue_server.reports" in Path(f"/proc/{child}/cmdline").read_bytes():
                return nice
    return None


def test_a_long_report_gives_way_to_everybody(books: Books) -> None:
    source = ReportSource(books.path, books.office, SAMPLE_OFFICE)

    async def seen() -> set[int | None]:
        report = asyncio.create_task(source.waits(WaitsQuery(date(2025, 1, 1), DAY), "vi"))
        found = set()
        while not report.done():
            found.add(_nice_of_a_report())
            await asyncio.sleep(0.002)
        await report
        return found

    assert asyncio.run(seen()) == {None, NICE}


def test_too_many_long_reports_are_refused_at_once(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_module, "PROCESS_S_MAX", 0.01)
    source = ReportSource(books.path, books.office, SAMPLE_OFFICE)
    most = source_module.PROCESSES_MAX + source_module.WAITING_MAX

    async def ask(count: int) -> list[bool]:
        query = WaitsQuery(date(2025, 1, 1), DAY)
        found = await asyncio.gather(*(source.waits(query) for _ in range(count)), return_exceptions=True)
        assert all(isinstance(why, Rejected) and why.code == "busy" for why in found)
        return ["wait already" in str(why) for why in found]

    async def twice() -> None:
        for _ in range(2):  # the second time nobody waits any more
            assert await ask(most + 1) == most * [False] + [True]

    asyncio.run(twice())


def test_a_few_days_need_no_process(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_module, "PROCESS_S_MAX", 0)
    source = ReportSource(books.path, books.office, SAMPLE_OFFICE)
    days = source_module.THREAD_DAYS_MAX
    assert asyncio.run(source.waits(WaitsQuery(DAY - timedelta(days=days - 1), DAY))).total.issued == 0
    with pytest.raises(Rejected):
        asyncio.run(source.waits(WaitsQuery(DAY - timedelta(days=days), DAY)))
