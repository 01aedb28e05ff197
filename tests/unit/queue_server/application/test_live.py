"""The live office: what is published when the broker comes and goes, and who is told what."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import Rejected
from contracts.messages import counters as c
from contracts.messages.board import AlertEvent, BoardSnapshot, CallEvent
from contracts.messages.devices import DeviceHealth, HealthState, Presence, PresenceState
from contracts.messages.replies import CounterSnapshot, Reply
from contracts.messages.tickets import IssueTicket
from contracts.settings import Office
from queue_server.adapters.store import OfficeStore
from queue_server.application.devices import DEVICES_MAX
from queue_server.application.live import LiveOffice
from queue_server.domain.estimates import SharedWork
from runtime.clock import Clock, utc
from tests.support.offices import MIN, T0, Counted, office


class Outbox:
    """A publisher whose link can be down."""

    def __init__(self) -> None:
        self.up = True
        self.calls: list[CallEvent] = []
        self.boards: list[BoardSnapshot] = []
        self.alerts: list[AlertEvent] = []
        self.counters: dict[int, CounterSnapshot] = {}

    def board(self, snapshot: BoardSnapshot) -> None:
        self.boards.append(snapshot)

    def services(self, snapshot: Any) -> None:
        pass

    def counter(self, snapshot: CounterSnapshot) -> None:
        self.counters[snapshot.counter.n] = snapshot

    def call(self, event: CallEvent) -> bool:
        if self.up:
            self.calls.append(event)
        return self.up

    def alert(self, event: AlertEvent) -> None:
        self.alerts.append(event)


class Rig:
    """An office that can be stopped and started again, perhaps with another office file."""

    def __init__(self, path: Path) -> None:
        self.path, self.fresh, self.out = path, Counted(), Outbox()
        self.now_ms = T0
        self.n = 0
        self.start(office())

    def start(self, of: Office) -> None:
        self.store = OfficeStore(self.path, self.now_ms)
        clock = Clock(wall_ms=lambda: self.now_ms)
        nobody: Any = None
        self.live = LiveOffice(of, self.store, self.out, nobody, SharedWork(), self.fresh, clock, lambda _why: None)
        self.live.start()

    def stop(self) -> None:
        self.live.stop()
        self.store.close()

    def tick(self) -> None:
        self.live.tick()
        self.ask(c.Help(id=self.id(), counter=1))

    def id(self) -> str:
        self.n += 1
        return f"command-{self.n:04d}"

    def ask(self, message: Any) -> Reply:
        answered, replies = threading.Event(), []

        def done(reply: Reply) -> None:
            replies.append(reply)
            answered.set()

        self.live.submit("http:x", "verb", message, done)
        assert answered.wait(5)
        return replies[0]

    def call(self, n: int, service: str) -> str:
        self.ask(IssueTicket(id=self.id(), service=service))
        reply = self.ask(c.CallNext(id=self.id(), counter=n))
        assert reply.ticket is not None
        return reply.ticket.number


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path / "office.sqlite")
    yield made
    made.stop()


def numbers(rig: Rig) -> list[tuple[str, int]]:
    return [(event.call.number, event.call.repeat) for event in rig.out.calls]


def test_calls_made_without_a_broker_are_published_once_it_is_back(rig: Rig) -> None:
    rig.out.up = False
    rig.call(1, "A")
    rig.ask(c.Recall(id=rig.id(), counter=1))
    rig.call(3, "C")
    rig.out.up = True
    rig.tick()
    assert numbers(rig) == [("A001", 1), ("C001", 0)]  # a recall replaces its call
    rig.tick()
    assert len(rig.out.calls) == 2


def test_calls_of_an_hour_ago_are_no_news_when_the_broker_is_back(rig: Rig) -> None:
    rig.out.up = False
    rig.call(1, "A")
    rig.now_ms += 60 * MIN
    rig.out.up = True
    rig.tick()
    assert numbers(rig) == []
    assert [call.number for call in rig.live.board().calls] == ["A001"]  # the list still has it


@pytest.mark.parametrize(("minutes", "published"), [(1, [("A001", 0)]), (3, [])])
def test_after_a_restart_young_calls_that_nobody_heard_are_published(
    rig: Rig, minutes: int, published: list[tuple[str, int]]
) -> None:
    rig.out.up = False
    rig.call(1, "A")
    rig.stop()
    rig.now_ms += minutes * MIN
    rig.start(office())  # the first tick passes before the link is up
    rig.out.up = True
    rig.tick()
    assert numbers(rig) == published


def test_the_cursor_never_passes_a_call_that_nobody_heard(rig: Rig) -> None:
    rig.out.up = False
    rig.call(1, "A")
    rig.ask(IssueTicket(id=rig.id(), service="C"))  # commits after it, link still down
    rig.stop()
    rig.start(office())
    rig.out.up = True
    rig.tick()
    assert numbers(rig) == [("A001", 0)]


@pytest.mark.parametrize(("on_their_way", "again"), [(0, []), (1, [("A001", 0)])])
def test_the_cursor_waits_until_the_broker_has_the_call(
    rig: Rig, on_their_way: int, again: list[tuple[str, int]]
) -> None:
    """Handed to the library is not arrived: a server killed in between publishes it once more."""
    rig.live.calls_on_their_way = lambda: on_their_way
    rig.call(1, "A")
    rig.ask(IssueTicket(id=rig.id(), service="C"))  # writes the cursor
    assert numbers(rig) == [("A001", 0)]
    rig.stop()
    rig.out.calls.clear()
    rig.start(office())
    rig.tick()
    assert numbers(rig) == again


def test_the_cursor_follows_as_calls_arrive(rig: Rig) -> None:
    """Two calls, of which the first has arrived: only the second is published once more."""
    on_their_way = 0
    rig.live.calls_on_their_way = lambda: on_their_way
    rig.call(1, "A")
    on_their_way = 1
    rig.call(3, "C")
    rig.tick()
    rig.ask(IssueTicket(id=rig.id(), service="C"))
    rig.stop()
    rig.out.calls.clear()
    rig.start(office())
    rig.tick()
    assert numbers(rig) == [("C001", 0)]


def test_the_call_of_a_commit_that_only_seemed_to_fail_goes_out_too(rig: Rig) -> None:
    rig.ask(IssueTicket(id=rig.id(), service="A"))
    commit = rig.store.commit

    def late(changes: Any, state: Any) -> None:
        commit(changes, state)
        raise Rejected("storage_unavailable", "disk I/O error")

    rig.store.commit = late  # type: ignore[method-assign]
    reply = rig.ask(c.CallNext(id=rig.id(), counter=1))
    assert reply.error is not None
    rig.store.commit = commit  # type: ignore[method-assign]
    rig.tick()
    assert numbers(rig) == [("A001", 0)]


def test_a_retry_of_yesterday_is_told_that_its_ticket_is_gone(rig: Rig) -> None:
    touch, press = IssueTicket(id=rig.id(), service="A"), c.CallNext(id=rig.id(), counter=1)
    rig.ask(touch)
    rig.ask(press)
    rig.now_ms += 24 * 60 * MIN
    for message in (touch, press):
        reply = rig.ask(message)
        assert reply.error is not None
        assert (reply.ok, reply.error.code) == (False, "unknown_ticket")


def test_a_retry_for_a_counter_that_the_office_file_lost_is_an_answer(rig: Rig) -> None:
    rig.ask(IssueTicket(id=rig.id(), service="C"))
    press = c.CallNext(id=rig.id(), counter=3)
    assert rig.ask(press).ok
    rig.stop()
    two = [
        {"n": 1, "name": {"vi": "Quầy 1"}, "skills": {"A": 1}},
        {"n": 2, "name": {"vi": "Quầy 2"}, "skills": {"C": 1}},
    ]
    rig.start(office(counter=two))
    again = rig.ask(press)
    assert again.error is not None
    assert again.error.code == "unknown_counter"
    reply = rig.ask(c.CallNext(id=rig.id(), counter=2))  # and the visitor is not lost
    assert reply.ticket is not None
    assert reply.ticket.number == "C001"


def test_versions_only_rise_and_survive_restarts(rig: Rig) -> None:
    rig.call(1, "A")
    rig.stop()
    rig.now_ms -= 60 * MIN  # a clock set back meanwhile
    rig.start(office())
    rig.call(3, "C")
    versions = [board.version for board in rig.out.boards]
    assert versions == sorted(set(versions))


def test_devices_are_limited(rig: Rig) -> None:
    for n in range(DEVICES_MAX):
        rig.live.heard_health(DeviceHealth(f"printer-{n}", HealthState.OK, utc(T0)))
        rig.live.heard_presence(Presence(PresenceState.ONLINE, f"kiosk-{n}"))
    rig.live.heard_health(DeviceHealth("printer-0", HealthState.FAULT, utc(T0)))  # one that is known
    for hear in (
        lambda: rig.live.heard_health(DeviceHealth("one-more", HealthState.OK, utc(T0))),
        lambda: rig.live.heard_presence(Presence(PresenceState.ONLINE, "one-more")),
    ):
        with pytest.raises(Rejected) as why:
            hear()
        assert why.value.code == "too_large"
    assert len(rig.live.devices()) == len(rig.live.presences()) == DEVICES_MAX
    assert rig.live.devices()[0].state is HealthState.FAULT
