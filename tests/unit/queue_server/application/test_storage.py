"""A writer whose storage is in trouble: what it refuses, what it goes on with, and what it says of itself."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from contracts.errors import Rejected
from contracts.messages import counters as c
from contracts.messages.appointments import BookAppointment, CheckIn
from contracts.messages.leases import LeaseBlocks
from contracts.messages.tickets import CancelTicket, IssueTicket
from contracts.verbs import VERBS
from queue_server.adapters.store import OfficeStore
from queue_server.application.storage import Storage, refuse_newcomers
from queue_server.application.unit_of_work import Command, Result
from queue_server.application.writer import Job, Writer
from runtime.clock import Clock
from tests.support.offices import T0, Counted, office

WAIT_S = 10


class Rig:
    """A real store, which can be told to be in trouble, under a real writer."""

    def __init__(self, path: Path) -> None:
        self.store = OfficeStore(path, T0)
        self.fatal: list[str] = []
        clock = Clock(wall_ms=lambda: T0)
        self.writer = Writer(
            office(), self.store, Counted(), clock, lambda state, _: state.seq, lambda why: self.fatal.append(why.code)
        )
        self.writer.start()

    def ask(self, message: Any) -> Result:
        """One command, alone."""
        answered, found = threading.Event(), []

        def done(result: Result, _state: Any) -> None:
            found.append(result)
            answered.set()

        self.writer.submit(Job(Command("http:x", "verb", message), done))
        assert answered.wait(WAIT_S)
        return found[0]

    def code(self, message: Any) -> str:
        """ok, or the code of the refusal."""
        error = self.ask(message).error
        return "ok" if error is None else error.code

    def tick(self) -> None:
        """Lets time pass."""
        passed = threading.Event()
        self.writer.submit(Job(None, passed=passed.set))
        assert passed.wait(WAIT_S)

    def fail(self, code: str) -> Callable[[], None]:
        """Commits and looks at the store fail from now on, until the returned function is called."""

        def broken(*_: Any) -> None:
            raise Rejected(code, "as told")

        self.store.commit = self.store.check = broken  # type: ignore[method-assign]

        def heal() -> None:
            del self.store.commit, self.store.check

        return heal


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path / "db" / "office.sqlite")
    yield made
    made.writer.stop()
    made.store.close()


def issue(n: int) -> IssueTicket:
    return IssueTicket(id=f"touch-{n:04d}", service="A")


def test_every_verb_is_either_let_in_or_refused_while_closing() -> None:
    newcomers = {IssueTicket, CheckIn, BookAppointment, LeaseBlocks}
    refused = set()
    for verb in VERBS.values():
        try:
            refuse_newcomers(Mock(spec=verb.payload))
        except Rejected as why:
            assert why.code == "storage_unavailable"
            refused.add(verb.payload)
    assert refused == newcomers


def test_while_closing_those_who_wait_are_served_and_nobody_new_is_let_in(rig: Rig) -> None:
    first = rig.ask(issue(1)).ticket
    rig.ask(issue(2))
    rig.store.closing = True
    assert rig.writer.storage is Storage.CLOSING
    assert rig.code(issue(3)) == "storage_unavailable"
    assert rig.ask(issue(1)).ticket == first  # a retry gets what it got then
    assert rig.code(c.CallNext(id="press-0001", counter=1)) == "ok"
    assert rig.code(c.Finish(id="press-0002", counter=1)) == "ok"
    token = next(t.token for t in rig.writer.state.tickets.values() if t.number == "A002")
    assert rig.code(CancelTicket(id="cancel-0001", token=token)) == "ok"
    assert rig.fatal == []


def test_a_tick_finds_room_again(rig: Rig) -> None:
    rig.store.closing = True
    rig.tick()  # the disk of this test has room for the reserve
    assert rig.writer.storage is Storage.OK
    assert rig.code(issue(1)) == "ok"


def test_a_store_that_is_away_is_told_of_until_it_is_back(rig: Rig) -> None:
    heal = rig.fail("storage_unavailable")
    assert rig.code(issue(1)) == "storage_unavailable"
    assert rig.writer.storage is Storage.AWAY
    rig.tick()
    assert rig.writer.storage is Storage.AWAY
    heal()
    rig.tick()
    assert rig.writer.storage is Storage.OK
    assert rig.code(issue(1)) == "ok"
    assert rig.fatal == []


def test_a_commit_that_works_says_so_too(rig: Rig) -> None:
    heal = rig.fail("storage_unavailable")
    rig.ask(issue(1))
    heal()
    assert rig.code(issue(1)) == "ok"
    assert rig.writer.storage is Storage.OK


@pytest.mark.parametrize("code", ["fenced", "database_corrupt"])
def test_an_idle_server_notices_that_the_database_is_lost(rig: Rig, code: str) -> None:
    heal = rig.fail(code)
    rig.tick()
    assert set(rig.fatal) == {code}
    heal()


def test_a_database_lost_while_it_is_read_again_stops_the_server(rig: Rig) -> None:
    """A PostgreSQL session that was ended: the first commit only hears that the line is gone."""
    heal = rig.fail("storage_unavailable")

    def fenced(_counters: Any) -> Any:
        raise Rejected("fenced", "epoch 1 is no longer the newest")

    rig.store.load = fenced  # type: ignore[method-assign]
    assert rig.code(issue(1)) == "storage_unavailable"
    assert rig.fatal == ["fenced"]
    heal()
    del rig.store.load
