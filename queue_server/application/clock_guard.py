"""Gives the whole server a clock that does not jump over a day with people waiting (domain/clock_trust.py)."""

import threading
from collections.abc import Callable
from typing import Protocol

import msgspec
import structlog

from contracts.errors import Rejected
from queue_server.domain.clock import business_day
from queue_server.domain.clock_trust import ClockTrust, after_boot, believed, judge
from queue_server.domain.model import OfficeState
from runtime.clock import Clock


class Witness(msgspec.Struct, frozen=True):
    """What a server leaves for the next one: office time less running time, of one run of the machine."""

    boot: str
    offset_ms: int


class WitnessKeeper(Protocol):
    """Where that is kept. `boot` names the present run of the machine."""

    boot: str

    def read(self) -> Witness | None:
        """What was kept, None when there is nothing (readable)."""

    def write(self, witness: Witness) -> None:
        """Keeps it; a failure is logged."""


class ClockGuard:
    """Judges the wall clock whenever somebody asks for the time. Any thread."""

    def __init__(self, clock: Clock, timezone: str, keeper: WitnessKeeper) -> None:
        self._clock, self._timezone, self._keeper = clock, timezone, keeper
        self._lock = threading.Lock()
        self._log = structlog.get_logger("clock")
        self._state: Callable[[], OfficeState] | None = None
        self._kept = kept = keeper.read()
        self._trust = ClockTrust(kept.offset_ms) if kept is not None and kept.boot == keeper.boot else None
        self.clock = Clock(self.office_ms, clock.mono_s, clock.running_ms)

    def watch(self, state: Callable[[], OfficeState]) -> None:
        """From now on `state()` tells who waits; before, the clock is taken as it is."""
        with self._lock:
            self._state = state
            if self._trust is None:
                wall_ms, running_ms = self._clock.wall_ms(), self._clock.running_ms()
                self._trust = after_boot(wall_ms, running_ms, state(), self._timezone)
                self._tell(before=False)

    def office_ms(self) -> int:
        """Office time, UTC ms."""
        return self._now()[0]

    @property
    def jumped_to(self) -> str | None:
        """The day that the clock shows and nobody has confirmed, "2027-11-23"; None when all is well."""
        _, wall_ms, jumped = self._now()
        return business_day(wall_ms, self._timezone) if jumped else None

    def confirm(self, day: str) -> None:
        """A person says that it is `day` indeed; nothing happens when the clock is believed. Raises `wrong_day`."""
        shown = self.jumped_to
        if shown is None:
            return
        if day != shown:
            raise Rejected("wrong_day", f"the clock shows {shown}, not {day}")
        with self._lock:
            self._trust = believed(None, self._clock.wall_ms(), self._clock.running_ms())
            self._tell(before=True)
        self.keep()

    def keep(self) -> None:
        """Leaves for the next server what this one knows, when that is news. Called every few seconds."""
        trust = self._trust
        if trust is not None and (witness := Witness(self._keeper.boot, trust.offset_ms)) != self._kept:
            self._keeper.write(witness)
            self._kept = witness

    def _now(self) -> tuple[int, int, bool]:
        """(office time, the clock's time, whether it has jumped)."""
        wall_ms, running_ms = self._clock.wall_ms(), self._clock.running_ms()
        with self._lock:
            if self._state is None or self._trust is None:
                return wall_ms, wall_ms, False
            before = self._trust.jumped
            self._trust = trust = judge(self._trust, wall_ms, running_ms, self._state(), self._timezone)
            self._tell(before=before)
        return trust.office_ms(wall_ms, running_ms), wall_ms, trust.jumped

    def _tell(self, *, before: bool) -> None:
        jumped = self._trust is not None and self._trust.jumped
        if jumped and not before:
            self._log.error("the clock jumped; the day goes on until a manager confirms", code="clock_jumped")
        elif before and not jumped:
            self._log.warning("the clock is believed again")
