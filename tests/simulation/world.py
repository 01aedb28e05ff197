"""Time, chance and order: one heap of things to come, one random generator, one trace.

A step is one entry of the heap. Nothing in a simulation happens but in a step, and after every step somebody looks
(`after_step`). The same seed gives the same steps, whatever the hash seed of the interpreter.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field

STEPS_MAX = 400_000
"""A simulation that needs more goes round in circles."""


class Violation(AssertionError):  # noqa: N818 - it is what it is called
    """A promise was broken. The name of the invariant and what was seen."""

    def __init__(self, invariant: str, detail: str) -> None:
        super().__init__(f"{invariant}: {detail}")
        self.invariant, self.detail = invariant, detail


class PowerCut(BaseException):
    """The owner loses power in the middle of what it does. No `except Exception` of the product can catch it."""

    def __init__(self, owner: "Powered") -> None:
        super().__init__("power cut")
        self.owner = owner


class Powered:
    """What can lose its power."""

    def boot(self) -> None:
        """Switched on; nothing happens when it is."""
        raise NotImplementedError

    def cut(self) -> None:
        """Everything in memory is gone, what was not committed too."""
        raise NotImplementedError


@dataclass
class World:
    """`now_s`: true time, seconds since the beginning; nobody in the office can read it."""

    seed: int
    steps_max: int = STEPS_MAX
    now_s: float = 0.0
    steps: int = 0
    trace: list[str] = field(default_factory=list)
    after_step: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def note(self, text: str) -> None:
        """A line of the trace."""
        self.trace.append(f"{self.now_s:11.4f} {text}")

    def at(self, time_s: float, action: Callable[[], None]) -> None:
        """`action` at `time_s`; at the same time in the order of these calls."""
        self._count += 1
        heapq.heappush(self._heap, (round(max(time_s, self.now_s), 6), self._count, action))

    def after(self, delay_s: float, action: Callable[[], None]) -> None:
        """`action` in `delay_s`."""
        self.at(self.now_s + delay_s, action)

    def chance(self, probability: float) -> bool:
        """True with that probability. Draws always, so that a changed figure does not shift all that follows."""
        return self.random.random() < probability

    def between(self, low: float, high: float) -> float:
        """A figure between the two."""
        return low + (high - low) * self.random.random()

    def run(self, until: Callable[[], bool]) -> None:
        """Step after step until `until()`, or nothing is left, or `steps_max`."""
        while self._heap and self.steps < self.steps_max and not until():
            self.step()

    def step(self) -> None:
        """The next thing."""
        self.now_s, _, action = heapq.heappop(self._heap)
        self.steps += 1
        try:
            action()
        except PowerCut as cut:
            cut.owner.cut()
        self.after_step()

    def uuid(self) -> str:
        """A command id."""
        bits = self.random.getrandbits(128)
        text = f"{bits:032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:]}"
