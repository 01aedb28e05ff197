"""Instants and business days, without reading a clock."""

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo


def utc(at_ms: int) -> datetime:
    """UTC ms → aware datetime."""
    return datetime.fromtimestamp(at_ms / 1000, tz=UTC)


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
