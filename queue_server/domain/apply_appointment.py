"""Events of appointments → state."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from contracts.messages.appointments import AppointmentState
from queue_server.domain import events as ev
from queue_server.domain.model import Appointment, OfficeState


def _booked(state: OfficeState, event: ev.AppointmentBooked) -> None:
    made = Appointment(
        event.appointment, event.token, event.service, event.day, event.start_ms, event.end_ms, event.lang
    )  # fmt: skip
    state.appointments = {**state.appointments, made.id: made}


def _change(state: OfficeState, appointment_id: str, /, **changes: Any) -> None:
    changed = replace(state.appointments[appointment_id], **changes)
    state.appointments = {**state.appointments, appointment_id: changed}


def _cancelled(state: OfficeState, event: ev.AppointmentCancelled) -> None:
    _change(state, event.appointment, state=AppointmentState.CANCELLED)


def _checked_in(state: OfficeState, event: ev.AppointmentCheckedIn) -> None:
    _change(state, event.appointment, state=AppointmentState.CHECKED_IN, ticket=event.checked_in)


def _missed(state: OfficeState, event: ev.AppointmentMissed) -> None:
    _change(state, event.appointment, state=AppointmentState.MISSED)


APPOINTMENT_APPLY: dict[type, Callable[[OfficeState, Any], None]] = {
    ev.AppointmentBooked: _booked,
    ev.AppointmentCancelled: _cancelled,
    ev.AppointmentCheckedIn: _checked_in,
    ev.AppointmentMissed: _missed,
}
