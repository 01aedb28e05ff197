"""Book a slot, give it back, check in.

A ticket of an appointment has the slot's start as its arrival: whoever comes early merges there, whoever comes late
but within the grace keeps the place. A walk-in is therefore passed over only by holders of slots that started at most
`late_min` before he came, which are at most (late_min // slot_min + 1) * slot_capacity people a service: the proved
bound on overtaking by appointments (tests/unit/queue_server/domain/test_appointments.py).
"""

from typing import TYPE_CHECKING

from contracts.errors import Rejected
from contracts.ids import format_ticket_number
from contracts.messages.appointments import AppointmentState, BookAppointment, CancelAppointment, CheckIn
from contracts.messages.common import TicketState
from contracts.settings import Office
from queue_server.domain import events as ev
from queue_server.domain.calendar import open_at
from queue_server.domain.decide_ticket import NORMAL, next_serial
from queue_server.domain.model import Appointment, OfficeState
from queue_server.domain.policies import MINUTE_MS
from queue_server.domain.slots import SlotTime, bookable, free, held

if TYPE_CHECKING:
    from queue_server.domain.decide import Fresh

Events = list[ev.AnyEvent]
STILL_HERE = frozenset({TicketState.WAITING, TicketState.HELD})


def too_late(appointment: Appointment, office: Office, now_ms: int) -> bool:
    """True once its grace window is over."""
    return now_ms > appointment.start_ms + office.appointments.late_min * MINUTE_MS


def shown_state(appointment: Appointment, office: Office, now_ms: int) -> AppointmentState:
    """Its state as people are told: a booking whose grace is over is missed, though the day's end writes it down."""
    if appointment.state is AppointmentState.BOOKED and too_late(appointment, office, now_ms):
        return AppointmentState.MISSED
    return appointment.state


def by_token(state: OfficeState, token: str) -> Appointment:
    """Raises unknown_appointment."""
    found = next((a for a in state.appointments.values() if a.token == token), None)
    if found is None:
        raise Rejected("unknown_appointment", "no appointment of today or later has this token")
    return found


def book(state: OfficeState, office: Office, command: BookAppointment, now_ms: int, fresh: "Fresh") -> Events:
    """A new booking. `command.person` is the keyed hash already. Rejects unknown_service, slot_unknown, slot_full,
    already_booked."""
    service = office.service_by_code(command.service)
    if service is None:
        raise Rejected("unknown_service", f"no service {command.service!r}")
    slot = next((s for s in bookable(state, office, service, command.date, now_ms) if s.clock == command.start), None)
    if slot is None:
        raise Rejected("slot_unknown", f"{service.code} has no slot {command.date} {command.start} that may be booked")
    if not free(held(state, service.code, command.date), service, slot):
        raise Rejected("slot_full", f"{command.date} {command.start} has its {service.slot_capacity} bookings")
    if _has_booking(state, office, command.person, now_ms):
        raise Rejected("already_booked", "this person has an active booking")
    return [_booked(office, command, slot, now_ms, fresh)]


def _has_booking(state: OfficeState, office: Office, person: str, now_ms: int) -> bool:
    """Active: booked, and its grace not over."""
    own = (state.appointments.get(i) for i, who in state.persons.items() if who == person)
    return any(a is not None and shown_state(a, office, now_ms) is AppointmentState.BOOKED for a in own)


def _booked(
    office: Office, command: BookAppointment, slot: SlotTime, now_ms: int, fresh: "Fresh"
) -> ev.AppointmentBooked:
    known = office.office.languages
    return ev.AppointmentBooked(
        at_ms=now_ms,
        appointment=fresh.uuid(),
        token=fresh.token(),
        service=command.service,
        day=command.date,
        start_ms=slot.start_ms,
        end_ms=slot.end_ms,
        lang=command.lang if command.lang in known else known[0],
    )


def cancel(state: OfficeState, office: Office, command: CancelAppointment, now_ms: int, _fresh: "Fresh") -> Events:
    """Give it back; nothing happens when it was given back before. Rejects unknown_appointment, wrong_state."""
    appointment = by_token(state, command.token)
    shown = shown_state(appointment, office, now_ms)
    if shown is AppointmentState.CANCELLED:
        return []
    if shown is not AppointmentState.BOOKED:
        raise Rejected("wrong_state", f"the appointment is {shown}")
    return [ev.AppointmentCancelled(at_ms=now_ms, appointment=appointment.id)]


def check_in(state: OfficeState, office: Office, command: CheckIn, now_ms: int, fresh: "Fresh") -> Events:
    """A ticket at the slot's place; the same ticket again (no event) as long as it waits.

    The quota does not count: the place was promised. A service that staff closed, or a day that has no hours any more,
    does. Rejects unknown_appointment, wrong_state, unknown_service, service_closed, check_in_early, check_in_late,
    numbers_exhausted.
    """
    appointment = by_token(state, command.token)
    if appointment.state is AppointmentState.CHECKED_IN:
        _still_waits(state, appointment)
        return []
    if appointment.state is not AppointmentState.BOOKED:
        raise Rejected("wrong_state", f"the appointment is {appointment.state}")
    _in_window(state, appointment, office, now_ms)
    _served(state, office, appointment)
    ticket = _ticket(state, appointment, now_ms, fresh)
    return [ticket, ev.AppointmentCheckedIn(at_ms=now_ms, appointment=appointment.id, checked_in=ticket.ticket)]


def _still_waits(state: OfficeState, appointment: Appointment) -> None:
    ticket = state.tickets.get(appointment.ticket or "")
    if ticket is None or ticket.state not in STILL_HERE:
        raise Rejected("wrong_state", "the ticket of this appointment does not wait any more")


def _in_window(state: OfficeState, appointment: Appointment, office: Office, now_ms: int) -> None:
    early_ms = appointment.start_ms - office.appointments.early_min * MINUTE_MS
    if now_ms < early_ms or state.day < appointment.day:  # a ticket is of its business day
        raise Rejected("check_in_early", f"{office.appointments.early_min} min before the slot at the earliest")
    if too_late(appointment, office, now_ms):
        raise Rejected("check_in_late", f"{office.appointments.late_min} min after the slot began at the latest")


def _served(state: OfficeState, office: Office, appointment: Appointment) -> None:
    if office.service_by_code(appointment.service) is None:
        raise Rejected("unknown_service", f"no service {appointment.service!r} any more")
    if appointment.service in state.closed_services or not open_at(office, appointment.start_ms):
        raise Rejected("service_closed", f"{appointment.service} is closed")


def _ticket(state: OfficeState, appointment: Appointment, now_ms: int, fresh: "Fresh") -> ev.TicketIssued:
    serial = next_serial(state, appointment.service)
    return ev.TicketIssued(
        at_ms=now_ms,
        ticket=fresh.uuid(),
        number=format_ticket_number(appointment.service, serial),
        service=appointment.service,
        priority=NORMAL,
        lang=appointment.lang,
        token=fresh.token(),
        serial=serial,
        order_ms=appointment.start_ms,
        appointment=appointment.id,
    )


def missed(state: OfficeState, today: str, now_ms: int) -> Events:
    """What a day's end makes of bookings of days before `today` that nobody checked in."""
    return [
        ev.AppointmentMissed(at_ms=now_ms, appointment=a.id)
        for a in state.appointments.values()
        if a.state is AppointmentState.BOOKED and a.day < today
    ]
