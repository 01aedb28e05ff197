"""Instants and business days, without reading a clock."""

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

STEP_BACK_MS_MAX = 24 * 3_600_000
"""A clock that goes back further was wrong by days before: from then on it is believed."""


def utc(at_ms: int) -> datetime:
    """UTC ms → aware datetime."""
    return datetime.fromtimestamp(at_ms / 1000, tz=UTC)


def since_epoch_ms(at: datetime) -> int:
    """The way back."""
    return round(at.timestamp() * 1000)


@cache
def zone(name: str) -> ZoneInfo:
    """The time zone of the office."""
    return ZoneInfo(name)


def local(at_ms: int, timezone: str) -> datetime:
    """The office's own time of an instant."""
    return datetime.fromtimestamp(at_ms / 1000, tz=zone(timezone))


def business_day(at_ms: int, timezone: str) -> str:
    """The office's date at an instant, "2026-11-23"."""
    return local(at_ms, timezone).date().isoformat()


def office_time(clock_ms: int, newest_ms: int) -> int:
    """The time of the next event: the clock's, but not before the newest event (a clock that a time server set back
    by seven hours must not let who comes now pass those who wait)."""
    return newest_ms if 0 < newest_ms - clock_ms <= STEP_BACK_MS_MAX else clock_ms
