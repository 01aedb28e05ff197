"""How often a caller may knock: a bucket of tries a door and caller, refilled evenly."""

from collections import OrderedDict
from dataclasses import dataclass

from contracts.errors import Rejected
from runtime.clock import Clock


@dataclass(frozen=True)
class Limit:
    """`burst` tries at once, then one every `every_s` seconds."""

    burst: int
    every_s: float


LIMITS: dict[str, Limit] = {
    "lookup": Limit(20, 3.0),  # dossier look-ups: nobody walks through the codes
    "anonymous-post": Limit(10, 6.0),  # of callers without a role; staff and devices are not slowed
    "booking": Limit(5, 30.0),  # bookings of callers without a role: nobody fills the slots from one address
    "session": Limit(10, 6.0),  # guessing codes
}
ANONYMOUS_ONLY = frozenset({"anonymous-post", "booking", "session"})
KEYS_MAX = 10_000
"""Callers remembered; the one seen longest ago is forgotten first."""


class Limiter:
    """Counts tries. Not shared between processes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._empty_until: OrderedDict[tuple[str, str], float] = OrderedDict()

    def take(self, name: str, caller: str) -> None:
        """One try at door `name`. Raises `rate_limited` with `retry_s` when the bucket is empty."""
        limit, key, now = LIMITS[name], (name, caller), self._clock.mono_s()
        # One figure a bucket: the moment at which it will be full again. Each try moves it by every_s.
        full_at = max(self._empty_until.pop(key, now), now) + limit.every_s
        if full_at - now > limit.burst * limit.every_s:
            self._empty_until[key] = full_at - limit.every_s
            raise Rejected("rate_limited", f"more than {limit.burst} tries", retry_s=max(1, round(limit.every_s)))
        self._empty_until[key] = full_at
        while len(self._empty_until) > KEYS_MAX:
            self._empty_until.popitem(last=False)
