"""Slots and bookings as people see them, out of committed state."""

from typing import Any

from contracts.errors import Rejected
from contracts.messages.appointments import AppointmentView, BookAppointment, CancelAppointment, CheckIn, Slot
from contracts.settings import Office
from queue_server.domain.clock import local
from queue_server.domain.decide_appointment import by_token, shown_state
from queue_server.domain.model import Appointment, OfficeState
from queue_server.domain.slots import bookable, free, held

COMMANDS = BookAppointment | CancelAppointment | CheckIn


def slots(state: OfficeState, office: Office, code: str, day: str, now_ms: int) -> tuple[Slot, ...]:
    """What may be booked of a service on a date, full ones too. Raises unknown_service."""
    service = office.service_by_code(code)
    if service is None:
        raise Rejected("unknown_service", "the office file has no such service")
    zone, places = office.office.timezone, held(state, code, day)
    return tuple(
        Slot(
            code, local(slot.start_ms, zone), local(slot.end_ms, zone), service.slot_capacity,
            free(places, service, slot),
        )
        for slot in bookable(state, office, service, day, now_ms)
    )  # fmt: skip


def view(state: OfficeState, office: Office, appointment: Appointment, now_ms: int) -> AppointmentView:
    """A booking as its holder and staff see it."""
    zone = office.office.timezone
    ticket = state.tickets.get(appointment.ticket or "")
    return AppointmentView(
        appointment.token, appointment.service, local(appointment.start_ms, zone), local(appointment.end_ms, zone),
        shown_state(appointment, office, now_ms), appointment.lang, ticket.number if ticket else None,
    )  # fmt: skip


def view_of(state: OfficeState, office: Office, token: str, now_ms: int) -> AppointmentView:
    """The booking with this token. Raises unknown_appointment."""
    return view(state, office, by_token(state, token), now_ms)


def today(state: OfficeState, office: Office, now_ms: int) -> tuple[AppointmentView, ...]:
    """All bookings of the business day, in order of their slots."""
    mine = sorted(
        (a for a in state.appointments.values() if a.day == state.day), key=lambda a: (a.start_ms, a.service, a.id)
    )
    return tuple(view(state, office, a, now_ms) for a in mine)


def asked(message: Any, booked: str | None, state: OfficeState) -> Appointment | None:
    """The booking a command speaks of; `booked`: the id that a book command gave."""
    if isinstance(message, BookAppointment):
        return state.appointments.get(booked or "")
    if isinstance(message, CancelAppointment | CheckIn):
        return next((a for a in state.appointments.values() if a.token == message.token), None)
    return None
