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
from queue_server.domain.model import CounterState, OfficeState
from queue_server.domain.policies import MINUTE_MS
from queue_server.domain.routing import next_for

Z_90 = 1.2816  # 90th percentile of the normal distribution
SERVICE_CV = 0.9  # coefficient of variation of service times assumed before there is a history


@dataclass(frozen=True, slots=True)
class Forecast:
    """An estimate, or None and why not: "no_counter"."""

    estimate: Estimate | None
    reason: str | None = None


def until_place(forecast: Forecast, order_ms: int, now_ms: int) -> Forecast:
    """The forecast of a ticket whose place is still to come (an appointment before its slot): whoever comes until then
    goes first. Called at once by an idle counter at the best, as if come at the slot at the worst."""
    left_s = (order_ms - now_ms) // 1000
    estimate = forecast.estimate
    if estimate is None or left_s <= 0:
        return forecast
    return Forecast(Estimate(estimate.low_s, max(estimate.likely_s, left_s), estimate.high_s + left_s))


class Estimator(Protocol):
    """What the application asks; any algorithm may answer."""

    def forecast(self, state: OfficeState, office: Office, service: str, ahead: int, now_ms: int) -> Forecast:
        """The wait of a ticket of `service` with `ahead` people before it in its own lane, from `now_ms`."""


@dataclass(frozen=True, slots=True)
class _Shared:
    """Who serves a service, and what a waiting ticket of each service costs them."""

    mine: frozenset[int]
    work: tuple[tuple[str, float, float], ...]  # service code, mean minutes, the share of it that falls on `mine`


class SharedWork:
    """Work ahead shared by skill. Which counters share what is worked out once for each set of open counters."""

    def __init__(self) -> None:
        self._known: tuple[Office, frozenset[int], dict[str, _Shared]] | None = None  # replaced as a whole
        self._last: tuple[Office, dict[int, CounterState], dict[str, _Shared]] | None = None  # likewise

    def forecast(self, state: OfficeState, office: Office, service: str, ahead: int, now_ms: int) -> Forecast:
        """See Estimator. None without an open counter for the service."""
        shared = self._sharing(state, office).get(service)
        if shared is None:
            return Forecast(None, "no_counter")
        mine, waits = shared.mine, state.waits
        work_min = squares = 0.0
        for code, mean_min, share in shared.work:
            count = ahead if code == service else waits.get(code, 0)
            work_min += count * mean_min * share
            squares += count * (mean_min * share) ** 2
        for n in mine:
            if not state.counters[n].ticket_id:
                continue
            left = _left_min(state, office, n, now_ms)
            work_min += left
            squares += left**2
        if ahead == 0 and any(_free(state, office, n, now_ms) for n in mine):
            return Forecast(Estimate(0, 0, 0))
        likely = work_min / len(mine)
        spread = Z_90 * SERVICE_CV * sqrt(squares) / len(mine)
        return Forecast(
            Estimate(round(60 * max(0.0, likely - spread)), round(60 * likely), round(60 * (likely + spread)))
        )

    def _sharing(self, state: OfficeState, office: Office) -> dict[str, _Shared]:
        last = self._last
        if last is not None and last[0] is office and last[1] == state.counters:  # the very same ones: quickly seen
            return last[2]
        opened = frozenset(n for n, counter in state.counters.items() if counter.status is CounterStatus.OPEN)
        known = self._known
        if known is None or known[0] is not office or known[1] != opened:
            self._known = known = (office, opened, _shared_by(office, opened))
        self._last = office, dict(state.counters), known[2]
        return known[2]


def _shared_by(office: Office, opened: frozenset[int]) -> dict[str, _Shared]:
    """Each service that an open counter serves."""
    able = {
        row.code: frozenset(c.n for c in office.counter if row.code in c.skills and c.n in opened)
        for row in office.service
    }
    found = {}
    for service, mine in able.items():
        shares = ((row.code, row.mean_min, _share(mine, able[row.code])) for row in office.service)
        if mine:
            found[service] = _Shared(mine, tuple(row for row in shares if row[2]))
    return found


def _share(mine: frozenset[int], theirs: frozenset[int]) -> float:
    return len(mine & theirs) / len(theirs) if theirs else 0.0


def _free(state: OfficeState, office: Office, n: int, now_ms: int) -> bool:
    """True when counter `n` has no ticket and nobody to call."""
    return state.current(n) is None and next_for(state, office, n, now_ms) is None


def _left_min(state: OfficeState, office: Office, n: int, now_ms: int) -> float:
    """Expected minutes left of the ticket at counter `n`: half the mean, at least; 0 without a ticket."""
    ticket = state.current(n)
    if ticket is None:
        return 0.0
    service = office.service_by_code(ticket.service)
    mean = service.mean_min if service else 0.0
    spent = max(0, now_ms - (ticket.started_ms or ticket.called_ms or now_ms)) / MINUTE_MS
    return max(mean / 2, mean - spent)
