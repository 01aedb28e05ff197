"""Opening hours of the office file ([hours]): the server keeps to them, and a kiosk that is without it."""

from datetime import date, datetime, time, timedelta

from contracts.settings.model import Hours

DAYS_AHEAD_MAX = 30


def ranges(hours: Hours, day: date) -> list[str]:
    """The opening hours of a date, "HH:MM-HH:MM", as the office file has them; [] when it is closed."""
    exception = hours.exceptions.get(day.isoformat())
    if exception is not None:
        return exception
    return hours.mon_fri if day.weekday() < 5 else hours.sat if day.weekday() == 5 else hours.sun


def _bounds(text: str) -> tuple[time, time]:
    start, end = text.split("-")
    last = time(23, 59, 59, 999999) if end == "24:00" else time.fromisoformat(end)
    return time.fromisoformat(start), last


def open_at(hours: Hours, now: datetime) -> bool:
    """True within the hours (`now`: local time), and always when the office does not enforce them."""
    if not hours.enforce:
        return True
    return any(start <= now.time() < end for start, end in map(_bounds, ranges(hours, now.date())))


def reopens_at(hours: Hours, now: datetime) -> datetime | None:
    """The next opening after `now`, local with its zone, like `now`; None when there is none in DAYS_AHEAD_MAX days."""
    for ahead in range(DAYS_AHEAD_MAX + 1):
        day = now.date() + timedelta(days=ahead)
        for start, _end in map(_bounds, ranges(hours, day)):
            opening = datetime.combine(day, start, tzinfo=now.tzinfo)
            if opening > now:
                return opening
    return None
