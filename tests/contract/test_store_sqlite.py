"""The store on SQLite: its file, its log, its pragmas, its disk."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy import event as sqlalchemy_event

from contracts.errors import Rejected
from queue_server.adapters.store import OfficeStore, open_store
from queue_server.adapters.store.engine import reading_engine, writing_engine
from tests.support.offices import MIN, T0
from tests.support.stores import NUMBERS, Day


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "db" / "office.sqlite"


def test_durability_settings(path: Path) -> None:
    with OfficeStore(path, T0), writing_engine(path).connect() as connection:
        values = {p: connection.exec_driver_sql(f"PRAGMA {p}").scalar() for p in ("journal_mode", "synchronous")}
    assert values == {"journal_mode": "wal", "synchronous": 2}


def test_a_file_that_is_no_database_is_corrupt(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"this is not a database" * 500)
    with pytest.raises(Rejected) as why:
        OfficeStore(path, T0)
    assert why.value.code == "database_corrupt"


def test_what_a_day_deleted_is_not_left_in_the_log(path: Path) -> None:
    day = Day(path)
    day.run(day.take(dossier="H00.12-261118-0001"))
    day.now_ms += 24 * 60 * MIN
    day.run(day.take())
    for file in path.parent.iterdir():
        assert b"261118" not in file.read_bytes(), file.name
    day.store.close()


def test_a_start_that_fails_gives_its_lock_back(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"this is not a database" * 500)
    for _ in range(2):
        with pytest.raises(Rejected) as why:
            OfficeStore(path, T0)
        assert why.value.code == "database_corrupt"


def test_an_import_without_a_server_gives_its_lock_back(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with pytest.raises(Rejected) as why:
        open_store(tmp_path)
    assert why.value.code == "already_running"
    store.close()
    open_store(tmp_path).close()


@pytest.mark.parametrize("name", ["a?b", "a#b", "a%20b&c", "hồ sơ", "a?mode=memory"])
def test_the_database_is_the_file_that_was_named(tmp_path: Path, name: str) -> None:
    """A path is no URL: what stands after a question mark would be cut off, and two offices would share a file."""
    path = tmp_path / name / "office.sqlite"
    day = Day(path)
    day.run(day.take())
    with reading_engine(path).connect() as reader:
        assert reader.execute(text("SELECT count(*) FROM tickets")).scalar() == 1
    day.store.close()
    assert path.stat().st_size > 0
    assert [found.name for found in tmp_path.iterdir()] == [name]


def test_nobody_else_reads_a_database_that_a_command_made(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir(mode=0o755)
    open_store(tmp_path).close()
    assert (tmp_path / "db").stat().st_mode & 0o077 == 0


def test_a_full_disk_refuses_whole_batches_and_the_day_goes_on_when_there_is_room(path: Path) -> None:
    day = Day(path)
    driver: Any = day.store._session._live().connection.driver_connection
    pages = driver.execute("PRAGMA page_count").fetchone()[0]
    driver.execute(f"PRAGMA max_page_count={pages + 4}")
    refused: list[str] = []
    while not refused:
        try:
            day.run(*(day.take() for _ in range(20)))
        except Rejected as why:
            refused.append(why.code)
    assert refused == ["storage_unavailable"]
    given = sorted(day.state.by_number)
    assert day.store.load(NUMBERS) == day.state
    driver.execute("PRAGMA max_page_count=1000000")
    day.run(day.take())
    assert sorted(day.state.by_number) == [*given, f"A{len(given) + 1:03d}"]
    assert day.store.load(NUMBERS) == day.state
    day.store.close()


def test_a_restart_never_reads_all_of_the_history(path: Path) -> None:
    """Every query of a start finds its rows by an index: with a million tickets a full look takes seconds."""
    day = Day(path)
    day.busy_morning()
    day.now_ms += 24 * 60 * MIN
    day.busy_morning()
    day.store.close()
    asked: set[str] = set()

    def heard(*call: Any) -> None:
        asked.add(call[2])

    sqlalchemy_event.listen(Engine, "before_cursor_execute", heard)
    try:
        with OfficeStore(path, T0) as store:
            store.load(NUMBERS)
            store.unpublished_calls(T0)
    finally:
        sqlalchemy_event.remove(Engine, "before_cursor_execute", heard)
    plans = {}
    with reading_engine(path).connect() as connection:
        for sql in (sql for sql in asked if sql.lstrip().upper().startswith("SELECT")):
            values = ("x",) * sql.count("?")
            plans[sql] = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert len(plans) > 8
    for table in ("journal", "tickets", "blocks", "appointments"):
        assert not {sql: plan for sql, plan in plans.items() if f"SCAN {table}" in plan}
