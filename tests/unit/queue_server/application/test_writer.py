"""The writer on a store that can be slow, full or corrupt: nothing is said before it is committed."""

import threading
from typing import Any

import pytest

from contracts.errors import Rejected
from contracts.messages.common import CounterStatus
from contracts.messages.tickets import IssueTicket
from queue_server.application import writer as module
from queue_server.application.unit_of_work import Command, Result
from queue_server.application.writer import Job, Writer
from queue_server.domain.model import CounterState, OfficeState
from runtime.clock import Clock
from tests.support.offices import T0, Counted, office

OFFICE = office()
CLOCK = Clock(wall_ms=lambda: T0)


class FakeStore:
    """Counts commits; can be held, or fail."""

    epoch = 1
    closing = False
    trouble: Rejected | None = None

    def check(self) -> None:
        if self.trouble is not None:
            raise self.trouble

    def __init__(self) -> None:
        self.commits = 0
        self.gate = threading.Event()
        self.gate.set()
        self.error: Exception | None = None
        self.poison: str | None = None
        self.kept = OfficeState()

    def load(self, counters: Any) -> OfficeState:
        state = self.kept.fork()
        state.counters = {n: self.kept.counters.get(n, CounterState(n, CounterStatus.OPEN)) for n in counters}
        return state

    def outcomes(self, keys: Any) -> dict[Any, Any]:
        return {}

    def commit(self, changes: Any, state: Any) -> None:
        self.gate.wait(5)
        if self.error:
            raise self.error
        if any(key[1] == self.poison for key in changes.outcomes):
            raise ZeroDivisionError
        self.commits += 1
        self.kept = state


class Rig:
    """A writer and what it said, in order."""

    def __init__(self) -> None:
        self.store = FakeStore()
        self.said: list[tuple[str, Any]] = []
        self.fatal: list[str] = []
        self.writer = Writer(
            OFFICE, self.store, Counted(), CLOCK, self.committed, lambda why: self.fatal.append(why.code)
        )
        self.answered = threading.Semaphore(0)

    def committed(self, state: OfficeState, events: Any) -> int:
        self.said.append(("committed", self.store.commits))
        return state.seq

    def done(self, result: Result, state: OfficeState) -> None:
        self.said.append(("reply", result.error.code if result.error else state.tickets[result.ticket or ""].number))
        self.answered.release()

    def issue(self, n: int) -> None:
        command = Command("http:x", "issue", IssueTicket(id=f"command-{n:04d}", service="A"))
        self.writer.submit(Job(command, self.done))

    def wait(self, count: int) -> None:
        for _ in range(count):
            assert self.answered.acquire(timeout=5)


@pytest.fixture
def rig() -> Any:
    made = Rig()
    yield made
    made.store.gate.set()
    if made.writer.is_alive():
        made.writer.stop()


def test_reply_and_publish_come_after_the_commit(rig: Rig) -> None:
    rig.writer.start()
    rig.issue(1)
    rig.wait(1)
    assert rig.said == [("committed", 1), ("reply", "A001")]


def test_what_arrives_during_a_commit_shares_the_next_one(rig: Rig) -> None:
    rig.store.gate.clear()
    rig.writer.start()
    for n in range(50):
        rig.issue(n)
    rig.store.gate.set()
    rig.wait(50)
    assert rig.store.commits <= 3
    assert sorted(x for kind, x in rig.said if kind == "reply") == [f"A{n:03d}" for n in range(1, 51)]


def test_a_full_queue_answers_busy_at_once(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.store.gate.clear()
    for n in range(module.QUEUE_MAX):
        rig.issue(n)
    with pytest.raises(Rejected) as why:
        rig.issue(9999)
    assert why.value.code == "busy"


def test_a_full_disk_refuses_the_batch_and_forgets_it(rig: Rig) -> None:
    rig.store.error = Rejected("storage_unavailable", "disk full")
    rig.writer.start()
    rig.issue(1)
    rig.wait(1)
    assert rig.said == [("reply", "storage_unavailable")]
    assert not rig.writer.state.tickets
    rig.store.error = None
    rig.issue(2)
    rig.wait(1)
    assert rig.said[-1] == ("reply", "A001")
    assert rig.fatal == []


@pytest.mark.parametrize("code", ["fenced", "database_corrupt"])
def test_a_lost_database_stops_the_server_loudly(rig: Rig, code: str) -> None:
    rig.store.error = Rejected(code)
    rig.writer.start()
    rig.issue(1)
    rig.wait(1)
    rig.writer.stop()
    assert rig.fatal == [code]


def test_a_bug_in_a_batch_is_internal_and_leaves_the_state(rig: Rig) -> None:
    rig.store.error = ZeroDivisionError()
    rig.writer.start()
    rig.issue(1)
    rig.wait(1)
    assert rig.said == [("reply", "internal")]
    assert not rig.writer.state.tickets


def test_stop_commits_what_was_accepted(rig: Rig) -> None:
    rig.store.gate.clear()
    rig.writer.start()
    rig.issue(1)
    rig.issue(2)
    rig.store.gate.set()
    rig.writer.stop()
    assert [x for kind, x in rig.said if kind == "reply"] == ["A001", "A002"]


def test_a_command_that_trips_over_a_bug_does_not_take_the_others_with_it(rig: Rig) -> None:
    rig.store.poison = "command-0002"
    for n in range(1, 5):
        rig.issue(n)
    rig.writer.start()
    rig.wait(4)
    assert [x for kind, x in rig.said if kind == "reply"] == ["A001", "internal", "A002", "A003"]


def test_a_commit_that_only_seemed_to_fail_is_known_afterwards(rig: Rig) -> None:
    """The disk failed after the data was safe: the next batch must build on what the database has."""
    commit = rig.store.commit

    def late(changes: Any, state: Any) -> None:
        commit(changes, state)
        raise Rejected("storage_unavailable", "disk I/O error")

    rig.store.commit = late  # type: ignore[method-assign]
    rig.writer.start()
    rig.issue(1)
    rig.wait(1)
    rig.store.commit = commit  # type: ignore[method-assign]
    rig.issue(2)
    rig.wait(1)
    assert [x for kind, x in rig.said if kind == "reply"] == ["storage_unavailable", "A002"]


def test_after_a_failure_that_cannot_be_read_again_nothing_is_decided_on_the_old_state(rig: Rig) -> None:
    commit, load = rig.store.commit, rig.store.load

    def late(changes: Any, state: Any) -> None:
        commit(changes, state)
        raise Rejected("storage_unavailable", "disk I/O error")

    def blind(_counters: Any) -> OfficeState:
        raise Rejected("storage_unavailable", "disk I/O error")

    rig.store.commit, rig.store.load = late, blind  # type: ignore[method-assign]
    rig.writer.start()
    rig.issue(1)
    rig.wait(1)
    rig.store.commit = commit  # type: ignore[method-assign]
    rig.issue(2)
    rig.wait(1)
    rig.store.load = load  # type: ignore[method-assign]
    rig.issue(3)
    rig.wait(1)
    replies = [x for kind, x in rig.said if kind == "reply"]
    assert replies == ["storage_unavailable", "storage_unavailable", "A002"]


def test_a_reply_that_fails_does_not_silence_the_others(rig: Rig) -> None:
    command = Command("http:x", "issue", IssueTicket(id="command-0001", service="A"))

    def broken(_result: Result, _state: OfficeState) -> None:
        raise KeyError(9)

    rig.writer.submit(Job(command, broken))
    rig.issue(2)
    rig.writer.start()
    rig.wait(1)
    rig.issue(3)
    rig.wait(1)
    assert [x for kind, x in rig.said if kind == "reply"] == ["A002", "A003"]


def test_a_writer_that_dies_of_a_bug_stops_the_server_instead_of_letting_everybody_wait(rig: Rig) -> None:
    def broken(_state: OfficeState, _events: Any) -> int:
        raise ZeroDivisionError

    rig.writer._on_committed = broken
    rig.writer.start()
    rig.issue(1)
    rig.writer.join(5)
    assert rig.fatal == ["internal"]
    rig.issue(2)
    rig.writer.stop()  # returns


def test_stopping_a_writer_that_never_began_is_no_error(rig: Rig) -> None:
    rig.writer.stop()


def test_who_wants_to_be_asked_again_is_although_nothing_arrives_and_once_more_at_the_end(rig: Rig) -> None:
    asked: list[tuple[bool, int]] = []
    often = threading.Semaphore(0)

    def told(_state: OfficeState, ending: bool) -> float | None:
        asked.append((ending, len(rig.said)))
        often.release()
        return 0.001 if len(asked) < 3 else None

    rig.writer._on_told = told
    rig.writer.start()
    rig.issue(1)
    for _ in range(3):
        assert often.acquire(timeout=5)
    rig.writer.stop()
    assert asked == [(False, 2), (False, 2), (False, 2), (True, 2)]  # always after the reply


def test_the_cursor_moves_with_the_next_commit_and_only_after_a_call(rig: Rig) -> None:
    cursors: list[int | None] = []
    commit = rig.store.commit

    def keeping(changes: Any, state: Any) -> None:
        commit(changes, state)
        cursors.append(changes.published_seq)

    rig.store.commit = keeping  # type: ignore[method-assign]
    published = iter([2, None, None])
    rig.writer._on_committed = lambda _state, _events: next(published)
    rig.writer.start()
    for n in (1, 2, 3):
        rig.issue(n)
        rig.wait(1)
    assert cursors == [None, 2, None]
