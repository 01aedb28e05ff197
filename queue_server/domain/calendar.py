"""Opening hours of the office file: is it open now, and when does it open again?"""

from datetime import date, datetime, time, timedelta

from contracts.settings import Office
from queue_server.domain.clock import local, zone

DAYS_AHEAD_MAX = 30


def ranges(office: Office, day: date) -> list[str]:
    """The opening hours of a date, "HH:MM-HH:MM", as the office file has them; [] when it is closed."""
    hours = office.hours
    exception = hours.exceptions.get(day.isoformat())
    if exception is not None:
        return exception
    return hours.mon_fri if day.weekday() < 5 else hours.sat if day.weekday() == 5 else hours.sun


def _bounds(text: str) -> tuple[time, time]:
    start, end = text.split("-")
    last = time(23, 59, 59, 999999) if end == "24:00" else time.fromisoformat(end)
    return time.fromisoformat(start), last


def open_at(office: Office, at_ms: int) -> bool:
    """True within the hours of the office file, and always when the office does not enforce them."""
    if not office.hours.enforce:
        return True
    now = local(at_ms, office.office.timezone)
    return any(start <= now.time() < end for start, end in map(_bounds, ranges(office, now.date())))


def reopens_at(office: Office, at_ms: int) -> datetime | None:
    """The next opening, local time with offset; None when there is none in DAYS_AHEAD_MAX days."""
    now = local(at_ms, office.office.timezone)
    for ahead in range(DAYS_AHEAD_MAX + 1):
        day = now.date() + timedelta(days=ahead)
        for start, _end in map(_bounds, ranges(office, day)):
            opening = datetime.combine(day, start, tzinfo=zone(office.office.timezone))
            if opening > now:
                return opening
    return None


def next_open_day(office: Office, day: str) -> str:
    """The next date with opening hours after `day`, "2026-11-24"; the very next one when there is none to be found."""
    today = date.fromisoformat(day)
    days = [today + timedelta(days=ahead) for ahead in range(1, DAYS_AHEAD_MAX + 1)]
    return next((d for d in days if ranges(office, d)), days[0]).isoformat()
