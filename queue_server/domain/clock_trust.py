"""Is the wall clock to be believed? A forward jump of over a day with tickets waiting asks a person (design.md §4).

The witness is the machine's running time, which no time server sets and which goes on while the machine sleeps. While a
jump is not confirmed, office time is running time: the day goes on as if the clock had not jumped, and ends at its own
midnight.
"""

from dataclasses import dataclass

from queue_server.domain.clock import business_day, office_time
from queue_server.domain.model import LIVE, OfficeState

JUMP_MS_MAX = 24 * 3_600_000
"""Further ahead of the running time the wall clock does not go by itself."""

BOOT_GAP_MS_MAX = 30 * 24 * 3_600_000
"""After a new start of the machine nobody was there to see the clock jump, and an office may have been closed with
tickets left over: a week-end, nine days of Tết. Nobody closes for longer without ending the day."""

FAR_MS_MAX = 180 * 24 * 3_600_000
"""A clock that is further ahead is asked about though nobody waits: the business day never moves back, so that an
office which believed a dead clock for one moment, before its time server spoke, would be in that day until it has come,
with the quota and the numbers of one day for all the days until then."""

STEADY_MS = 1_000
"""Smaller differences are the clock's ordinary correction."""


@dataclass(frozen=True, slots=True)
class ClockTrust:
    """`offset_ms`: office time less running time. `jumped`: the wall clock is too far ahead and nobody confirmed it.
    `gap_ms`: when it is no further ahead than that, it is believed again."""

    offset_ms: int
    jumped: bool = False
    gap_ms: int = JUMP_MS_MAX

    def office_ms(self, wall_ms: int, running_ms: int) -> int:
        """The office's time now, UTC ms."""
        return running_ms + self.offset_ms if self.jumped else wall_ms


def believed(trust: ClockTrust | None, wall_ms: int, running_ms: int) -> ClockTrust:
    """The wall clock is right; `trust` itself when that is no news."""
    offset_ms = wall_ms - running_ms
    if trust is not None and not trust.jumped and abs(offset_ms - trust.offset_ms) < STEADY_MS:
        return trust
    return ClockTrust(offset_ms)


def judge(trust: ClockTrust, wall_ms: int, running_ms: int, state: OfficeState, timezone: str) -> ClockTrust:
    """What to think of the clock now. A jump counts only when it would end a day on which somebody still waits, or is
    a very far one; a clock that comes back is believed again, also one that goes back (domain/clock.py, office_time).
    """
    ahead_ms = wall_ms - (running_ms + trust.offset_ms)
    if ahead_ms <= trust.gap_ms or not _ends_a_day(state, wall_ms, timezone):
        return believed(trust, wall_ms, running_ms)
    if trust.jumped:
        return trust
    if ahead_ms > FAR_MS_MAX or _somebody_waits(state):
        return ClockTrust(trust.offset_ms, jumped=True)
    return believed(trust, wall_ms, running_ms)


def after_boot(wall_ms: int, running_ms: int, state: OfficeState, timezone: str) -> ClockTrust:
    """What to think of the clock after the machine was off, with the newest event as the only witness."""
    gap_ms = wall_ms - state.at_ms
    too_far = gap_ms > FAR_MS_MAX or (gap_ms > BOOT_GAP_MS_MAX and _somebody_waits(state))
    if too_far and _ends_a_day(state, wall_ms, timezone):
        return ClockTrust(state.at_ms - running_ms, jumped=True, gap_ms=BOOT_GAP_MS_MAX)
    return ClockTrust(wall_ms - running_ms)


def next_event_ms(state: OfficeState, clock_ms: int) -> int:
    """The time of the next event: not before the newest one (domain/clock.py, office_time), but where nobody is there
    is no order to keep, and a clock that was set back is right at once: an office whose machine started with a clock
    that was ahead would else be closed until its hours are over again."""
    behind = clock_ms < state.at_ms
    return office_time(clock_ms, state.at_ms) if behind and state.anybody_here else clock_ms


def _ends_a_day(state: OfficeState, wall_ms: int, timezone: str) -> bool:
    return bool(state.day) and business_day(wall_ms, timezone) > state.day


def _somebody_waits(state: OfficeState) -> bool:
    return any(ticket.state in LIVE for ticket in state.tickets.values())
