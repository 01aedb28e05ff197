"""The broker dies under load; the clock is set back, a year ahead, over midnight: the outcomes of design.md §4."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contracts.messages import counters as c
from contracts.messages.replies import Reply
from contracts.messages.tickets import IssueTicket
from runtime.mqtt import Subscription
from runtime.unix_http import UnixConnection
from tests.support.broker import wait_until
from tests.support.e2e_browser import chromium
from tests.support.e2e_office import motcua
from tests.support.load_check import Records, board_differs, judge_crowd, tables_differ
from tests.support.load_crowd import Person, crowd
from tests.support.load_office import LoadedOffice, Monitor, counter_user, kiosk_user, loaded_office
from tests.support.odd_clock import OddClock

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
HOUR_S = 3_600
DAY_S = 24 * HOUR_S
YEAR_S = 365 * DAY_S
MANY = 80  # answers to wait for: the load goes on
LIMIT_S = 40.0
BROKER_DEATHS = 3


class Office:
    """A loaded office whose server has a clock that can be set."""

    def __init__(self, loaded: LoadedOffice, monitor: Monitor) -> None:
        self.loaded, self.monitor = loaded, monitor
        self.clock = OddClock(loaded.folder / "clock")

    def start(self) -> None:
        """Returns when its board is there and its doors are open."""
        epoch = self.monitor.epoch
        self.loaded.start(self.clock.launcher())
        self.monitor.await_epoch_after(epoch)
        wait_until(self.answers, LIMIT_S, "the server's socket")

    def answers(self) -> bool:
        """True when somebody listens on the server's socket."""
        try:
            return self.ask("GET", "/healthz")[0] == 200
        except OSError:
            return False

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """This machine's administrator asks."""
        connection = UnixConnection(self.loaded.data.server_socket)
        try:
            connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def day(self) -> str:
        """The business day."""
        return str(self.ask("GET", "/api/v1/board")[1]["business_day"])

    def warnings(self) -> list[str]:
        """Of a server that is ready."""
        status, ready = self.ask("GET", "/readyz")
        assert status == 200, ready
        return list(ready["warnings"])

    def person(self, user: str) -> Person:
        """One who asks step by step."""
        person = Person(user, 0)
        self.loaded.broker.connect(person, user, Subscription("reply", {"user": user}))
        return person

    def records(self) -> Records:
        """Of the living database."""
        return Records.read(self.loaded.data.database)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with loaded_office(tmp_path) as (loaded, monitor):
        yield Office(loaded, monitor)


def today(plus_s: float = 0) -> str:
    return (datetime.now(ZONE) + timedelta(seconds=plus_s)).date().isoformat()


def seconds_to_midnight() -> float:
    now = datetime.now(ZONE)
    return ((now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0) - now).total_seconds()


def at_ms_of(records: Records) -> list[int]:
    return [event["at_ms"] for _, _, _, event in records.journal]


def test_a_broker_that_dies_under_load_loses_nothing(office: Office) -> None:
    office.start()
    people = crowd(office.loaded.broker, 1)
    epoch = office.monitor.epoch
    for _ in range(BROKER_DEATHS):
        people.await_more(MANY)
        office.loaded.broker.kill()
        office.monitor.board = None
        office.loaded.broker.start()
        office.monitor.await_epoch_after(0, LIMIT_S)
    people.await_more(MANY)
    people.stop()
    office.monitor.settle(LIMIT_S)
    assert office.monitor.epoch == epoch, "the server itself lived on"
    assert office.loaded.stop() == 0
    records = office.records()
    assert judge_crowd(records, people) == []
    assert records.calls() == office.monitor.calls
    assert office.monitor.board is not None
    assert board_differs(office.monitor.board, office.loaded.data.database) == []
    assert tables_differ(office.loaded.data.database) == []


def test_a_clock_set_back_changes_neither_the_day_nor_the_order(office: Office) -> None:
    office.start()
    day = office.day()
    people = crowd(office.loaded.broker, 2)
    people.await_more(MANY)
    office.clock.set(-7 * HOUR_S)
    people.await_more(MANY)
    assert office.day() == day
    at_ms = at_ms_of(office.records())
    assert at_ms == sorted(at_ms), "who comes now must not pass those who wait"
    office.clock.set(0)
    people.await_more(MANY)
    office.clock.set(-2 * DAY_S)
    people.await_more(MANY)
    assert office.day() == day, "the business day never moves back"
    office.loaded.kill()  # also not for a server that starts with the wrong clock
    office.start()
    people.await_more(MANY)
    assert office.day() == day
    office.clock.set(0)
    people.await_more(MANY)
    assert (office.day(), office.warnings()) == (day, []), "back to the right time is no jump to ask about"
    people.stop()
    assert judge_crowd(office.records(), people) == []


def test_a_clock_a_year_ahead_asks_a_person(office: Office) -> None:
    office.start()
    day = office.day()
    people = crowd(office.loaded.broker, 3)
    people.await_more(MANY)
    assert office.warnings() == []
    office.clock.set(YEAR_S)
    people.await_more(MANY)
    assert (office.day(), office.warnings()) == (day, ["clock_jumped"]), "tickets and calls go on in the old day"
    wait_until(office.loaded.data.clock_witness.exists, LIMIT_S, "the witness of the clock")
    office.loaded.kill()  # and a new server has not forgotten
    office.start()
    people.await_more(MANY)
    assert (office.day(), office.warnings()) == (day, ["clock_jumped"])
    office.clock.set(0)  # it comes back by itself
    people.await_more(MANY)
    assert (office.day(), office.warnings()) == (day, [])
    office.clock.set(YEAR_S)
    people.await_more(MANY)
    people.stop()
    assert judge_crowd(office.records(), people) == []

    later = today(YEAR_S)
    status, answer = office.ask("POST", "/api/v1/day/confirm", {"id": "confirm-wrong", "day": day})
    assert (status, answer["code"]) == (409, "wrong_day")
    for _ in range(2):  # the second time it is a repetition
        confirmed = office.ask("POST", "/api/v1/day/confirm", {"id": "confirm-right", "day": later})
        assert confirmed == (200, {"business_day": later})
    assert (office.day(), office.warnings()) == (later, [])
    records = office.records()
    assert [event["day"] for _, _, _, event in records.journal if event["kind"] == "day_confirmed"] == [later]
    assert not {row["state"] for row in records.tickets.values()} & {"waiting", "called", "serving", "held"}


def test_a_manager_confirms_the_day_with_a_click(office: Office, tmp_path: Path) -> None:
    office.start()
    waiting = office.person(kiosk_user(1)).ask("issue", IssueTicket(id="touch-0001", service="A"))
    assert waiting.issued is not None
    said = motcua("token", "manager", "--data", str(office.loaded.data.root), "--http", office.loaded.http).stdout
    link = re.search(r"http://\S+", said)
    assert link is not None
    office.clock.set(YEAR_S)
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(link[0])
        page.wait_for_url("**/manager")
        button = page.locator("[data-confirm-day]")
        assert button.get_attribute("data-confirm-day") == today(YEAR_S)
        page.screenshot(path=tmp_path / "manager.png")
        button.click()
        wait_until(lambda: office.day() == today(YEAR_S), LIMIT_S, "the confirmed day")
        button.wait_for(state="detached", timeout=LIMIT_S * 1000)
    assert office.warnings() == []


def test_midnight_in_the_middle_of_service(office: Office) -> None:
    """Tickets wait, are called, served and on hold when the day ends: all expire, the new day begins with nobody."""
    office.clock.set(seconds_to_midnight() - 600)
    office.start()
    day = office.day()
    visitor = office.person(kiosk_user(1))
    touches = [IssueTicket(id=f"evening-{i}", service="A") for i in range(6)]
    tickets = [visitor.ask("issue", touch).issued for touch in touches]
    called, serving, held = (Clerk(office, n) for n in (1, 2, 3))
    for clerk in (called, serving, held):
        clerk.do("call-next", c.CallNext)
    serving.do("start", c.Start)
    held.do("start", c.Start)
    held.do("hold", c.Hold)
    evening_call = called.last
    office.clock.set(seconds_to_midnight() + 1)
    tomorrow = today(DAY_S)
    wait_until(lambda: office.day() == tomorrow, LIMIT_S, "the new day")

    assert office.day() > day
    states = {row["number"]: row["state"] for row in office.records().tickets.values()}
    assert states == {ticket.number: "expired" for ticket in tickets if ticket}
    for clerk in (called, serving, held):
        reply = clerk.do("finish", c.Finish)
        assert reply.error is not None
        assert reply.error.code == "no_current_ticket"
    assert called.do("call-next", c.CallNext).ticket is None, "nobody of yesterday is called"
    again = office.person(kiosk_user(2)).ask("issue", IssueTicket(id="morning-1", service="A"))
    assert again.issued is not None
    assert again.issued.number == "A001", "numbers begin again"
    repeated = called.again(evening_call)
    assert repeated.error is not None
    assert repeated.error.code == "unknown_ticket", "a press of yesterday that comes once more calls nobody"
    assert office.monitor.board is not None
    office.monitor.settle(LIMIT_S)
    assert office.loaded.stop() == 0
    assert board_differs(office.monitor.board, office.loaded.data.database) == []
    assert tables_differ(office.loaded.data.database) == []


class Clerk:
    """At one counter, step by step."""

    def __init__(self, office: Office, n: int) -> None:
        self._person, self._n = office.person(counter_user(n)), n
        self._count = 0
        self.last: tuple[str, c.CounterCommand] | None = None

    def do(self, verb: str, kind: type[c.CounterCommand]) -> Reply:
        """A press; its reply."""
        self._count += 1
        self.last = verb, kind(id=f"press-{self._n}-{self._count:04d}", counter=self._n)
        return self._person.ask(*self.last)

    def again(self, press: "tuple[str, c.CounterCommand] | None") -> Reply:
        """The same press arrives once more, late."""
        assert press is not None
        self._person.forget(press[1].id)
        return self._person.ask(*press)
