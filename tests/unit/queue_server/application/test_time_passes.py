"""The live office when nobody asks anything: automatic calls, alerts, and what a refused press leaves behind."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from contracts.messages import counters as c
from contracts.messages.board import AlertEvent, CallEvent
from contracts.messages.replies import CounterSnapshot, Reply
from contracts.messages.tickets import IssueTicket
from contracts.settings import Office
from queue_server.adapters.store import OfficeStore
from queue_server.application.alarm import REST_S_FAILED, REST_S_MIN, Alarm
from queue_server.application.live import LiveOffice
from queue_server.application.unit_of_work import Command
from queue_server.application.views import NOTICE_MS
from queue_server.domain.estimates import SharedWork
from runtime.clock import Clock
from tests.support.broker import wait_until
from tests.support.offices import MIN, T0, Counted, Desk, office


@dataclass
class Outbox:
    """A publisher that keeps what it was given."""

    calls: list[CallEvent] = field(default_factory=list)
    alerts: list[AlertEvent] = field(default_factory=list)
    counters: dict[int, CounterSnapshot] = field(default_factory=dict)

    def board(self, snapshot: Any) -> None:
        pass

    services = board

    def counter(self, snapshot: CounterSnapshot) -> None:
        self.counters[snapshot.counter.n] = snapshot

    def call(self, event: CallEvent) -> bool:
        self.calls.append(event)
        return True

    def alert(self, event: AlertEvent) -> None:
        self.alerts.append(event)


class Rig:
    """A live office on the machine's clock, which can be shifted."""

    def __init__(self, path: Path, of: Office) -> None:
        self.out, self.shift_ms, self.n = Outbox(), 0, 0
        self.clock = Clock(wall_ms=lambda: T0 + self.shift_ms + round(time.monotonic() * 1000) % 10_000_000)
        self.store = OfficeStore(path, self.clock.wall_ms())
        nobody: Any = None
        self.live = LiveOffice(of, self.store, self.out, nobody, SharedWork(), Counted(), self.clock, lambda _why: None)
        self.live.start()

    def stop(self) -> None:
        self.live.stop()
        self.store.close()

    def ask(self, message: Any, actor: str = "http:x") -> Reply:
        answered, replies = threading.Event(), []

        def done(reply: Reply) -> None:
            replies.append(reply)
            answered.set()

        self.live.submit(actor, "verb", message, done)
        assert answered.wait(5)
        return replies[0]

    def id(self) -> str:
        self.n += 1
        return f"command-{self.n:04d}"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    counters = [
        {"n": 1, "name": {"vi": "1"}, "skills": {"A": 1}, "auto_call": True},
        {"n": 2, "name": {"vi": "2"}, "skills": {"C": 1}},
    ]
    made = Rig(tmp_path / "office.sqlite", office(counter=counters, queue={"auto_call_s": 1}))
    yield made
    made.stop()


def test_the_writer_wakes_itself_for_an_automatic_call(rig: Rig) -> None:
    """No tick comes here. The call is announced and shown like any other."""
    began_s = time.monotonic()
    rig.ask(IssueTicket(id=rig.id(), service="A"))
    assert rig.out.calls == []
    wait_until(lambda: bool(rig.out.calls), 10, "the automatic call")
    assert time.monotonic() - began_s >= 1
    assert [(e.call.number, e.call.counter) for e in rig.out.calls] == [("A001", 1)]
    wait_until(lambda: bool(rig.out.counters[1].counter.ticket), 5, "the counter's snapshot")


def test_an_alert_goes_out_once_and_is_listed_until_the_call(rig: Rig) -> None:
    told: list[str] = []
    rig.live._listeners.tell = told.append  # type: ignore[method-assign]  # no event loop here
    rig.ask(IssueTicket(id=rig.id(), service="C"))  # target 20 minutes, alert 5 before
    rig.shift_ms += 14 * MIN
    rig.live.tick()
    rig.ask(c.Help(id=rig.id(), counter=1))
    assert rig.out.alerts == []
    rig.shift_ms += MIN
    rig.live.tick()
    wait_until(lambda: bool(rig.out.alerts), 5, "the alert")
    alert = rig.out.alerts[0]
    assert (alert.number, alert.service, alert.target_s) == ("C001", "C", 1200)
    assert 900 <= alert.waited_s < 910
    assert [t.number for t in rig.live.alerts().tickets] == ["C001"]
    rig.shift_ms += 10 * MIN
    rig.live.tick()
    rig.ask(c.CallNext(id=rig.id(), counter=2))
    assert len(rig.out.alerts) == 1
    assert rig.live.alerts().tickets == ()
    assert told.count("alert") == 2  # it came, and it is settled


def test_a_refused_press_is_told_at_its_counter_until_one_comes_to_something(rig: Rig) -> None:
    rig.ask(c.Recall(id=rig.id(), counter=2), "mqtt:bridge-1")
    wait_until(lambda: 2 in rig.out.counters and rig.out.counters[2].notice is not None, 5, "the notice")
    notice = rig.out.counters[2].notice
    assert notice is not None
    assert notice.code == "no_current_ticket"
    assert rig.out.counters[1].notice is None
    rig.ask(c.Help(id=rig.id(), counter=2), "mqtt:bridge-1")
    wait_until(lambda: rig.out.counters[2].notice is None, 5, "its end")


def test_a_notice_does_not_stay(rig: Rig) -> None:
    rig.ask(c.Recall(id=rig.id(), counter=2), "mqtt:bridge-1")
    wait_until(lambda: rig.live.counter(2).notice is not None, 5, "the notice")
    rig.shift_ms += NOTICE_MS
    rig.live.tick()
    wait_until(lambda: rig.live.counter(2).notice is None, 5, "its end")


def test_a_clerks_own_page_shows_its_own_answers(rig: Rig) -> None:
    assert rig.ask(c.Recall(id=rig.id(), counter=2)).error is not None
    assert rig.live.counter(2).notice is None


class TestAlarm:
    """On a fake clock."""

    def setup_method(self) -> None:
        self.desk, self.mono_s = Desk(), 100.0
        self.alarm = Alarm(self.desk.office, Clock(wall_ms=lambda: self.desk.now_ms, mono_s=lambda: self.mono_s))

    def set(self, *, exactly: bool) -> float | None:
        self.alarm.set(self.desk.state, exactly=exactly)
        return self.alarm.left_s(self.desk.state)

    def test_nothing_is_due_in_an_empty_office(self) -> None:
        assert self.set(exactly=True) is None

    def test_mere_tickets_set_it_to_the_soonest_there_can_be(self) -> None:
        self.desk.do(IssueTicket(id="command-1", service="A"))
        assert self.set(exactly=False) == 15 * 60  # the alert of C, had it been one
        assert self.set(exactly=True) == 25 * 60  # but it was A

    def test_it_never_rings_later_for_more_tickets(self) -> None:
        self.desk.do(IssueTicket(id="command-1", service="C"))
        self.set(exactly=True)
        self.desk.do(IssueTicket(id="command-2", service="C"), after_min=10)
        assert self.set(exactly=False) == 5 * 60

    def test_a_batch_of_mere_tickets_concerns_it_only_when_it_rings(self) -> None:
        self.desk.do(IssueTicket(id="command-1", service="C"))
        self.set(exactly=True)
        tickets = [Command("x", "issue", IssueTicket(id="command-2", service="A"))]
        assert not self.alarm.concerns(tickets, self.desk.state)
        assert self.alarm.concerns([], self.desk.state)
        assert self.alarm.concerns([*tickets, Command("x", "help", c.Help(id="command-3", counter=1))], self.desk.state)
        self.desk.now_ms += 15 * MIN
        self.mono_s += REST_S_MIN
        assert self.alarm.concerns(tickets, self.desk.state)

    def test_after_a_failed_commit_it_rests(self) -> None:
        self.desk.do(IssueTicket(id="command-1", service="C"))
        self.desk.now_ms += 16 * MIN
        assert self.set(exactly=True) == pytest.approx(REST_S_FAILED)  # still due: nothing was written
        self.mono_s += REST_S_FAILED
        assert self.alarm.left_s(self.desk.state) == 0
