"""The one place where a process reads time. Pure code gets time as an argument."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Clock:
    """Wall time in UTC ms and monotonic seconds; a test passes its own functions.

    `running_ms`: since the machine started, sleep included, the same for all its processes; nobody sets it.
    """

    wall_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    mono_s: Callable[[], float] = time.monotonic
    running_ms: Callable[[], int] = lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000

    def now(self) -> datetime:
        """The wall time, UTC, to the millisecond."""
        return utc(self.wall_ms())


def utc(at_ms: int) -> datetime:
    """UTC ms → aware datetime."""
    return datetime.fromtimestamp(at_ms / 1000, tz=UTC)


def to_ms(at: datetime) -> int:
    """Aware datetime → UTC ms."""
    return round(at.timestamp() * 1000)
