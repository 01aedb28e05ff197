"""The store's contract, on a real SQLite file."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from contracts.errors import Rejected
from contracts.messages import counters as c
from contracts.messages.common import CounterStatus
from contracts.messages.tickets import IssueTicket
from queue_server.adapters.store import OfficeStore, open_store, rows, schema
from queue_server.adapters.store.engine import reading_engine, writing_engine
from queue_server.application.ports import Entry
from queue_server.application.unit_of_work import Command, decide_batch
from queue_server.domain.apply import apply
from queue_server.domain.events import TicketIssued
from queue_server.domain.model import CounterState, OfficeState
from tests.support.offices import MIN, T0, Counted, office

OFFICE = office()
NUMBERS = [counter.n for counter in OFFICE.counter]


class Day:
    """Runs commands through decide_batch and the store, as the writer does."""

    def __init__(self, path: Path) -> None:
        self.store = OfficeStore(path, T0)
        self.state = self.store.load(NUMBERS)
        self.now_ms = T0
        self.fresh = Counted()
        self.n = 0

    def run(self, *messages: object, actor: str = "http:test") -> list[object]:
        commands = [Command(actor, "verb", m) for m in messages]
        remembered = self.store.outcomes([x.key for x in commands])
        batch = decide_batch(self.state, OFFICE, commands, remembered, self.now_ms, self.fresh)
        if batch.changes:
            self.store.commit(batch.changes, batch.state)
            self.state = batch.state
        return batch.results

    def id(self) -> str:
        self.n += 1
        return f"command-{self.n:05d}"

    def take(self, service: str = "A", **more: object) -> IssueTicket:
        return IssueTicket(id=self.id(), service=service, **more)  # type: ignore[arg-type]

    def busy_morning(self) -> None:
        for service in "AACCCA":
            self.run(self.take(service))
        self.run(c.CallNext(id=self.id(), counter=1))
        self.run(c.CallNext(id=self.id(), counter=2))
        self.run(c.Recall(id=self.id(), counter=2))
        self.run(c.Start(id=self.id(), counter=1))
        self.now_ms += 5 * MIN
        self.run(c.CallNext(id=self.id(), counter=1))
        self.run(c.NoShow(id=self.id(), counter=2))
        self.run(c.CallNext(id=self.id(), counter=3), c.Hold(id=self.id(), counter=3))
        self.run(c.PauseCounter(id=self.id(), counter=3, reason="họp"))
        self.run(c.CloseService(id=self.id(), service="C"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "db" / "office.sqlite"


def test_migrations_make_exactly_the_schema(path: Path) -> None:
    OfficeStore(path, T0).close()
    with reading_engine(path).connect() as connection:
        found = inspect(connection)
        names = set(found.get_table_names()) - {"alembic_version"}
        assert names == set(schema.metadata.tables)
        for name, table in schema.metadata.tables.items():
            assert [col["name"] for col in found.get_columns(name)] == [col.name for col in table.c]


def test_durability_settings(path: Path) -> None:
    with OfficeStore(path, T0), writing_engine(path).connect() as connection:
        values = {p: connection.exec_driver_sql(f"PRAGMA {p}").scalar() for p in ("journal_mode", "synchronous")}
    assert values == {"journal_mode": "wal", "synchronous": 2}


def test_what_was_committed_is_loaded_again(path: Path) -> None:
    day = Day(path)
    day.busy_morning()
    day.store.close()
    again = OfficeStore(path, day.now_ms)
    assert again.load(NUMBERS) == day.state
    again.close()


def test_tables_equal_the_journal_played_again(path: Path) -> None:
    day = Day(path)
    day.busy_morning()
    with reading_engine(path).connect() as connection:
        journal = connection.execute(text("SELECT seq, data FROM journal ORDER BY seq")).all()
    assert [seq for seq, _ in journal] == list(range(1, len(journal) + 1))
    replayed = OfficeState(counters={n: CounterState(n, CounterStatus.OPEN) for n in NUMBERS})
    for _, data in journal:
        apply(replayed, rows.event_from(data))
        replayed.seq += 1
    assert replayed == day.state
    day.store.close()


def test_a_retry_after_a_restart_gets_the_same_ticket(path: Path) -> None:
    day = Day(path)
    command = day.take()
    first = day.run(command)[0]
    day.store.close()
    after = Day(path)
    again = after.run(command)[0]
    assert again.ticket == first.ticket  # type: ignore[attr-defined]
    assert len(after.state.tickets) == 1
    after.store.close()


def test_a_second_server_is_refused(path: Path) -> None:
    with OfficeStore(path, T0), pytest.raises(Rejected) as why:
        OfficeStore(path, T0)
    assert why.value.code == "already_running"


def test_a_fenced_server_cannot_commit(path: Path) -> None:
    day = Day(path)
    with writing_engine(path).begin() as other:
        other.execute(text("UPDATE meta SET value='9999999999' WHERE key='epoch'"))
    with pytest.raises(Rejected) as why:
        day.run(day.take())
    assert why.value.code == "fenced"
    assert not day.store.load(NUMBERS).tickets


def test_each_start_has_a_higher_epoch_also_with_a_slow_clock(path: Path) -> None:
    first = OfficeStore(path, T0)
    first.close()
    second = OfficeStore(path, T0 - 1_000_000)
    assert second.epoch > first.epoch
    second.close()


def test_a_number_twice_is_stopped_by_the_database_too(path: Path) -> None:
    day = Day(path)
    day.run(day.take())
    twin = TicketIssued(
        at_ms=T0, ticket="x", number="A001", service="A", priority="normal", lang="vi", token="t", serial=1, order_ms=T0
    )
    batch = decide_batch(day.state, OFFICE, [], {}, T0, Counted())
    apply(batch.state, twin)
    batch.state.seq += 1
    batch.changes.entries.append(Entry(batch.state.seq, "x", batch.state.day, twin))
    batch.changes.tickets["x"] = batch.state.tickets["x"]
    with pytest.raises(IntegrityError):
        day.store.commit(batch.changes, batch.state)
    assert len(day.store.load(NUMBERS).tickets) == 1
    day.store.close()


def test_a_commit_on_a_locked_database_is_refused_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("queue_server.adapters.store.engine.BUSY_MS", 50)
    day = Day(path)
    with writing_engine(path).begin() as other:
        other.execute(text("UPDATE meta SET value=value"))
        with pytest.raises(Rejected) as why:
            day.run(day.take())
        assert why.value.code == "storage_unavailable"
    day.run(day.take())
    assert list(day.state.by_number) == ["A001"]
    day.store.close()


def test_a_file_that_is_no_database_is_corrupt(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"this is not a database" * 500)
    with pytest.raises(Rejected) as why:
        OfficeStore(path, T0)
    assert why.value.code == "database_corrupt"


def test_a_database_of_a_newer_version_is_refused(path: Path) -> None:
    OfficeStore(path, T0).close()
    with writing_engine(path).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num='9999'"))
    with pytest.raises(Rejected) as why:
        OfficeStore(path, T0)
    assert why.value.code == "database_newer"


def test_nothing_personal_is_in_journal_or_tickets(path: Path) -> None:
    day = Day(path)
    day.run(day.take(dossier="H00.12-261118-0001"))
    day.store.close()
    with reading_engine(path).connect() as connection:
        for table in ("journal", "tickets", "outcomes"):
            assert "261118" not in repr(connection.execute(text(f"SELECT * FROM {table}")).all())
        assert "261118" in repr(connection.execute(text("SELECT * FROM personal")).all())


def test_personal_rows_go_with_their_day(path: Path) -> None:
    day = Day(path)
    day.run(day.take(dossier="H00.12-261118-0001"))
    day.now_ms += 24 * 60 * MIN
    day.run(day.take())
    day.store.close()
    with reading_engine(path).connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM personal")).scalar() == 0


def test_calls_not_known_to_be_published_are_found_again(path: Path) -> None:
    day = Day(path)
    day.run(day.take())
    day.run(c.CallNext(id=day.id(), counter=1))
    assert len(day.store.unpublished_calls(T0 - 1000)) == 1
    assert day.store.unpublished_calls(T0 + 1) == []  # too old to be news
    day.store.close()


def test_a_storm_of_recalls_does_not_push_other_calls_off_a_restarted_board(path: Path) -> None:
    day = Day(path)
    for _ in range(3):
        day.run(day.take("C"))
    for n in (2, 3):
        day.run(c.CallNext(id=day.id(), counter=n))
    for _ in range(25):
        day.run(*(c.Recall(id=day.id(), counter=3) for _ in range(10)))
    day.store.close()
    again = OfficeStore(path, day.now_ms)
    assert again.load(NUMBERS).calls == day.state.calls
    assert len(day.state.calls) == 2
    again.close()


def test_a_counter_that_comes_back_into_the_office_file_has_no_ticket_of_another_day(path: Path) -> None:
    day = Day(path)
    day.run(day.take("C"))
    day.run(c.CallNext(id=day.id(), counter=3))
    day.store.close()
    without = OfficeStore(path, T0)
    state = without.load([1, 2])
    tomorrow = T0 + 24 * 60 * MIN
    batch = decide_batch(state, OFFICE, [], {}, tomorrow, day.fresh)
    without.commit(batch.changes, batch.state)
    without.close()
    again = OfficeStore(path, tomorrow)
    state = again.load(NUMBERS)
    assert state.current(3) is None
    again.close()


def test_a_counter_that_comes_back_the_same_day_does_not_share_a_ticket(path: Path) -> None:
    day = Day(path)
    day.run(day.take("C"))
    day.run(c.CallNext(id=day.id(), counter=3))
    day.store.close()
    without = OfficeStore(path, T0)
    state = without.load([1, 2])
    batch = decide_batch(state, OFFICE, [], {}, T0, day.fresh, loaded=True)
    without.commit(batch.changes, batch.state)
    press = Command("http:x", "call-next", c.CallNext(id=day.id(), counter=2))
    batch = decide_batch(batch.state, OFFICE, [press], {}, T0, day.fresh)
    without.commit(batch.changes, batch.state)
    without.close()
    again = OfficeStore(path, T0)
    state = again.load(NUMBERS)
    assert (state.current(2) is not None, state.current(3)) == (True, None)
    again.close()


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
    driver: Any = day.store._connection.connection.driver_connection
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


def test_outcomes_are_kept_over_midnight_and_forgotten_after_two_days(path: Path) -> None:
    day = Day(path)
    touch = day.take()
    first = day.run(touch)[0]
    kept = []
    for _ in range(3):
        day.now_ms += 24 * 60 * MIN
        kept.append(bool(day.store.outcomes([("http:test", touch.id)])))
        day.run(day.take())
    assert kept == [True, True, False]
    assert first.ticket is not None  # type: ignore[attr-defined]
    day.store.close()


def test_a_board_after_a_restart_names_the_service_a_ticket_was_called_for_then(path: Path) -> None:
    day = Day(path)
    day.run(day.take("A"))
    day.run(c.CallNext(id=day.id(), counter=1))
    day.run(c.Transfer(id=day.id(), counter=1, to_service="C"))
    assert day.store.load(NUMBERS).calls == day.state.calls
    day.run(c.CallNext(id=day.id(), counter=3))
    assert [call.service for call in day.state.calls] == ["C", "A"]
    assert day.store.load(NUMBERS).calls == day.state.calls
    day.store.close()
