"""A clock that a time server sets back by hours: nobody passes those who wait, and the office does not stand still."""

from typing import Any

from contracts.messages import counters as c
from contracts.messages.tickets import IssueTicket
from contracts.settings import Office
from queue_server.application.unit_of_work import Command, Result
from queue_server.application.writer import Job, Writer
from queue_server.domain.model import OfficeState
from runtime.clock import Clock
from tests.support.offices import MIN, T0, Counted, fresh_state, office

HOUR = 60 * MIN


class Store:
    """Keeps everything, never fails."""

    epoch, closing = 1, False

    def __init__(self, state: OfficeState) -> None:
        self.kept = state

    def load(self, _counters: Any) -> OfficeState:
        return self.kept

    def outcomes(self, _keys: Any) -> dict[Any, Any]:
        return {}

    def commit(self, _changes: Any, state: OfficeState) -> None:
        self.kept = state

    def check(self) -> None:
        pass


class Desk:
    """A writer whose turns are taken by hand, on a clock that can be set."""

    def __init__(self, of: Office, state: OfficeState | None = None) -> None:
        self.wall_ms, self.mono_s, self.n = T0, 0.0, 0
        self.results: list[Result] = []
        clock = Clock(wall_ms=lambda: self.wall_ms, mono_s=lambda: self.mono_s)
        store: Any = Store(state or fresh_state(of))
        self.writer = Writer(of, store, Counted(), clock, lambda _state, _events: None, lambda _why: None)

    def passes(self, seconds: float) -> None:
        self.wall_ms += round(seconds * 1000)
        self.mono_s += seconds

    def do(self, kind: Any, **what: Any) -> Result:
        self.n += 1
        message = kind(id=f"command-{self.n:04d}", **what)
        self.writer.submit(Job(Command("mqtt:x", "verb", message), lambda result, _state: self.results.append(result)))
        self.writer._turn(0)
        return self.results[-1]

    def number(self, n: int) -> str | None:
        ticket = self.writer.state.current(n)
        return ticket.number if ticket else None

    def issue(self, service: str) -> None:
        assert self.do(IssueTicket, service=service).error is None


def one_for_both(**more: Any) -> Office:
    counter = [{"n": 1, "name": {"vi": "1"}, "skills": {"A": 1, "C": 1}, **more}]
    return office(counter=counter, queue={"auto_call_s": 1})


def test_who_comes_stays_in_order_of_arrival() -> None:
    desk = Desk(one_for_both())
    desk.issue("C")
    desk.wall_ms -= 7 * HOUR
    order = ["C", "A", "C", "A", "A", "C"]
    for service in order:
        desk.passes(20)
        desk.issue(service)
    called = []
    for _ in range(7):
        desk.passes(60)
        assert desk.do(c.CallNext, counter=1).error is None
        called.append((desk.number(1) or "")[0])
    assert called == ["C", *order]


def test_a_recall_and_the_grace_of_an_automatic_call_do_not_last_for_hours() -> None:
    desk = Desk(one_for_both(auto_call=True))
    desk.issue("A")
    desk.issue("C")
    desk.passes(2)
    desk.writer._turn(0)
    assert desk.number(1) == "A001"
    desk.wall_ms -= 7 * HOUR
    desk.passes(60)
    assert desk.do(c.Recall, counter=1).error is None
    desk.passes(60)
    assert desk.do(c.Recall, counter=1).error is None
    desk.passes(60)
    desk.do(c.CallNext, counter=1)
    assert desk.number(1) == "C001"


def test_automatic_calls_go_on() -> None:
    desk = Desk(one_for_both(auto_call=True))
    desk.do(c.PauseCounter, counter=1)
    desk.issue("A")
    desk.wall_ms -= 7 * HOUR
    desk.do(c.OpenCounter, counter=1)
    desk.passes(30)
    desk.writer._turn(0)
    assert desk.number(1) == "A001"


def test_an_office_where_nobody_is_believes_the_clock_at_once() -> None:
    """The machine's clock was seven hours ahead when it started: its morning began after closing time."""
    of = office(hours={"mon_fri": ["07:30-17:00"], "enforce": True})
    desk = Desk(of)
    desk.wall_ms += 7 * HOUR  # 17:13
    refused = desk.do(IssueTicket, service="A").error
    assert refused is not None
    assert refused.code == "service_closed"
    desk.do(c.PauseCounter, counter=1)
    desk.wall_ms -= 7 * HOUR
    desk.issue("A")
