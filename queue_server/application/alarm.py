"""When the writer must run again though nothing arrives: the next automatic call or alert (domain/timers.py)."""

from collections.abc import Sequence

from contracts.messages.tickets import IssueTicket
from contracts.settings import Office
from queue_server.application.slow_time import SlowTime
from queue_server.application.unit_of_work import Command
from queue_server.domain.model import OfficeState
from queue_server.domain.timers import next_due_ms, soonest_ms
from runtime.clock import Clock

REST_S_MIN = 0.2
"""Between two exact looks for the sake of time alone."""
REST_S_FAILED = 2.0
"""What is still due after a look could not be written. Each try reads the whole day again: a full disk must not keep
the writer from those whom it can still serve."""


class Alarm:
    """Looks exactly after anything but mere tickets: they come by the thousand, and make nothing due for a while."""

    def __init__(self, office: Office, clock: Clock, time: SlowTime | None = None) -> None:
        self._office, self._clock = office, clock
        self._time = time or SlowTime(clock)
        self._soonest_ms = soonest_ms(office)
        self._due_ms: int | None = None
        self._looked_s, self._rest_s = clock.mono_s() - REST_S_MIN, REST_S_MIN

    def left_s(self, state: OfficeState) -> float | None:
        """Until it rings; 0: now; None: not before something else happens."""
        if self._due_ms is None:
            return None
        left_ms = self._due_ms - self._time.now_ms(state)
        return max(0.0, left_ms / 1000, self._looked_s + self._rest_s - self._clock.mono_s())

    def concerns(self, commands: Sequence[Command], state: OfficeState) -> bool:
        """May something be due in this batch? (No command: a tick, or the alarm itself.)"""
        only_tickets = bool(commands) and all(isinstance(command.message, IssueTicket) for command in commands)
        return not only_tickets or self.left_s(state) == 0

    def set(self, state: OfficeState, *, exactly: bool) -> None:
        """After a batch."""
        now_ms = self._time.now_ms(state)
        if exactly:
            self._due_ms, self._looked_s = next_due_ms(state, self._office, now_ms), self._clock.mono_s()
            still_due = self._due_ms is not None and self._due_ms <= now_ms
            self._rest_s = REST_S_FAILED if still_due else REST_S_MIN
        else:
            soonest_ms_from_now = now_ms + self._soonest_ms
            self._due_ms = min(soonest_ms_from_now, self._due_ms or soonest_ms_from_now)
