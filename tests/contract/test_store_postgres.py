"""The store on a PostgreSQL that goes away: killed sessions, restarts, commits whose answer never came."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from contracts.errors import Rejected
from contracts.messages import counters as c
from queue_server.adapters.store import OfficeStore
from queue_server.adapters.store.postgres import LOCK_KEY
from queue_server.adapters.store.writing import ChangesWriter
from tests.support.offices import T0
from tests.support.postgres import Cluster, cluster
from tests.support.stores import NUMBERS, Day, database, everything, query


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with database("postgresql", tmp_path) as found:
        yield str(found)


def end_sessions(url: str) -> None:
    """The database server ends every session of the office, as its administrator or a restart would."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def refused(day: Day, *messages: object) -> str:
    """The code of a batch that is refused; then the state as the writer reads it again."""
    with pytest.raises(Rejected) as why:
        day.run(*messages)
    return why.value.code


def test_a_lost_line_refuses_one_batch_and_is_taken_up_again(url: str) -> None:
    day = Day(url)
    day.run(day.take())
    end_sessions(url)
    before = everything(url)
    assert refused(day, day.take()) == "storage_unavailable"
    assert everything(url) == before
    assert day.store.load(NUMBERS) == day.state
    day.run(day.take())
    assert list(day.state.by_number) == ["A001", "A002"]
    with pytest.raises(Rejected) as why:  # the lock came back with the line
        OfficeStore(url, T0)
    assert why.value.code == "already_running"
    assert query(url, "SELECT value FROM meta WHERE key = 'epoch'") == [(str(day.store.epoch),)]
    day.store.close()


def test_a_line_lost_between_the_writes_and_the_commit_has_written_nothing(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = Day(url)
    day.run(day.take())
    write = ChangesWriter.write

    def then_lost(*args: Any) -> None:
        write(*args)
        end_sessions(url)

    touch = day.take()
    with monkeypatch.context() as patch:
        patch.setattr(ChangesWriter, "write", then_lost)
        assert refused(day, touch) == "storage_unavailable"
    assert day.store.load(NUMBERS) == day.state
    again = day.run(touch)[0]
    assert again.error is None
    assert list(day.state.by_number) == ["A001", "A002"]
    day.store.close()


def test_a_commit_whose_answer_was_lost_is_found_again(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It happened, though it failed for us: the state read again has it, and a retry gets the same ticket."""
    day = Day(url)
    real = psycopg.Connection.commit

    def answer_lost(self: Any) -> None:
        real(self)
        self.close()
        raise psycopg.OperationalError("consuming input failed: server closed the connection unexpectedly")

    touch = day.take()
    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Connection, "commit", answer_lost)
        assert refused(day, touch) == "storage_unavailable"
    day.state = day.store.load(NUMBERS)
    assert list(day.state.by_number) == ["A001"]
    again = day.run(touch)[0]
    assert again.ticket == day.state.by_number["A001"]
    assert len(day.state.tickets) == 1
    day.store.close()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_a_restarted_database_server(url: str, how: signal.Signals) -> None:
    day = Day(url)
    day.busy_morning()
    server: Cluster = cluster()
    server.stop(how)
    try:
        assert refused(day, day.take()) == "storage_unavailable"
        with pytest.raises(Rejected) as why:
            day.store.load(NUMBERS)
        assert why.value.code == "storage_unavailable"
        assert refused(day, day.take()) == "storage_unavailable"
    finally:
        server.start()
    assert day.store.load(NUMBERS) == day.state
    day.store.check()
    number = day.run(day.take())[0].ticket
    assert number in day.state.tickets
    with pytest.raises(Rejected):
        OfficeStore(url, T0)
    day.store.close()


def test_the_old_session_may_hold_the_lock_for_a_while(url: str) -> None:
    """A line that broke on our side only: its session lives on until the database server notices."""
    day = Day(url)
    day.run(day.take())
    end_sessions(url)
    with psycopg.connect(url, autocommit=True) as old:
        old.execute("SELECT pg_advisory_lock(%s)", (LOCK_KEY,))
        assert refused(day, day.take()) == "storage_unavailable"
        assert refused(day, day.take()) == "storage_unavailable"
    for _ in range(200):  # the lock goes with that session, a moment after it ended
        try:
            day.store.check()
            break
        except Rejected as why:
            assert why.code == "storage_unavailable"
    day.run(day.take())
    assert list(day.state.by_number) == ["A001", "A002"]
    day.store.close()


def test_a_database_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Rejected) as why:
        OfficeStore(f"postgresql://office@/office?host={tmp_path}", T0)
    assert why.value.code == "storage_unavailable"


def test_a_commit_is_on_disk_before_it_is_told(url: str) -> None:
    day = Day(url)
    with day.store._session.transaction() as connection:
        for name in ("synchronous_commit", "fsync", "full_page_writes"):
            assert connection.exec_driver_sql(f"SHOW {name}").scalar() == "on"
    day.store.close()


def test_readers_cannot_write(url: str) -> None:
    from queue_server.adapters.store.database import database_at

    Day(url).store.close()
    engine = database_at(url).reading_engine()
    with engine.connect() as connection, pytest.raises(Exception, match="read-only"):
        connection.exec_driver_sql("DELETE FROM meta")
    engine.dispose()


def test_no_text_that_the_door_lets_through_is_too_long_for_a_column(url: str) -> None:
    """SQLite does not care about VARCHAR(n); PostgreSQL does. The longest of everything, with four-byte letters."""
    day = Day(url)
    long = "𝟘" * 120
    day.run(day.take(dossier="H" * 64, procedure="P" * 64), actor="http:" + "a" * 64)
    day.run(c.PauseCounter(id="i" * 64, counter=1, reason=long))
    day.run(c.CloseService(id=day.id(), service="A", reason=long))
    assert day.store.load(NUMBERS) == day.state
    assert day.state.counters[1].reason == long
    day.store.close()
