"""Slots of a service and day: pieces of the opening hours of equal length. Pure.

A slot lies within one range of the hours: none spans lunch. Dated exceptions, Saturdays and holidays come with the
hours. A slot's name is its local start; its instants are UTC ms.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from contracts.messages.appointments import AppointmentState
from contracts.settings import Office, Service
from queue_server.domain.calendar import ranges
from queue_server.domain.clock import business_day, local, zone
from queue_server.domain.model import Appointment, OfficeState
from queue_server.domain.policies import MINUTE_MS

HOLDS_A_PLACE = frozenset({AppointmentState.BOOKED, AppointmentState.CHECKED_IN})


@dataclass(frozen=True, slots=True)
class SlotTime:
    """When a slot is. `clock` is its local start, "07:30"."""

    clock: str
    start_ms: int
    end_ms: int


def slot_times(office: Office, day: date) -> list[SlotTime]:
    """All slots of a date, in order."""
    length_min = office.appointments.slot_min
    found = []
    for text in ranges(office, day):
        opens, closes = (_minutes(part) for part in text.split("-"))
        for minute in range(opens, closes - length_min + 1, length_min):
            slot = _slot(office, day, minute, length_min)
            if slot is not None:
                found.append(slot)
    return found


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return 60 * int(hours) + int(minutes)


def _slot(office: Office, day: date, minute: int, length_min: int) -> SlotTime | None:
    """None for a local time that a change to summer time leaves out."""
    start = datetime(day.year, day.month, day.day, tzinfo=zone(office.office.timezone)) + timedelta(minutes=minute)
    start_ms = round(start.timestamp() * 1000)
    if local(start_ms, office.office.timezone).replace(tzinfo=None) != start.replace(tzinfo=None):
        return None
    return SlotTime(f"{minute // 60:02d}:{minute % 60:02d}", start_ms, start_ms + length_min * MINUTE_MS)


def bookable(state: OfficeState, office: Office, service: Service, day: str, now_ms: int) -> list[SlotTime]:
    """The slots of a date that may be booked now if there is room: of today only those still to come, none further
    ahead than the office file allows, none for a service without appointments or of a day that is no date."""
    wanted = day_from(day)
    today = day_from(max(state.day, business_day(now_ms, office.office.timezone)))
    if wanted is None or today is None or service.slot_capacity == 0:
        return []
    if not today <= wanted <= today + timedelta(days=office.appointments.days_ahead):
        return []
    if wanted == today and service.code in state.closed_services:
        return []
    return [slot for slot in slot_times(office, wanted) if slot.start_ms > now_ms]


def day_from(text: str) -> date | None:
    """A date written as 2026-11-23, or None."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.isoformat() == text else None  # not "20261123", not "2026-W48-1"


def held(state: OfficeState, service: str, day: str) -> list[Appointment]:
    """The bookings of a service and date that hold a place."""
    return [
        a for a in state.appointments.values() if a.service == service and a.day == day and a.state in HOLDS_A_PLACE
    ]


def free(places: list[Appointment], service: Service, slot: SlotTime) -> int:
    """How many may still book it, beside these bookings of its day (`held`). Those made under another slot length count
    in every slot they overlap."""
    taken = sum(1 for a in places if a.start_ms < slot.end_ms and slot.start_ms < a.end_ms)
    return max(0, service.slot_capacity - taken)
