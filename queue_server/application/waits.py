"""The report of waits, as its users see it: query, rows, and the port behind which the database is."""

from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from contracts.errors import Rejected

REPORT_DAYS_MAX = 3660
"""Longest range of one report, in days (ten years)."""


class By(StrEnum):
    """What rows are grouped by."""

    SERVICE = "service"
    HOUR = "hour"  # local hour of issue
    DAY = "day"
    COUNTER = "counter"
    PRIORITY = "priority"


class WaitsQuery(msgspec.Struct, frozen=True):
    """Business days `first`..`last`, both included; rows for every combination of `by` that has tickets."""

    first: date
    last: date
    by: tuple[By, ...] = (By.SERVICE,)


class WaitsRow(msgspec.Struct, frozen=True):
    """One group. Times in seconds; None where nobody was called. Wait = issue to the first call of the visit."""

    key: tuple[str, ...]  # a value a grouping of the query, in its order: service code, hour "08", day "2026-11-23"
    issued: int  # tickets taken
    called: int  # tickets called at least once: the waits that the figures are about
    no_shows: int  # of the called ones, those that nobody came for
    mean_s: float | None = None
    median_s: float | None = None
    p90_s: float | None = None
    within_target: float | None = None  # share 0-1 of the called ones that waited at most the service's target


class WaitsReport(msgspec.Struct, frozen=True):
    """Rows in the order of their keys, and one over everything."""

    first: date
    last: date
    by: tuple[By, ...]
    definitions: dict[str, str]  # figure → what it means
    total: WaitsRow
    rows: tuple[WaitsRow, ...]


class CounterDay(msgspec.Struct, frozen=True):
    """A counter's business day so far."""

    served: int
    no_shows: int
    mean_serving_s: float | None = None


class Reports(Protocol):
    """Reads figures; never in the way of the writer. Raises Rejected `storage_unavailable`."""

    async def waits(self, query: WaitsQuery, lang: str = "vi") -> WaitsReport:
        """The waits of a range."""
        ...

    async def counter_day(self, day: date, counter: int) -> CounterDay:
        """What a counter did on one day."""
        ...

    def csv(self, report: WaitsReport, lang: str) -> bytes:
        """The same report as a CSV file that a spreadsheet opens without asking."""
        ...

    def chart(self, report: WaitsReport, lang: str) -> bytes:
        """An SVG picture of the rows: median and p90 a group."""
        ...


def waits_query(first: str | None, last: str | None, by: str, *, today: date) -> WaitsQuery:
    """The query of what a person typed: days like 2026-11-23, groupings with commas. Raises `malformed`."""
    start = _day(first, "from") if first else today
    end = _day(last, "to") if last else start
    if end < start:
        raise Rejected("malformed", "`to` is before `from`")
    if (end - start).days >= REPORT_DAYS_MAX:
        raise Rejected("malformed", f"more than {REPORT_DAYS_MAX} days")
    words = tuple(dict.fromkeys(word.strip() for word in by.split(",") if word.strip()))
    for word in words:
        if word not in list(By):
            raise Rejected("malformed", f"by {word[:20]!r} is none of {', '.join(By)}")
    return WaitsQuery(start, end, tuple(By(word) for word in words))


def _day(text: str, name: str) -> date:
    wrong = Rejected("malformed", f"`{name}` is not a date like 2026-11-23")
    if len(text) != len("2026-11-23"):
        raise wrong
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a calendar day has no time zone
    except ValueError:
        raise wrong from None
