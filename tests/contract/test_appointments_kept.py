"""What is kept of who books, on both engines: never the number, its keyed hash only as long as the office file says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.messages.appointments import AppointmentState, BookAppointment, CancelAppointment, CheckIn
from queue_server.adapters.store import OfficeStore, rows
from queue_server.adapters.store.database import Where
from queue_server.adapters.store.rebuild import check
from queue_server.application.persons import Persons
from queue_server.application.unit_of_work import Command, Result, decide_batch
from queue_server.domain.apply import apply
from queue_server.domain.model import CounterState, OfficeState
from tests.support.offices import DAY, MIN, T0, Counted, office
from tests.support.stores import ENGINES, database, query

NUMBER = "0912345678"
ACTOR = "http:anonymous"
KEY = bytes(range(32))
PERSONS = Persons(KEY)
HASH = PERSONS.hashed(NUMBER)
NEXT_DAY_MS = T0 + 24 * 60 * MIN


@pytest.fixture(params=ENGINES)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Where]:
    with database(request.param, tmp_path) as found:
        yield found


class Bookings:
    """Commands as the live office passes them on: without the number; then decide and commit, as the writer does."""

    def __init__(self, where: Where, keep_days: int = 0) -> None:
        services = [{"code": "A", "name": {"vi": "Hộ tịch"}, "slot_capacity": 2}]
        counters = [{"n": 1, "name": {"vi": "Quầy 1"}, "skills": {"A": 1}}]
        self.office = office(
            service=services, counter=counters, hours={"mon_fri": ["07:30-11:30"]},
            appointments={"keep_days": keep_days},
        )  # fmt: skip
        self.store = OfficeStore(where, T0)
        self.state = self.store.load([1])
        self.fresh = Counted()
        self.now_ms = T0

    def run(self, *messages: Any) -> list[Result]:
        """One batch."""
        commands = [Command(ACTOR, "verb", PERSONS.hidden(m)) for m in messages]
        known = self.store.outcomes([c.key for c in commands])
        batch = decide_batch(self.state, self.office, commands, known, self.now_ms, self.fresh)
        if batch.changes:
            self.store.commit(batch.changes, batch.state)
            self.state = batch.state
        return batch.results

    def book(self, id_: str = "command-0001", person: str = NUMBER, **changes: str) -> Result:
        """Tries to book."""
        wish = {"service": "A", "date": DAY, "start": "10:30"} | changes
        return self.run(BookAppointment(id=id_, person=person, **wish))[0]

    def token(self) -> str:
        """Of the only booking."""
        (one,) = self.state.appointments.values()
        return one.token


def persons(where: Where) -> list[Any]:
    return [row[0] for row in query(where, "SELECT person FROM appointment_persons")]


def test_bookings_and_who_booked_are_loaded_again(where: Where) -> None:
    here = Bookings(where)
    assert here.book().error is None
    here.run(CheckIn(id="command-0002", token=here.token()))
    assert here.book("command-0003", start="11:00").error is None
    here.store.close()
    again = OfficeStore(where, T0)
    assert again.load([1]) == here.state
    assert sorted(a.state for a in here.state.appointments.values()) == ["booked", "checked_in"]
    again.close()


def test_the_journal_played_again_gives_the_same_but_for_who_booked(where: Where) -> None:
    here = Bookings(where)
    here.book()
    here.run(CancelAppointment(id="command-0002", token=here.token()))
    here.book("command-0003")
    replayed = OfficeState(counters={1: CounterState(1, here.state.counters[1].status)})
    for seq, data in query(where, "SELECT seq, data FROM journal ORDER BY seq"):
        apply(replayed, rows.event_from(data))
        replayed.seq = seq
    assert list(here.state.persons.values()) == [HASH]
    replayed.persons = here.state.persons
    assert replayed == here.state
    here.store.close()


def test_tables_with_appointments_are_what_the_journal_makes_of_them(where: Where) -> None:
    here = Bookings(where)
    here.book()
    here.run(CheckIn(id="command-0002", token=here.token()))
    here.book("command-0003", start="11:00")
    here.now_ms = NEXT_DAY_MS
    here.run()
    assert query(where, "SELECT count(*) FROM appointments") == [(2,)]
    assert check(where) == []
    here.store.close()


def test_the_same_id_gives_the_same_booking_and_another_person_none(where: Where) -> None:
    here = Bookings(where)
    first = here.book()
    again = here.book(person="+84 912.345.678")
    assert (again.error, again.ticket) == (None, first.ticket)
    assert len(here.state.appointments) == 1
    other = here.book(person="0987654321")
    assert other.error is not None
    assert other.error.code == "id_reused"
    here.store.close()


def test_a_second_booking_of_a_person_is_refused_also_after_a_restart(where: Where) -> None:
    here = Bookings(where)
    here.book()
    here.store.close()
    again = Bookings(where)
    refused = again.book("command-0002", "091 234 56 78", start="11:00")
    assert refused.error is not None
    assert refused.error.code == "already_booked"
    again.store.close()


def test_who_gave_back_is_forgotten_at_once(where: Where) -> None:
    here = Bookings(where)
    here.book()
    assert persons(where) == [HASH]
    here.run(CancelAppointment(id="command-0002", token=here.token()))
    assert persons(where) == []
    assert not here.state.persons
    assert here.book("command-0003").error is None
    here.store.close()


@pytest.mark.parametrize(("keep_days", "days_later", "kept"), [(0, 0, 1), (0, 1, 0), (2, 2, 1), (2, 3, 0)])
def test_a_day_later_or_so_nobody_knows(where: Where, keep_days: int, days_later: int, kept: int) -> None:
    here = Bookings(where, keep_days)
    here.book()
    here.now_ms = T0 + days_later * 24 * 60 * MIN
    here.run()
    assert len(persons(where)) == kept
    state = AppointmentState.MISSED if days_later else AppointmentState.BOOKED
    assert query(where, "SELECT state FROM appointments") == [(state.value,)]
    here.store.close()


def test_neither_journal_nor_outcomes_know_who(where: Where) -> None:
    here = Bookings(where)
    here.book()
    told = json.dumps(query(where, "SELECT data FROM journal") + query(where, "SELECT actor, hash FROM outcomes"))
    assert HASH not in told
    assert NUMBER not in told
    # The hash of the payload would be the same for anybody: it cannot be searched for a number.
    hashes = query(where, "SELECT hash FROM outcomes")
    here.store.close()
    wish = BookAppointment(id="command-0001", service="A", date=DAY, start="10:30", person="x")
    batch = decide_batch(OfficeState(), here.office, [Command(ACTOR, "book", wish)], {}, T0, Counted())
    assert [(outcome.hash,) for outcome in batch.changes.outcomes.values()] == hashes


def test_the_number_is_in_no_file_and_its_hash_in_none_after_the_day(tmp_path: Path) -> None:
    def files_with(text: str) -> list[str]:
        found = [p for p in sorted(tmp_path.rglob("*")) if p.is_file() and text.encode() in p.read_bytes()]
        return [p.name for p in found]

    here = Bookings(tmp_path / "db" / "office.sqlite")
    here.book()
    assert any(name.startswith("office.sqlite") for name in files_with(HASH)), "the test would see it"
    assert files_with(NUMBER) == []
    here.now_ms = NEXT_DAY_MS
    here.run()
    assert files_with(HASH) == []
    here.store.close()
    assert files_with(HASH) == []
