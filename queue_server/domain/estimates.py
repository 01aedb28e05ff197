"""A first estimate: the work ahead, shared by the counters that can do it. Pure, behind the Estimator interface.

A look-ahead simulation replaces it behind the same interface. Work of another service counts by the share of its
counters that also serve this one. The range is the spread of a sum of exponential-like service times: wide for few
people, narrower for many, never a promise sharper than the rule knows.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Protocol

from contracts.messages.common import CounterStatus, Estimate
from contracts.settings import Office
from queue_server.domain.model import OfficeState
from queue_server.domain.routing import MINUTE_MS, next_for

Z_90 = 1.2816  # 90th percentile of the normal distribution
SERVICE_CV = 0.9  # coefficient of variation of service times assumed before there is a history


@dataclass(frozen=True, slots=True)
class Forecast:
    """An estimate, or None and why not: "no_counter"."""

    estimate: Estimate | None
    reason: str | None = None


class Estimator(Protocol):
    """What the application asks; any algorithm may answer."""

    def forecast(self, state: OfficeState, office: Office, service: str, ahead: int, now_ms: int) -> Forecast:
        """The wait of a ticket of `service` with `ahead` people before it in its own lane, from `now_ms`."""


class SharedWork:
    """Work ahead shared by skill."""

    def forecast(self, state: OfficeState, office: Office, service: str, ahead: int, now_ms: int) -> Forecast:
        """See Estimator. None without an open counter for the service."""
        mine = _open_counters(state, office, service)
        if not mine:
            return Forecast(None, "no_counter")
        work_min = squares = 0.0
        for row in office.service:
            count = ahead if row.code == service else len(state.lanes.get(row.code, ()))
            share = _share(mine, _open_counters(state, office, row.code))
            work_min += count * row.mean_min * share
            squares += count * (row.mean_min * share) ** 2
        for n in mine:
            left = _left_min(state, office, n, now_ms)
            work_min += left
            squares += left**2
        if ahead == 0 and any(_free(state, office, n) for n in mine):
            return Forecast(Estimate(0, 0, 0))
        likely = work_min / len(mine)
        spread = Z_90 * SERVICE_CV * sqrt(squares) / len(mine)
        return Forecast(
            Estimate(round(60 * max(0.0, likely - spread)), round(60 * likely), round(60 * (likely + spread)))
        )


def _open_counters(state: OfficeState, office: Office, service: str) -> frozenset[int]:
    return frozenset(
        c.n for c in office.counter if service in c.skills and state.counters[c.n].status is CounterStatus.OPEN
    )


def _share(mine: frozenset[int], theirs: frozenset[int]) -> float:
    return len(mine & theirs) / len(theirs) if theirs else 0.0


def _free(state: OfficeState, office: Office, n: int) -> bool:
    """True when counter `n` has no ticket and nobody to call."""
    return state.current(n) is None and next_for(state, office, n) is None


def _left_min(state: OfficeState, office: Office, n: int, now_ms: int) -> float:
    """Expected minutes left of the ticket at counter `n`: half the mean, at least; 0 without a ticket."""
    ticket = state.current(n)
    if ticket is None:
        return 0.0
    service = office.service_by_code(ticket.service)
    mean = service.mean_min if service else 0.0
    spent = max(0, now_ms - (ticket.started_ms or ticket.called_ms or now_ms)) / MINUTE_MS
    return max(mean / 2, mean - spent)
