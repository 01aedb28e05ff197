"""Clocks that are wrong in every way a clock can be: wall and monotonic apart, drifting, stepped."""

from dataclasses import dataclass

from runtime.clock import Clock
from tests.simulation.world import World


@dataclass
class SimClock:
    """The clock of one machine. `drift`: 0.001 gains a millisecond a second. The monotonic one starts anywhere."""

    world: World
    wall_at_start_ms: int
    drift: float = 0.0
    mono_at_start_s: float = 1000.0

    def elapsed_s(self) -> float:
        """Seconds since the start of the world, as this quartz counts them."""
        return self.world.now_s * (1.0 + self.drift)

    def wall_ms(self) -> int:
        """What it says the time is, UTC ms."""
        return self.wall_at_start_ms + round(self.elapsed_s() * 1000)

    def mono_s(self) -> float:
        """Never stepped."""
        return self.mono_at_start_s + self.elapsed_s()

    def running_ms(self) -> int:
        """Since the machine started, sleep included."""
        return round(self.mono_s() * 1000)

    def step_ms(self, by_ms: int) -> None:
        """A time server sets it."""
        self.wall_at_start_ms += by_ms

    def clock(self) -> Clock:
        """As the product wants it."""
        return Clock(self.wall_ms, self.mono_s, self.running_ms)
