"""Office time while the clock is behind it (domain/clock_trust.py): it goes on, slowly.

A time server sets a clock back by seven hours while people wait. The clock cannot be obeyed, or who comes now would
pass them; but time that stood still would let nobody come before anybody (tickets would stand by their numbers, one
service before the other), and no wait, no grace and no gap between two recalls would end for hours.
"""

from queue_server.domain.clock_trust import next_event_ms
from queue_server.domain.model import OfficeState
from runtime.clock import Clock

PACE = 0.1
"""Of the real one: slow enough to keep to the opening hours, quick enough that two visitors do not come at once."""


class SlowTime:
    """For the writer's thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began: tuple[int, float] | None = None  # office time and running time when the clock was first behind

    def now_ms(self, state: OfficeState) -> int:
        """The time of what happens now: the clock's, or a little more than that of the newest event, UTC ms."""
        clock_ms = self._clock.wall_ms()
        newest_ms = next_event_ms(state, clock_ms)
        if newest_ms == clock_ms:
            self._began = None
            return clock_ms
        now_s = self._clock.mono_s()
        if self._began is None:
            self._began = (newest_ms, now_s)
        began_ms, began_s = self._began
        return max(newest_ms, began_ms + round((now_s - began_s) * 1000 * PACE))
