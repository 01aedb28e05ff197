"""One writer, really: a second server is refused, and one that forces its way in ends the first (design.md §4)."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from contracts.errors import Rejected
from queue_server.adapters.store import OfficeStore
from queue_server.adapters.store.database import Where
from queue_server.adapters.store.writing import ChangesWriter
from tests.support.environment import clean
from tests.support.offices import ROOT, T0
from tests.support.stores import ENGINES, NUMBERS, Day, database, everything, query

WAIT_S = 30


@pytest.fixture(params=ENGINES)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Where]:
    with database(request.param, tmp_path) as found:
        yield found


class Peer:
    """A server's store in another process."""

    def __init__(self, where: Where) -> None:
        command = [sys.executable, "-m", "tests.support.store_peer", str(where)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=ROOT, env=clean(), stdin=pipe, stdout=pipe, text=True)
        self.first = self.line()

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def ask(self, order: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()
        return self.line()


@contextmanager
def peer(where: Where) -> Iterator[Peer]:
    made = Peer(where)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.wait(WAIT_S)
        for stream in (made.process.stdin, made.process.stdout):
            assert stream is not None
            stream.close()


def take_the_lock_away(where: Where) -> None:
    """As a network file system that forgets locks, or a database server that lost the first one's session."""
    if isinstance(where, Path):
        (where.parent / "office.lock").unlink()
        return
    query_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'motcua'"
    from tests.support.postgres import cluster

    with cluster().admin() as admin:
        admin.execute(query_all + " AND pid <> pg_backend_pid()")


def test_another_process_is_refused_at_its_start(where: Where) -> None:
    with peer(where) as first:
        assert first.first.startswith("open ")
        with peer(where) as second:
            assert second.first == "refused already_running"
        assert first.ask("take").startswith("committed ")


def test_a_killed_server_leaves_no_lock(where: Where) -> None:
    with peer(where) as first:
        first.ask("take")
        first.process.kill()
        first.process.wait(WAIT_S)
        with Day(where).store as after:
            assert list(after.load(NUMBERS).by_number) == ["A001"]


def test_a_server_that_forces_its_way_in_ends_the_first(where: Where) -> None:
    with peer(where) as first:
        first.ask("take")
        take_the_lock_away(where)
        second = Day(where)
        assert second.store.epoch > int(first.first.split()[1])
        before = everything(where)
        assert first.ask("take") in ("refused fenced", "refused storage_unavailable")  # of a lost line it hears first
        assert first.ask("take") == "refused fenced"
        assert everything(where) == before
        assert second.run(second.take())[0].error is None
        assert sorted(second.state.by_number) == ["A001", "A002"]
        second.store.close()


def test_the_new_server_waits_for_a_commit_under_way_and_then_knows_of_it(
    where: Where, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the check of the epoch and the commit nobody can take the database over."""
    first = Day(where)
    written, go_on = threading.Event(), threading.Event()
    write = ChangesWriter.write

    def slowly(*args: object) -> None:
        write(*args)  # type: ignore[arg-type]
        written.set()
        assert go_on.wait(WAIT_S)

    monkeypatch.setattr(ChangesWriter, "write", slowly)
    committing = threading.Thread(target=lambda: first.run(first.take()))
    committing.start()
    assert written.wait(WAIT_S)
    if isinstance(where, Path):
        take_the_lock_away(where)
    else:  # its session is needed for the commit
        monkeypatch.setattr("queue_server.adapters.store.postgres.PostgresDatabase.claim", lambda *_: True)
    found: list[OfficeStore] = []
    taking_over = threading.Thread(target=lambda: found.append(OfficeStore(where, T0)))
    taking_over.start()
    taking_over.join(0.3)
    assert not found
    go_on.set()
    committing.join(WAIT_S)
    taking_over.join(WAIT_S)
    monkeypatch.undo()
    assert list(found[0].load(NUMBERS).by_number) == ["A001"]
    with pytest.raises(Rejected) as why:
        first.run(first.take())
    assert why.value.code == "fenced"
    found[0].close()
    first.store.close()


def test_the_first_one_notices_without_a_commit(where: Where) -> None:
    first = Day(where)
    first.run(first.take())
    take_the_lock_away(where)
    with Day(where).store:
        codes = []
        for _ in range(2):
            with pytest.raises(Rejected) as why:
                first.store.check()
            codes.append(why.value.code)
    assert codes[-1] == "fenced"
    first.store.close()


def test_the_epoch_is_in_every_transaction(where: Where) -> None:
    """Were it only looked at now and then, the first server could write between two looks."""
    day = Day(where)
    day.run(day.take())
    assert query(where, "SELECT value FROM meta WHERE key = 'epoch'") == [(str(day.store.epoch),)]
    batch = day.decide(day.take())
    take_the_lock_away(where)
    second = Day(where)
    with pytest.raises(Rejected) as why:
        day.store.commit(batch.changes, batch.state)
    assert why.value.code in ("fenced", "storage_unavailable")
    assert list(second.store.load(NUMBERS).by_number) == ["A001"]
    second.store.close()
    day.store.close()
