"""Opening hours: breaks, exceptions, the last minute of a day."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from contracts.opening import DAYS_AHEAD_MAX, open_at, ranges, reopens_at
from contracts.settings.model import Hours

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
HOURS = Hours(
    mon_fri=["07:30-11:30", "13:30-17:00"], sat=["07:30-11:30"], enforce=True,
    exceptions={"2026-11-24": [], "2026-11-29": ["20:00-24:00"]},
)  # fmt: skip


def at(day: int, clock: str) -> datetime:
    """Of November 2026; the 23rd is a Monday."""
    return datetime.fromisoformat(f"2026-11-{day} {clock}").replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("day", "clock", "is_open", "reopens"),
    [
        (23, "07:29:59", False, (23, "07:30")),
        (23, "07:30:00", True, (23, "13:30")),
        (23, "11:30:00", False, (23, "13:30")),
        (23, "17:00:00", False, (25, "07:30")),  # the 24th is an exception
        (24, "09:00:00", False, (25, "07:30")),
        (28, "11:00:00", True, (29, "20:00")),  # a Saturday; that Sunday is an exception
        (29, "23:59:59", True, (30, "07:30")),
    ],
)
def test_hours(day: int, clock: str, is_open: bool, reopens: tuple[int, str]) -> None:
    assert open_at(HOURS, at(day, clock)) is is_open
    assert reopens_at(HOURS, at(day, clock)) == at(*reopens)


def test_without_enforcement_it_is_always_open_and_without_hours_it_never_reopens() -> None:
    assert open_at(Hours(), at(23, "03:00"))
    assert reopens_at(Hours(), at(23, "03:00")) is None
    assert ranges(HOURS, at(24, "03:00").date()) == []
    assert DAYS_AHEAD_MAX == 30
