"""Opening hours of the office file: is it open now, and when does it open again?"""

from datetime import date, datetime, timedelta

from contracts import opening
from contracts.opening import DAYS_AHEAD_MAX
from contracts.settings import Office
from queue_server.domain.clock import local


def ranges(office: Office, day: date) -> list[str]:
    """The opening hours of a date, "HH:MM-HH:MM", as the office file has them; [] when it is closed."""
    return opening.ranges(office.hours, day)


def open_at(office: Office, at_ms: int) -> bool:
    """True within the hours of the office file, and always when the office does not enforce them."""
    return opening.open_at(office.hours, local(at_ms, office.office.timezone))


def reopens_at(office: Office, at_ms: int) -> datetime | None:
    """The next opening, local time with offset; None when there is none in DAYS_AHEAD_MAX days."""
    return opening.reopens_at(office.hours, local(at_ms, office.office.timezone))


def next_open_day(office: Office, day: str) -> str:
    """The next date with opening hours after `day`, "2026-11-24"; the very next one when there is none to be found."""
    today = date.fromisoformat(day)
    days = [today + timedelta(days=ahead) for ahead in range(1, DAYS_AHEAD_MAX + 1)]
    return next((d for d in days if ranges(office, d)), days[0]).isoformat()
