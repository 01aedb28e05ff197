"""Slots, bookings and check-ins, and the bound on being passed over by appointments."""

from datetime import date
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from contracts.errors import Rejected
from contracts.messages import counters as c
from contracts.messages.appointments import AppointmentState, BookAppointment, CancelAppointment, CheckIn
from contracts.messages.tickets import IssueTicket
from contracts.settings import Office
from queue_server.domain.apply import apply
from queue_server.domain.decide import day_change
from queue_server.domain.events import AppointmentBooked, AppointmentMissed
from queue_server.domain.slots import bookable, free, held, slot_times
from tests.support.offices import DAY, MIN, T0, Desk, office

ID = "command-0001"
HOURS = {"mon_fri": ["07:30-11:30", "13:30-17:00"], "sat": ["07:30-11:30"], "exceptions": {"2026-11-24": []}}
TEN_30 = T0 + (16 * 60 + 40) * 1000  # T0 is 10:13:20


def booking_office(capacity: int = 2, **changes: Any) -> Office:
    services = [
        {"code": "A", "name": {"vi": "Hộ tịch"}, "slot_capacity": capacity, "quota": 5},
        {"code": "C", "name": {"vi": "Chứng thực"}},
    ]
    return office(**{"service": services, "hours": HOURS, **changes})


class Counterless(Desk):
    """A desk whose bookings also remember who booked, as the unit of work does."""

    def book(self, person: str = "anh", start: str = "10:30", day: str = DAY, service: str = "A") -> str:
        """Books; the token."""
        command = BookAppointment(id=ID, service=service, date=day, start=start, person=person)
        (event,) = self.do(command)
        assert isinstance(event, AppointmentBooked)
        self.state.persons = {**self.state.persons, event.appointment: person}
        return event.token

    def refused(self, command: object) -> str:
        """The code of the refusal; nothing may have changed."""
        before = self.state.fork()
        with pytest.raises(Rejected) as why:
            self.do(command)
        assert self.state == before
        return why.value.code

    def at(self, now_ms: int) -> "Counterless":
        """The time is set."""
        self.now_ms = now_ms
        return self


def desk(capacity: int = 2, **changes: Any) -> Counterless:
    return Counterless(booking_office(capacity, **changes))


def clocks(of: Office, day: str) -> list[str]:
    return [slot.clock for slot in slot_times(of, date.fromisoformat(day))]


# ---- slots ----


def test_slots_fill_the_hours_and_none_spans_lunch() -> None:
    monday = clocks(booking_office(), DAY)
    assert monday[:2] == ["07:30", "08:00"]
    assert [monday[7], monday[8]] == ["11:00", "13:30"]
    assert monday[-1] == "16:30"
    assert len(monday) == 8 + 7


@pytest.mark.parametrize(("day", "count"), [("2026-11-24", 0), ("2026-11-28", 8), ("2026-11-29", 0)])
def test_dated_exceptions_saturdays_and_sundays(day: str, count: int) -> None:
    assert len(clocks(booking_office(), day)) == count


def test_a_rest_shorter_than_a_slot_is_no_slot() -> None:
    of = booking_office(appointments={"slot_min": 45})
    assert clocks(of, "2026-11-28") == ["07:30", "08:15", "09:00", "09:45", "10:30"]


def test_a_slot_is_an_instant_of_the_offices_own_time_zone() -> None:
    slot = slot_times(booking_office(), date.fromisoformat(DAY))[0]
    assert slot.start_ms == 1_795_393_800_000  # 2026-11-23 00:30 UTC
    assert slot.end_ms - slot.start_ms == 30 * MIN


def test_an_hour_that_summer_time_leaves_out_has_no_slots() -> None:
    berlin = {"id": "test", "name": {"vi": "Thử"}, "timezone": "Europe/Berlin"}
    of = booking_office(office=berlin, hours={"sun": ["01:00-04:00"]})
    assert clocks(of, "2027-03-28") == ["01:00", "01:30", "03:00", "03:30"]


def test_slots_until_midnight() -> None:
    of = booking_office(hours={"mon_fri": ["23:00-24:00"]})
    assert clocks(of, DAY) == ["23:00", "23:30"]


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (DAY, "10:30"),  # 10:13 now: what began is over
        ("2026-11-25", "07:30"),
        ("2026-12-07", "07:30"),  # 14 days ahead
        ("2026-12-08", None),
        ("2026-11-22", None),
        ("2026-11-24", None),  # closed
        ("2026-02-30", None),
        ("nonsense", None),
    ],
)
def test_bookable_are_slots_to_come_and_not_too_far_ahead(day: str, first: str | None) -> None:
    here = desk()
    service = here.office.service[0]
    found = bookable(here.state, here.office, service, day, here.now_ms)
    assert (found[0].clock if found else None) == first
    assert not bookable(here.state, here.office, here.office.service[1], day, here.now_ms), "capacity 0"


def test_a_slot_that_begins_this_instant_is_over() -> None:
    here = desk().at(TEN_30)
    found = bookable(here.state, here.office, here.office.service[0], DAY, here.now_ms)
    assert found[0].clock == "11:00"


def test_today_is_the_business_day_though_a_clock_went_back() -> None:
    here = desk()
    here.state.day = "2026-11-25"
    assert bookable(here.state, here.office, here.office.service[0], DAY, here.now_ms) == []


# ---- booking ----


def test_a_booking_takes_a_place_and_its_return_gives_it_back() -> None:
    here = desk(capacity=1)
    token = here.book()
    other = BookAppointment(id=ID, service="A", date=DAY, start="10:30", person="binh")
    assert here.refused(other) == "slot_full"
    assert here.do(CancelAppointment(id=ID, token=token))
    assert here.do(CancelAppointment(id=ID, token=token)) == [], "given back once"
    here.book("binh")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"service": "Z"}, "unknown_service"),
        ({"service": "C"}, "slot_unknown"),
        ({"date": "2026-11-24"}, "slot_unknown"),
        ({"date": "2026-02-30"}, "slot_unknown"),
        ({"start": "10:00"}, "slot_unknown"),
        ({"start": "10:31"}, "slot_unknown"),
        ({"start": "11:30"}, "slot_unknown"),
    ],
)
def test_what_cannot_be_booked(change: dict[str, str], code: str) -> None:
    asked = {"service": "A", "date": DAY, "start": "10:30", "person": "anh"} | change
    assert desk().refused(BookAppointment(id=ID, **asked)) == code


def test_a_service_that_staff_closed_is_not_booked_for_today() -> None:
    here = desk()
    here.do(c.CloseService(id=ID, service="A"))
    assert here.refused(BookAppointment(id=ID, service="A", date=DAY, start="10:30", person="anh")) == "slot_unknown"
    here.book(day="2026-11-25", start="07:30")


def test_one_active_booking_a_person() -> None:
    here = desk()
    token = here.book(start="11:00")
    again = BookAppointment(id=ID, service="A", date="2026-11-25", start="07:30", person="anh")
    assert here.refused(again) == "already_booked"
    here.do(CancelAppointment(id=ID, token=token))
    here.book(day="2026-11-25", start="07:30")


@pytest.mark.parametrize("came", [True, False])
def test_a_booking_is_over_once_its_person_came_or_is_too_late(came: bool) -> None:
    here = desk()
    token = here.book()
    if came:
        here.do(CheckIn(id=ID, token=token))
    else:
        here.at(TEN_30 + 10 * MIN + 1)
    here.book(day="2026-11-25", start="07:30")


@pytest.mark.parametrize(
    ("slot_min", "rooms"),
    [
        (30, {"10:00": 1, "10:30": 0, "11:00": 1}),
        (40, {"09:30": 1, "10:10": 0, "10:50": 0}),
        (60, {"09:30": 1, "10:30": 0}),
    ],
)
def test_bookings_under_another_slot_length_count_where_they_overlap(slot_min: int, rooms: dict[str, int]) -> None:
    here = desk(capacity=1)
    here.book()  # 10:30 to 11:00
    service, places = here.office.service[0], held(here.state, "A", DAY)
    other = booking_office(1, appointments={"slot_min": slot_min})
    found = {s.clock: free(places, service, s) for s in slot_times(other, date.fromisoformat(DAY))}
    assert {clock: found[clock] for clock in rooms} == rooms


def test_who_checked_in_still_holds_the_place() -> None:
    here = desk(capacity=1)
    here.do(CheckIn(id=ID, token=here.book()))
    assert here.refused(BookAppointment(id=ID, service="A", date=DAY, start="10:30", person="binh")) == "slot_full"


def test_services_do_not_share_places() -> None:
    services = [{"code": code, "name": {"vi": code}, "slot_capacity": 1} for code in "AC"]
    here = desk(service=services)
    here.book("anh")
    here.book("binh", service="C")


@pytest.mark.parametrize(("asked", "given"), [("en", "en"), ("vi", "vi"), ("fr", "vi")])
def test_the_language_is_one_of_the_office(asked: str, given: str) -> None:
    here = desk()
    command = BookAppointment(id=ID, service="A", date=DAY, start="10:30", person="anh", lang=asked)
    (event,) = here.do(command)
    assert event.lang == given
    here.do(CheckIn(id=ID, token=event.token))
    assert here.state.tickets[here.state.by_number["A001"]].lang == given


# ---- check-in ----


@pytest.mark.parametrize(
    ("offset_ms", "code"),
    [
        (-30 * MIN - 1, "check_in_early"),
        (-30 * MIN, None),
        (0, None),
        (10 * MIN, None),
        (10 * MIN + 1, "check_in_late"),
    ],
)
def test_the_window_of_check_in(offset_ms: int, code: str | None) -> None:
    here = desk()
    token = here.book(start="11:00")
    here.at(TEN_30 + 30 * MIN + offset_ms)
    if code is not None:
        assert here.refused(CheckIn(id=ID, token=token)) == code
        return
    here.do(CheckIn(id=ID, token=token))
    ticket = here.state.tickets[here.state.by_number["A001"]]
    assert ticket.order_ms == TEN_30 + 30 * MIN
    assert ticket.issued_ms == here.now_ms
    assert ticket.priority == "normal"
    (appointment,) = here.state.appointments.values()
    assert (appointment.state, appointment.ticket) == (AppointmentState.CHECKED_IN, ticket.id)
    assert ticket.appointment == appointment.id


def test_nobody_checks_in_on_the_day_before() -> None:
    here = desk(hours={"mon_fri": ["00:00-01:00", "10:00-11:00"]}, appointments={"early_min": 120})
    token = here.book(day="2026-11-24", start="00:00")
    midnight = T0 - (10 * 60 + 13) * MIN - 20_000 + 24 * 60 * MIN
    assert here.at(midnight - MIN).refused(CheckIn(id=ID, token=token)) == "check_in_early"


def test_a_second_check_in_gives_the_same_ticket_as_long_as_it_waits() -> None:
    here = desk()
    token = here.book()
    here.do(CheckIn(id=ID, token=token))
    assert here.do(CheckIn(id="command-0002", token=token)) == []
    assert len(here.state.tickets) == 1
    here.do(c.CallNext(id=ID, counter=1))
    assert here.refused(CheckIn(id="command-0003", token=token)) == "wrong_state"
    here.do(c.Hold(id=ID, counter=1))
    assert here.do(CheckIn(id="command-0004", token=token)) == []


def test_who_booked_gets_a_ticket_although_the_quota_is_used_up() -> None:
    here = desk()
    token = here.book()
    for _ in range(5):
        here.do(IssueTicket(id=ID, service="A"))
    assert here.refused(IssueTicket(id=ID, service="A")) == "quota_reached"
    here.do(CheckIn(id=ID, token=token))
    assert "A006" in here.state.by_number
    assert here.refused(IssueTicket(id=ID, service="A")) == "quota_reached"


def test_a_service_that_staff_closed_gives_no_ticket() -> None:
    here = desk()
    token = here.book()
    here.do(c.CloseService(id=ID, service="A"))
    assert here.refused(CheckIn(id=ID, token=token)) == "service_closed"
    here.do(c.OpenService(id=ID, service="A"))
    here.do(CheckIn(id=ID, token=token))


def test_before_the_doors_open_hours_do_not_hinder_a_check_in() -> None:
    here = desk(hours={**HOURS, "enforce": True})
    token = here.book(start="13:30")
    here.at(TEN_30 + 150 * MIN)  # 13:00: lunch
    assert here.refused(IssueTicket(id=ID, service="A")) == "service_closed"
    here.do(CheckIn(id=ID, token=token))


@pytest.mark.parametrize(("enforce", "code"), [(True, "service_closed"), (False, None)])
def test_a_day_that_lost_its_hours_after_the_booking(enforce: bool, code: str | None) -> None:
    here = desk()
    command = CheckIn(id=ID, token=here.book())
    here.office = booking_office(hours={**HOURS, "exceptions": {DAY: []}, "enforce": enforce})
    if code is None:
        here.do(command)
    else:
        assert here.refused(command) == code


def test_a_service_that_the_office_file_lost() -> None:
    here = desk()
    command = CheckIn(id=ID, token=here.book())
    services = [{"code": "C", "name": {"vi": "Chứng thực"}}]
    here.office = office(service=services, counter=[{"n": 1, "name": {"vi": "Quầy 1"}, "skills": {"C": 1}}])
    assert here.refused(command) == "unknown_service"


@pytest.mark.parametrize("kind", [CancelAppointment, CheckIn])
def test_what_is_over_is_over(kind: type) -> None:
    here = desk()
    assert here.refused(kind(id=ID, token="nobody")) == "unknown_appointment"
    token = here.book()
    if kind is CheckIn:
        here.do(CancelAppointment(id=ID, token=token))
    else:
        here.do(CheckIn(id=ID, token=token))
    assert here.refused(kind(id=ID, token=token)) == "wrong_state"


def test_early_comers_merge_at_their_slot_and_late_ones_keep_it() -> None:
    here = desk()
    early, late = here.book("anh", "11:00"), here.book("binh", "10:30")
    here.do(CheckIn(id=ID, token=early), after_min=18)  # 10:31
    here.do(IssueTicket(id=ID, service="A"), after_min=3)  # 10:34: before the early one
    here.do(CheckIn(id=ID, token=late), after_min=4)  # 10:38: its slot began before the walk-in came
    called = []
    for _ in range(3):
        here.do(c.CallNext(id=ID, counter=1))
        called.append(here.number_at(1))
    assert called == ["A003", "A002", "A001"]


def test_the_days_end_writes_down_who_did_not_come() -> None:
    here = desk()
    here.book("anh")
    here.do(CheckIn(id=ID, token=here.book("binh")))
    here.book("chi", "07:30", "2026-11-25")
    events = day_change(here.state, here.office, T0 + 24 * 60 * MIN)
    assert [type(e).__name__ for e in events] == ["TicketExpired", "AppointmentMissed", "DayStarted"]
    missed = next(e for e in events if isinstance(e, AppointmentMissed))
    assert here.state.persons[missed.appointment] == "anh"
    for event in events:
        apply(here.state, event)
    assert [a.day for a in here.state.appointments.values()] == ["2026-11-25"]
    assert list(here.state.persons.values()) == ["chi"]
    on_the_day = day_change(here.state, here.office, T0 + 2 * 24 * 60 * MIN)
    assert [type(e).__name__ for e in on_the_day] == ["DayStarted"]


# ---- properties ----

PEOPLE = st.sampled_from("abcdefgh")
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("book"), PEOPLE, st.sampled_from(["10:30", "11:00", "13:30", "14:00"])),
        st.tuples(st.just("cancel"), PEOPLE, st.none()),
        st.tuples(st.just("come"), PEOPLE, st.none()),
        st.tuples(st.just("walk-in"), st.none(), st.none()),
        st.tuples(st.just("wait"), st.integers(1, 40), st.none()),
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(acts=ACTS, capacity=st.integers(1, 3), late_min=st.integers(0, 60))
def test_never_over_capacity_one_booking_a_person_and_the_bound(
    acts: list[tuple[str, Any, Any]], capacity: int, late_min: int
) -> None:
    here = desk(capacity, appointments={"late_min": late_min})
    tokens: dict[str, str] = {}
    for kind, who, start in acts:
        try:
            if kind == "book":
                tokens[who] = here.book(who, start)
            elif kind == "cancel":
                here.do(CancelAppointment(id=ID, token=tokens.get(who, "none")))
            elif kind == "come":
                here.do(CheckIn(id=ID, token=tokens.get(who, "none")))
            elif kind == "walk-in":
                here.do(IssueTicket(id=ID, service="A"))
            else:
                here.now_ms += who * MIN
        except Rejected:
            continue
        _slots_hold(here, capacity)
        _one_each(here)
    _bounded(here, capacity, late_min)


def _slots_hold(here: Counterless, capacity: int) -> None:
    live = [a for a in here.state.appointments.values() if a.state in ("booked", "checked_in")]
    for start in {a.start_ms for a in live}:
        assert sum(a.start_ms == start for a in live) <= capacity


def _one_each(here: Counterless) -> None:
    late_ms = here.office.appointments.late_min * MIN
    active = [
        here.state.persons[a.id]
        for a in here.state.appointments.values()
        if a.state is AppointmentState.BOOKED and here.now_ms <= a.start_ms + late_ms
    ]
    assert len(active) == len(set(active))


def _bounded(here: Counterless, capacity: int, late_min: int) -> None:
    """Who came later and is called earlier: only holders of slots that began at most late_min before I came."""
    tickets = list(here.state.tickets.values())
    for me in tickets:
        if me.appointment is not None:
            continue
        passing = [t for t in tickets if t.issued_ms > me.issued_ms and t.order_ms < me.order_ms]
        assert all(t.appointment and me.issued_ms - t.order_ms <= late_min * MIN for t in passing)
        assert len(passing) <= (late_min // here.office.appointments.slot_min + 1) * capacity
