"""The sample office where it is morning now: slots of today may be booked, and checked in at once."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from tests.support.e2e_office import office_file

ALL_DAY = '["00:00-24:00"]'


def morning() -> str:
    """A time zone in which it is between nine and ten in the morning now."""
    hours = (datetime.now(UTC).hour - 9 + 12) % 24 - 12  # Etc/GMT+3 is three hours behind
    return f"Etc/GMT{hours:+d}" if hours else "Etc/GMT"


def booking_office(folder: Path, changes: Mapping[str, str] | None = None) -> Path:
    """Its file: open all day and every day, check-in from four hours before the slot."""
    open_now = {
        'timezone = "Asia/Ho_Chi_Minh"': f'timezone = "{morning()}"',
        'mon_fri = ["07:30-11:30", "13:30-17:00"]': f"mon_fri = {ALL_DAY}",
        'sat = ["07:30-11:30"]': f"sat = {ALL_DAY}",
        "sun = []": f"sun = {ALL_DAY}",
        "early_min = 30 ": "early_min = 240 ",
    }
    return office_file(folder, open_now | dict(changes or {}))
