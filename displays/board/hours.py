"""The opening times of one local date, as the office file has them."""

from datetime import date

from contracts.settings.model import Hours

SATURDAY, SUNDAY = 5, 6


def ranges_of(hours: Hours, day: date) -> list[str]:
    """["07:30-11:30", …]; empty when closed."""
    exception = hours.exceptions.get(day.isoformat())
    if exception is not None:
        return exception
    return {SATURDAY: hours.sat, SUNDAY: hours.sun}.get(day.weekday(), hours.mon_fri)


def has_hours(hours: Hours) -> bool:
    """False when the office file says nothing about times."""
    return bool(hours.mon_fri or hours.sat or hours.sun)
