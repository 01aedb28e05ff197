"""The four orders of waiting tickets (`queue.policy`): who of two goes first. Pure; docs/routing.md says it in words.

A *place* is an arrival: `order_ms`, then number. A policy weighs places by class: `weight` gives two integers, and the
smaller goes first. Within one class an earlier place never weighs more, so that only the heads of the classes need to
be compared. `edge` is the same rule turned round, for counting who is ahead of a ticket without looking at each.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from contracts.settings import Office

MINUTE_MS = 60_000
NORMAL = "normal"
LAST = "\U0010ffff"  # after any number

Turn = tuple[str, int]
"""The class that a counter called last, and how often in a row."""
Weight = tuple[int, int]
Edge = tuple[int, str]
"""(order_ms, number): of one class, who stands before it goes first."""


@dataclass(frozen=True, slots=True)
class ClassRule:
    """What the office file says of a class; the plain values are those of "normal"."""

    head_start_ms: int = 0
    rank: int = 0
    ratio: int = 0  # 0: an ordinary visitor
    rate_percent: int = 100


PLAIN = ClassRule()


class Policy(ABC):
    """A policy with the classes of one office. A class that the office no longer has counts as normal."""

    def __init__(self, office: Office) -> None:
        self.rules: Mapping[str, ClassRule] = {
            row.code: ClassRule(
                round(row.head_start_min * MINUTE_MS), row.rank, row.ratio, round(row.rate * 100)
            )
            for row in office.priority
        }  # fmt: skip

    def rule(self, cls: str) -> ClassRule:
        """The row of a class."""
        return self.rules.get(cls, PLAIN)

    @abstractmethod
    def weight(self, cls: str, order_ms: int, now_ms: int, turn: Turn | None, /) -> Weight:
        """How long somebody of this class and place still has to stand behind others: the smallest is called."""


class Edged(Policy):
    """A policy without a memory: who is ahead of whom can be told from the places alone."""

    @abstractmethod
    def edge(self, cls: str, mine: str, place: Edge, now_ms: int, /) -> Edge:
        """Who of class `cls` goes before a ticket of class `mine` at `place`: those whose place is before the edge."""


class HeadStart(Edged):
    """A class is treated as if it had come some minutes earlier."""

    def weight(self, cls: str, order_ms: int, _now_ms: int, _turn: Turn | None, /) -> Weight:
        """The arrival less the head start."""
        return order_ms - self.rule(cls).head_start_ms, 0

    def edge(self, cls: str, mine: str, place: Edge, _now_ms: int, /) -> Edge:
        """Shifted by the difference of the head starts."""
        return place[0] - self.rule(mine).head_start_ms + self.rule(cls).head_start_ms, place[1]


class Strict(Edged):
    """A higher rank goes first, however long others wait (up to queue.overtaken_max)."""

    def weight(self, cls: str, order_ms: int, _now_ms: int, _turn: Turn | None, /) -> Weight:
        """Rank, then arrival."""
        return -self.rule(cls).rank, order_ms

    def edge(self, cls: str, mine: str, place: Edge, _now_ms: int, /) -> Edge:
        """All of a higher rank, none of a lower one."""
        higher = self.rule(cls).rank - self.rule(mine).rank
        return place if higher == 0 else (_NEVER_MS, "") if higher > 0 else (-_NEVER_MS, "")


class Accumulating(Edged):
    """Every minute of waiting counts `rate` points; the most points go first."""

    def weight(self, cls: str, order_ms: int, now_ms: int, _turn: Turn | None, /) -> Weight:
        """Points so far; without any (an appointment before its slot) by place."""
        return -self.rule(cls).rate_percent * max(0, now_ms - order_ms), order_ms

    def edge(self, cls: str, mine: str, place: Edge, now_ms: int, /) -> Edge:
        """The place from which class `cls` has as many points by now."""
        rate = self.rule(cls).rate_percent
        points = self.rule(mine).rate_percent * max(0, now_ms - place[0])
        if not points or rate == self.rule(mine).rate_percent:
            return place
        since_ms = now_ms - points // rate
        even = points % rate == 0 and since_ms < place[0]  # as many points, and came before
        return since_ms, LAST if even else ""


class Interleaved(Policy):
    """At each counter: so many of a priority class, then one of the others."""

    def weight(self, cls: str, order_ms: int, _now_ms: int, turn: Turn | None, /) -> Weight:
        """Whose turn it is, then arrival."""
        return self._group(cls, turn), order_ms

    def _group(self, cls: str, turn: Turn | None) -> int:
        last, times = turn or (NORMAL, 0)
        ratio = self.rule(last).ratio
        if ratio and times >= ratio:  # enough of these: one of the others, whoever came first
            return int(cls == last)
        if ratio and cls == last:
            return 0
        return 1 if self.rule(cls).ratio else 2


_NEVER_MS = 1 << 60
POLICIES: Mapping[str, type[Policy]] = {
    "head_start": HeadStart, "strict": Strict, "interleaved": Interleaved, "accumulating": Accumulating,
}  # fmt: skip


def after(turn: Turn | None, cls: str) -> Turn:
    """The memory of a counter after it called somebody of this class."""
    return (cls, turn[1] + 1) if turn is not None and turn[0] == cls else (cls, 1)
