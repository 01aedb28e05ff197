"""The store's contract: the same suite on a real SQLite file and on a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect

from contracts.errors import Rejected
from contracts.messages import counters as c
from contracts.messages.common import CounterStatus
from queue_server.adapters.store import OfficeStore, rows, schema
from queue_server.adapters.store.database import Where, database_at
from queue_server.adapters.store.faults import BadRow
from queue_server.application.ports import Entry
from queue_server.application.unit_of_work import Command, decide_batch
from queue_server.domain.apply import apply
from queue_server.domain.events import TicketIssued
from queue_server.domain.model import CounterState, OfficeState
from tests.support.offices import MIN, T0, Counted
from tests.support.stores import ENGINES, NUMBERS, OFFICE, Day, database, meddling, query


@pytest.fixture(params=ENGINES)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Where]:
    with database(request.param, tmp_path) as found:
        yield found


def test_migrations_make_exactly_the_schema(where: Where) -> None:
    OfficeStore(where, T0).close()
    with database_at(where).reading_engine().connect() as connection:
        found = inspect(connection)
        names = set(found.get_table_names()) - {"alembic_version"}
        assert names == set(schema.metadata.tables)
        for name, table in schema.metadata.tables.items():
            assert [col["name"] for col in found.get_columns(name)] == [col.name for col in table.c]


def test_what_was_committed_is_loaded_again(where: Where) -> None:
    day = Day(where)
    day.busy_morning()
    day.store.close()
    again = OfficeStore(where, day.now_ms)
    assert again.load(NUMBERS) == day.state
    again.close()


def test_tables_equal_the_journal_played_again(where: Where) -> None:
    day = Day(where)
    day.busy_morning()
    journal = query(where, "SELECT seq, data FROM journal ORDER BY seq")
    assert [seq for seq, _ in journal] == list(range(1, len(journal) + 1))
    replayed = OfficeState(counters={n: CounterState(n, CounterStatus.OPEN) for n in NUMBERS})
    for _, data in journal:
        apply(replayed, rows.event_from(data))
        replayed.seq += 1
    assert replayed == day.state
    day.store.close()


def test_a_retry_after_a_restart_gets_the_same_ticket(where: Where) -> None:
    day = Day(where)
    command = day.take()
    first = day.run(command)[0]
    day.store.close()
    after = Day(where)
    again = after.run(command)[0]
    assert again.ticket == first.ticket  # type: ignore[attr-defined]
    assert len(after.state.tickets) == 1
    after.store.close()


def test_a_second_server_is_refused(where: Where) -> None:
    with OfficeStore(where, T0), pytest.raises(Rejected) as why:
        OfficeStore(where, T0)
    assert why.value.code == "already_running"


def test_a_fenced_server_cannot_commit(where: Where) -> None:
    day = Day(where)
    with meddling(where, "UPDATE meta SET value='9999999999' WHERE key='epoch'"):
        pass
    with pytest.raises(Rejected) as why:
        day.run(day.take())
    assert why.value.code == "fenced"
    assert not day.store.load(NUMBERS).tickets


def test_each_start_has_a_higher_epoch_also_with_a_slow_clock(where: Where) -> None:
    first = OfficeStore(where, T0)
    first.close()
    second = OfficeStore(where, T0 - 1_000_000)
    assert second.epoch > first.epoch
    second.close()


def test_a_number_twice_is_stopped_by_the_database_too(where: Where) -> None:
    day = Day(where)
    day.run(day.take())
    twin = TicketIssued(
        at_ms=T0, ticket="x", number="A001", service="A", priority="normal", lang="vi", token="t", serial=1, order_ms=T0
    )
    batch = decide_batch(day.state, OFFICE, [], {}, T0, Counted())
    apply(batch.state, twin)
    batch.state.seq += 1
    batch.changes.entries.append(Entry(batch.state.seq, "x", batch.state.day, twin))
    batch.changes.tickets["x"] = batch.state.tickets["x"]
    with pytest.raises(BadRow):
        day.store.commit(batch.changes, batch.state)
    assert len(day.store.load(NUMBERS).tickets) == 1
    day.store.close()


def test_a_commit_on_a_locked_database_is_refused_whole(where: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("queue_server.adapters.store.engine.BUSY_MS", 50)
    monkeypatch.setattr("queue_server.adapters.store.postgres.BUSY_MS", 50)
    day = Day(where)
    with meddling(where, "UPDATE meta SET value=value"):
        with pytest.raises(Rejected) as why:
            day.run(day.take())
        assert why.value.code == "storage_unavailable"
    day.state = day.store.load(NUMBERS)
    day.run(day.take())
    assert list(day.state.by_number) == ["A001"]
    day.store.close()


def test_a_database_of_a_newer_version_is_refused(where: Where) -> None:
    OfficeStore(where, T0).close()
    with meddling(where, "UPDATE alembic_version SET version_num='9999'"):
        pass
    with pytest.raises(Rejected) as why:
        OfficeStore(where, T0)
    assert why.value.code == "database_newer"


def test_nothing_personal_is_in_journal_or_tickets(where: Where) -> None:
    day = Day(where)
    day.run(day.take(dossier="H00.12-261118-0001"))
    day.store.close()
    for table in ("journal", "tickets", "outcomes"):
        assert "261118" not in repr(query(where, f"SELECT * FROM {table}"))
    assert "261118" in repr(query(where, "SELECT * FROM personal"))


def test_personal_rows_go_with_their_day(where: Where) -> None:
    day = Day(where)
    day.run(day.take(dossier="H00.12-261118-0001"))
    day.now_ms += 24 * 60 * MIN
    day.run(day.take())
    day.store.close()
    assert query(where, "SELECT count(*) FROM personal") == [(0,)]


def test_calls_not_known_to_be_published_are_found_again(where: Where) -> None:
    day = Day(where)
    day.run(day.take())
    day.run(c.CallNext(id=day.id(), counter=1))
    assert len(day.store.unpublished_calls(T0 - 1000)) == 1
    assert day.store.unpublished_calls(T0 + 1) == []  # too old to be news
    day.store.close()


def test_a_storm_of_recalls_does_not_push_other_calls_off_a_restarted_board(where: Where) -> None:
    day = Day(where)
    for _ in range(3):
        day.run(day.take("C"))
    for n in (2, 3):
        day.run(c.CallNext(id=day.id(), counter=n))
    for _ in range(25):
        day.run(*(c.Recall(id=day.id(), counter=3) for _ in range(10)))
    day.store.close()
    again = OfficeStore(where, day.now_ms)
    assert again.load(NUMBERS).calls == day.state.calls
    assert len(day.state.calls) == 2
    again.close()


def test_a_counter_that_comes_back_into_the_office_file_has_no_ticket_of_another_day(where: Where) -> None:
    day = Day(where)
    day.run(day.take("C"))
    day.run(c.CallNext(id=day.id(), counter=3))
    day.store.close()
    without = OfficeStore(where, T0)
    state = without.load([1, 2])
    tomorrow = T0 + 24 * 60 * MIN
    batch = decide_batch(state, OFFICE, [], {}, tomorrow, day.fresh)
    without.commit(batch.changes, batch.state)
    without.close()
    again = OfficeStore(where, tomorrow)
    state = again.load(NUMBERS)
    assert state.current(3) is None
    again.close()


def test_a_counter_that_comes_back_the_same_day_does_not_share_a_ticket(where: Where) -> None:
    day = Day(where)
    day.run(day.take("C"))
    day.run(c.CallNext(id=day.id(), counter=3))
    day.store.close()
    without = OfficeStore(where, T0)
    state = without.load([1, 2])
    batch = decide_batch(state, OFFICE, [], {}, T0, day.fresh, loaded=True)
    without.commit(batch.changes, batch.state)
    press = Command("http:x", "call-next", c.CallNext(id=day.id(), counter=2))
    batch = decide_batch(batch.state, OFFICE, [press], {}, T0, day.fresh)
    without.commit(batch.changes, batch.state)
    without.close()
    again = OfficeStore(where, T0)
    state = again.load(NUMBERS)
    assert (state.current(2) is not None, state.current(3)) == (True, None)
    again.close()


def test_outcomes_are_kept_over_midnight_and_forgotten_after_two_days(where: Where) -> None:
    day = Day(where)
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


def test_a_board_after_a_restart_names_the_service_a_ticket_was_called_for_then(where: Where) -> None:
    day = Day(where)
    day.run(day.take("A"))
    day.run(c.CallNext(id=day.id(), counter=1))
    day.run(c.Transfer(id=day.id(), counter=1, to_service="C"))
    assert day.store.load(NUMBERS).calls == day.state.calls
    day.run(c.CallNext(id=day.id(), counter=3))
    assert [call.service for call in day.state.calls] == ["C", "A"]
    assert day.store.load(NUMBERS).calls == day.state.calls
    day.store.close()
