"""The disk is full, the database is locked, under load: commands are refused, nothing that was told is lost, the boards
stay true, and when there is room again the office goes on by itself (design.md §4, Storage trouble)."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.broker import wait_until
from tests.support.load_check import Records, board_differs, judge, judge_crowd, tables_differ
from tests.support.load_crowd import Crowd, crowd
from tests.support.load_office import LoadedOffice, Monitor, loaded_office
from tests.support.power_cut import FULL, CuttableDisk

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

MANY = 80
REFUSED_FULL_MIN = 20
REFUSED_LOCKED_MIN = 3  # each refusal takes as long as the server waits for a lock
LIMIT_S = 60.0
REST_S = 20.0
REFUSED = "storage_unavailable"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[tuple[LoadedOffice, Monitor]]:
    with loaded_office(tmp_path) as found:
        yield found


def await_refusals(people: Crowd, more: int) -> None:
    """So many of the crowd hear that the storage is away."""
    until = people.refused()[REFUSED] + more
    wait_until(lambda: people.refused()[REFUSED] >= until, LIMIT_S, "refusals")


def check_the_end(office: LoadedOffice, monitor: Monitor, people: Crowd) -> None:
    """The crowd goes home: all that they were told is there, and the board is that of the database."""
    people.stop()
    monitor.settle(REST_S)
    assert office.stop() == 0, office.log.read_text()[-3000:]
    records = Records.read(office.data.database)
    assert judge_crowd(records, people) == []
    assert records.calls() == monitor.calls
    assert monitor.board is not None
    assert board_differs(monitor.board, office.data.database) == []
    assert tables_differ(office.data.database) == []


def test_a_full_disk_refuses_and_loses_nothing(office: tuple[LoadedOffice, Monitor]) -> None:
    loaded, monitor = office
    full = loaded.folder / "full"
    loaded.environment[FULL] = str(full)
    disk = CuttableDisk(loaded.data.database.parent, loaded.folder / "cut-log")
    loaded.start(disk.command("queue_server"))
    epoch = monitor.await_epoch_after(0)
    people = crowd(loaded.broker, 1)
    for _ in range(2):
        people.await_more(MANY)
        full.touch()
        await_refusals(people, REFUSED_FULL_MIN)
        assert judge(Records.read_copy(loaded.data.database, loaded.folder / "look"), people.acks()) == []
        full.unlink()
    people.await_more(MANY)
    assert monitor.epoch == epoch, "the same server all the time"
    check_the_end(loaded, monitor, people)


def test_a_locked_database_refuses_and_loses_nothing(office: tuple[LoadedOffice, Monitor]) -> None:
    loaded, monitor = office
    loaded.start()
    epoch = monitor.await_epoch_after(0)
    people = crowd(loaded.broker, 2)
    people.await_more(MANY)
    somebody = sqlite3.connect(loaded.data.database, isolation_level=None)
    somebody.execute("BEGIN IMMEDIATE").close()
    await_refusals(people, REFUSED_LOCKED_MIN)
    somebody.execute("ROLLBACK").close()
    somebody.close()
    people.await_more(MANY)
    assert monitor.epoch == epoch, "the same server all the time"
    check_the_end(loaded, monitor, people)
