"""Bookings as people see them: local times, today's in order, a missed one told as such before the day's end."""

import pytest

from contracts.errors import Rejected
from contracts.messages.appointments import AppointmentState, BookAppointment, CheckIn
from queue_server.application import bookings
from queue_server.application.unit_of_work import Command, decide_batch
from queue_server.domain.model import OfficeState
from tests.support.offices import DAY, MIN, T0, Counted, fresh_state, office

OFFICE = office(
    service=[{"code": "A", "name": {"vi": "Hộ tịch"}, "slot_capacity": 2}],
    counter=[{"n": 1, "name": {"vi": "Quầy 1"}, "skills": {"A": 1}}],
    hours={"mon_fri": ["07:30-11:30"]},
)
TEN_30 = T0 + 1000 * 1000


def booked(*wishes: tuple[str, str]) -> OfficeState:
    """Bookings of (day, start), each by somebody else."""
    state, fresh = fresh_state(OFFICE), Counted()
    for n, (day, start) in enumerate(wishes):
        wish = BookAppointment(id=f"command-{n:04d}", service="A", date=day, start=start, person=f"person-{n}")
        batch = decide_batch(state, OFFICE, [Command("http:anonymous", "book", wish)], {}, T0, fresh)
        assert batch.results[0].error is None
        state = batch.state
    return state


def test_slots_are_told_in_local_time_with_what_is_free() -> None:
    state = booked((DAY, "10:30"))
    found = bookings.slots(state, OFFICE, "A", DAY, T0)
    assert [(s.start.isoformat(), s.end.isoformat(), s.free) for s in found] == [
        ("2026-11-23T10:30:00+07:00", "2026-11-23T11:00:00+07:00", 1),
        ("2026-11-23T11:00:00+07:00", "2026-11-23T11:30:00+07:00", 2),
    ]
    with pytest.raises(Rejected):
        bookings.slots(state, OFFICE, "Z", DAY, T0)


def test_todays_bookings_in_the_order_of_their_slots() -> None:
    state = booked((DAY, "11:00"), ("2026-11-24", "07:30"), (DAY, "10:30"))
    assert [f"{view.start:%H:%M}" for view in bookings.today(state, OFFICE, T0)] == ["10:30", "11:00"]


@pytest.mark.parametrize(
    ("at_ms", "state"),
    [(TEN_30 + 10 * MIN, AppointmentState.BOOKED), (TEN_30 + 10 * MIN + 1, AppointmentState.MISSED)],
)
def test_a_booking_whose_grace_is_over_is_told_as_missed(at_ms: int, state: AppointmentState) -> None:
    made = booked((DAY, "10:30"))
    (known,) = made.appointments.values()
    assert bookings.view_of(made, OFFICE, known.token, at_ms).state is state


def test_a_checked_in_booking_tells_its_number() -> None:
    state = booked((DAY, "10:30"))
    (known,) = state.appointments.values()
    command = Command("http:anonymous", "check-in", CheckIn(id="command-0009", token=known.token))
    state = decide_batch(state, OFFICE, [command], {}, TEN_30, Counted()).state
    view = bookings.view_of(state, OFFICE, known.token, TEN_30)
    assert (view.state, view.number) == (AppointmentState.CHECKED_IN, "A001")
