"""Opening hours to the minute, and the days around them."""

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from contracts.opening import DAYS_AHEAD_MAX
from contracts.settings import Office
from queue_server.domain.calendar import next_open_day, open_at, ranges, reopens_at
from queue_server.domain.clock import (
    STEP_BACK_MS_MAX,
    business_day,
    local,
    office_time,
    since_epoch_ms,
    utc,
    zone,
)
from tests.support.offices import office

HANOI = timezone(timedelta(hours=7))
WEEK = {"mon_fri": ["07:30-11:30", "13:30-17:00"], "sat": ["08:00-24:00"], "sun": [], "enforce": True}


def at_ms(text: str) -> int:
    """ "2026-11-23 07:30" in Hà Nội → UTC ms."""
    return round(datetime.fromisoformat(text).replace(tzinfo=HANOI).timestamp() * 1000)


def open_office(**hours: Any) -> Office:
    return office(hours={**WEEK, **hours})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23 07:29:59.999", False),
        ("2026-11-23 07:30", True),
        ("2026-11-23 11:29:59.999", True),
        ("2026-11-23 11:30", False),
        ("2026-11-23 13:30", True),
        ("2026-11-23 17:00", False),
        ("2026-11-27 16:59", True),  # Friday
        ("2026-11-28 07:59", False),  # Saturday
        ("2026-11-28 08:00", True),
        ("2026-11-28 23:59:59.998", True),
        ("2026-11-29 08:00", False),  # Sunday
    ],
)
def test_open_at(text: str, expected: bool) -> None:
    assert open_at(open_office(), at_ms(text)) is expected
    assert open_at(open_office(enforce=False), at_ms(text))


def test_exceptions_go_before_the_week() -> None:
    of = open_office(exceptions={"2026-11-23": [], "2026-11-29": ["09:00-10:00"]})
    assert ranges(of, date(2026, 11, 23)) == []
    assert ranges(of, date(2026, 11, 29)) == ["09:00-10:00"]
    assert ranges(of, date(2026, 11, 24)) == WEEK["mon_fri"]
    assert ranges(of, date(2026, 11, 28)) == WEEK["sat"]
    assert ranges(of, date(2026, 12, 6)) == []


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        ("2026-11-23 06:00", "2026-11-23 07:30"),
        ("2026-11-23 07:30", "2026-11-23 13:30"),  # it is open: the opening after this one
        ("2026-11-23 12:00", "2026-11-23 13:30"),
        ("2026-11-23 18:00", "2026-11-24 07:30"),
        ("2026-11-28 09:00", "2026-11-30 07:30"),
    ],
)
def test_reopens_at(now: str, opening: str) -> None:
    assert reopens_at(open_office(), at_ms(now)) == datetime.fromisoformat(opening).replace(tzinfo=HANOI)


def test_it_looks_thirty_days_ahead() -> None:
    never: dict[str, list[str]] = {"mon_fri": [], "sat": [], "sun": []}
    now = at_ms("2026-11-01 08:00")
    assert reopens_at(open_office(**never), now) is None
    assert next_open_day(open_office(**never), "2026-11-01") == "2026-11-02"
    for ahead, found in ((DAYS_AHEAD_MAX, True), (DAYS_AHEAD_MAX + 1, False)):
        day = (date(2026, 11, 1) + timedelta(days=ahead)).isoformat()
        of = open_office(**never, exceptions={day: ["09:00-10:00"]})
        opening = reopens_at(of, now)
        assert (opening is not None and opening.isoformat() == f"{day}T09:00:00+07:00") is found
        assert next_open_day(of, "2026-11-01") == (day if found else "2026-11-02")


def test_next_open_day() -> None:
    assert next_open_day(open_office(), "2026-11-27") == "2026-11-28"
    assert next_open_day(open_office(), "2026-11-28") == "2026-11-30"
    assert next_open_day(open_office(), "2026-11-23") == "2026-11-24"


def test_instants() -> None:
    at = utc(1_795_403_600_123)
    assert at.isoformat() == "2026-11-23T03:13:20.123000+00:00"
    assert since_epoch_ms(at) == 1_795_403_600_123
    assert local(1_795_403_600_000, "Asia/Ho_Chi_Minh").isoformat() == "2026-11-23T10:13:20+07:00"
    assert zone("Asia/Ho_Chi_Minh").key == "Asia/Ho_Chi_Minh"
    assert business_day(at_ms("2026-11-23 00:00"), "Asia/Ho_Chi_Minh") == "2026-11-23"
    assert business_day(at_ms("2026-11-23 00:00") - 1, "Asia/Ho_Chi_Minh") == "2026-11-22"


def test_time_of_the_office_goes_not_back_within_a_day() -> None:
    newest = 10 * STEP_BACK_MS_MAX
    assert office_time(newest + 1, newest) == newest + 1
    assert office_time(newest, newest) == newest
    assert office_time(newest - 1, newest) == newest
    assert office_time(newest - STEP_BACK_MS_MAX, newest) == newest
    assert office_time(newest - STEP_BACK_MS_MAX - 1, newest) == newest - STEP_BACK_MS_MAX - 1
