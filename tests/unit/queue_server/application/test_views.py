"""When snapshots go out, on a fake clock: a call at once, mere tickets gathered, the last change always."""

import threading
from pathlib import Path
from typing import Any

import pytest

from contracts.messages import counters as c
from contracts.messages.board import AlertEvent, BoardSnapshot, CallEvent, ServicesSnapshot
from contracts.messages.replies import CounterSnapshot
from contracts.messages.tickets import IssueTicket
from queue_server.adapters.store import OfficeStore
from queue_server.application.live import LiveOffice
from queue_server.application.views import GAP_S, Views
from queue_server.domain.estimates import SharedWork
from runtime.clock import Clock
from tests.support.offices import T0, Counted, Desk


class Out:
    """A publisher that keeps the newest of each, and a list of names in order."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.last: dict[str, Any] = {}

    def _keep(self, name: str, snapshot: Any) -> None:
        self.names.append(name)
        self.last[name] = snapshot

    def board(self, snapshot: BoardSnapshot) -> None:
        self._keep("board", snapshot)

    def services(self, snapshot: ServicesSnapshot) -> None:
        self._keep("services", snapshot)

    def counter(self, snapshot: CounterSnapshot) -> None:
        self._keep(f"counter/{snapshot.counter.n}", snapshot)

    def call(self, event: CallEvent) -> bool:
        self._keep("call", event)
        return True

    def alert(self, event: AlertEvent) -> None:
        self._keep("alert", event)

    def waiting(self) -> int:
        return sum(row.waiting for row in self.last["services"].services)


class Rig:
    """Views over a desk; the clock stands until it is moved."""

    def __init__(self) -> None:
        self.desk, self.out, self.told, self.now_s = Desk(), Out(), [], 100.0
        clock = Clock(wall_ms=lambda: self.desk.now_ms, mono_s=lambda: self.now_s)
        self.views = Views(
            self.desk.office, SharedWork(), clock, self.out, self.told.append, 1, self.desk.state.fork()
        )  # fmt: skip

    def issue(self) -> None:
        self.desk.do(IssueTicket(id="command-1", service="A"))
        self.views.committed(self.desk.state.fork())

    def waiting_now(self) -> int:
        return sum(row.waiting for row in self.views.current().services.services)


@pytest.fixture
def rig() -> Rig:
    made = Rig()
    made.views.show()
    made.out.names.clear()
    return made


def test_the_first_round_says_everything() -> None:
    rig = Rig()
    assert rig.views.show_if_due() is None
    assert rig.out.names == ["board", "services", "counter/1", "counter/2", "counter/3"]
    assert rig.told == rig.out.names


def test_nothing_new_is_not_said_again(rig: Rig) -> None:
    rig.now_s += 1
    assert rig.views.show_if_due() is None
    rig.views.committed(rig.desk.state.fork())
    assert rig.views.show_if_due() is None
    assert rig.out.names == []


def test_tickets_within_the_gap_go_out_together_and_the_last_one_always(rig: Rig) -> None:
    rig.now_s += GAP_S
    rig.issue()
    assert rig.views.show_if_due() is None  # quiet before: at once
    assert rig.out.waiting() == 1
    for n in range(2, 5):
        rig.issue()
        assert rig.views.show_if_due() == pytest.approx(GAP_S)
        assert (rig.out.waiting(), rig.waiting_now()) == (1, n)  # who asks is told the newest
    rig.now_s += GAP_S
    assert rig.views.show_if_due() is None
    assert rig.out.waiting() == 4
    assert rig.out.names.count("services") == 2


def test_a_reader_that_asks_in_between_does_not_swallow_the_change(rig: Rig) -> None:
    rig.issue()
    assert rig.waiting_now() == 1
    assert rig.views.show_if_due() is not None
    rig.now_s += GAP_S
    assert rig.views.show_if_due() is None
    assert rig.out.waiting() == 1


def test_what_cannot_wait_goes_out_within_the_gap_and_takes_the_rest_with_it(rig: Rig) -> None:
    rig.issue()
    rig.views.show()
    assert rig.out.waiting() == 1
    assert rig.views.show_if_due() is None


def test_versions_rise_with_every_commit_and_an_unchanged_snapshot_keeps_its_own(rig: Rig) -> None:
    board = rig.views.current().board
    rig.views.committed(rig.desk.state.fork())
    assert rig.views.current().board is board
    rig.issue()
    assert rig.views.current().board.version > board.version
    assert rig.views.version == rig.views.current().board.version


class Office:
    """A live office whose monotonic clock stands still: nothing that may wait ever becomes due."""

    def __init__(self, path: Path) -> None:
        self.out, self.n = Out(), 0
        self.store = OfficeStore(path, T0)
        nobody: Any = None
        self.live = LiveOffice(
            Desk().office, self.store, self.out, nobody, SharedWork(), Counted(),
            Clock(wall_ms=lambda: T0, mono_s=lambda: 100.0), lambda _why: None,
        )  # fmt: skip
        self.live.start()

    def ask(self, message: Any) -> None:
        answered = threading.Event()
        self.live.submit("http:x", "verb", message, lambda _reply: answered.set())
        assert answered.wait(5)

    def issue(self) -> None:
        self.n += 1
        self.ask(IssueTicket(id=f"command-{self.n:04d}", service="A"))

    def stop(self) -> None:
        self.live.stop()
        self.store.close()


def test_a_call_is_on_the_board_before_its_reply(tmp_path: Path) -> None:
    office = Office(tmp_path / "office.sqlite")
    office.issue()
    office.ask(c.CallNext(id="press-0001", counter=1))
    assert [call.number for call in office.out.last["board"].calls] == ["A001"]
    assert office.out.names.index("call") < len(office.out.names) - 1 - office.out.names[::-1].index("board")
    assert office.out.last["counter/1"].counter.ticket.number == "A001"
    office.stop()


def test_a_stop_says_the_last_change(tmp_path: Path) -> None:
    office = Office(tmp_path / "office.sqlite")
    for _ in range(3):
        office.issue()
    assert office.out.waiting() == 0  # still to come
    assert sum(row.waiting for row in office.live.services().services) == 3
    office.stop()
    assert office.out.waiting() == 3
