"""The store's contract: the same suite on a real SQLite file and on a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect

from contracts.errors import Rejected
from contracts.messages import counters as c
from contracts.messages.common import CounterStatus
from contracts.messages.tickets import IssueTicket
from queue_server.adapters.store import OfficeStore, rows, schema
from queue_server.adapters.store.database import Where, database_at
from queue_server.adapters.store.faults import BadRow
from queue_server.adapters.store.session import Session
from queue_server.application.ports import Entry
from queue_server.application.unit_of_work import Command, decide_batch
from queue_server.domain.apply import apply
from queue_server.domain.events import TicketIssued
from queue_server.domain.model import CounterState, OfficeState
from tests.support.offices import MIN, T0, Counted
from tests.support.stores import ENGINES, NUMBERS, OFFICE, Day, database, everything, meddling, query


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


def test_a_text_that_postgresql_cannot_keep_is_malformed_on_both(where: Where) -> None:
    day = Day(where)
    day.run(day.take())
    before = everything(where)
    commands = [
        day.take(dossier="H00.12\x00"),
        IssueTicket(id="touch\x000001", service="A"),
        c.PauseCounter(id=day.id(), counter=1, reason="a\x00b"),
    ]
    results = day.run(*commands)
    assert [r.error.code if r.error else None for r in results] == ["malformed"] * 3
    assert everything(where) == before
    assert day.run(c.PauseCounter(id=day.id(), counter=1, reason="🙂 a\nb\t\x7f"))[0].error is None
    assert day.store.load(NUMBERS) == day.state
    day.store.close()


def test_a_row_that_does_not_fit_its_columns_is_no_storage_trouble(where: Where) -> None:
    """Else one bad row would refuse its whole batch as if the disk were full, again and again."""
    if not isinstance(where, str):
        return  # SQLite keeps a text of any length
    day = Day(where)
    batch = day.decide(day.take())
    key, outcome = next(iter(batch.changes.outcomes.items()))
    batch.changes.outcomes = {("x" * 81, key[1]): outcome}
    with pytest.raises(BadRow):
        day.store.commit(batch.changes, batch.state)
    assert day.store.load(NUMBERS).seq == 0
    day.run(day.take())
    day.store.close()


def test_new_commands_cost_no_query_and_known_ones_are_found_after_everything(
    where: Where, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = Day(where)
    first = day.take()
    ticket = day.run(first)[0].ticket
    key = [("http:test", first.id)]
    asked: list[int] = []
    transaction = Session.transaction
    monkeypatch.setattr(Session, "transaction", lambda self: asked.append(1) or transaction(self))
    assert day.store.outcomes([("http:test", day.id()) for _ in range(256)]) == {}
    assert asked == []
    assert day.store.outcomes(key)[key[0]].ticket == ticket
    assert asked == [1]
    batch = day.decide(day.take())
    batch.changes.entries[0] = Entry(1, "x", batch.state.day, batch.changes.entries[0].event)  # a number twice
    with pytest.raises(BadRow):
        day.store.commit(batch.changes, batch.state)
    asked.clear()
    assert day.store.outcomes([("http:test", day.id())]) == {}  # what is there is not known now
    assert asked == [1]
    day.state = day.store.load(NUMBERS)
    asked.clear()
    assert day.store.outcomes([("http:test", day.id())]) == {}
    assert asked == []
    assert day.store.outcomes(key)[key[0]].ticket == ticket
    day.store.close()


def test_more_ids_than_are_kept_in_memory_are_asked_for(where: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("queue_server.adapters.store.remembered.KEYS_MAX", 3)
    monkeypatch.setattr("queue_server.adapters.store.office_store.KEYS_MAX", 3)
    day = Day(where)
    touches = [day.take() for _ in range(5)]
    tickets = [day.run(touch)[0].ticket for touch in touches]
    for _ in range(2):
        assert [day.run(touch)[0].ticket for touch in touches] == tickets
        day.store.load(NUMBERS)
    assert len(day.state.tickets) == 5
    day.store.close()


def test_the_cursor_of_published_calls_is_written_only_when_it_moved(where: Where) -> None:
    day = Day(where)
    day.run(day.take())

    def commit(published_seq: int | None) -> None:
        batch = day.decide(day.take())
        batch.changes.published_seq = published_seq
        day.store.commit(batch.changes, batch.state)
        day.state = batch.state

    cursor = "SELECT value FROM meta WHERE key = 'published_seq'"
    commit(None)
    assert query(where, cursor) == []
    commit(2)
    commit(None)
    assert query(where, cursor) == [("2",)]
    with meddling(where, "UPDATE meta SET value = '1' WHERE key = 'published_seq'"):
        pass
    commit(2)
    assert query(where, cursor) == [("1",)]  # not written again
    commit(5)
    assert query(where, cursor) == [("5",)]
    day.store.close()


@pytest.mark.parametrize("found", ["99999999999\n", "no number", "-5", "9" * 40, ""])
def test_a_new_database_has_a_higher_epoch_than_the_one_before(where: Where, tmp_path: Path, found: str) -> None:
    """The disk was replaced and the clock is years back: boards that saw the old epoch must believe the new one."""
    beside = where.parent if isinstance(where, Path) else tmp_path
    first = OfficeStore(where, T0, beside)
    first.close()
    assert (beside / "epoch").read_text() == f"{first.epoch}\n"
    with meddling(where, "UPDATE meta SET value = '5' WHERE key = 'epoch'"):  # as in a new database
        pass
    second = OfficeStore(where, 1_000_000_000_000, beside)
    assert second.epoch == first.epoch + 1
    second.close()
    (beside / "epoch").write_text(found)
    third = OfficeStore(where, T0, beside)
    assert third.epoch > second.epoch
    assert third.epoch < 2**53
    third.close()
