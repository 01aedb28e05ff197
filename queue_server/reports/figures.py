"""Waits → figures. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from queue_server.application.waits import WaitsQuery, WaitsReport, WaitsRow

P90 = 0.9
TOTAL = ("",)


@dataclass(frozen=True)
class Visit:
    """One ticket as the report needs it. `wait_s`: issue to the first call of the visit; None when never called."""

    key: tuple[str, ...]
    service: str
    wait_s: float | None
    no_show: bool


@dataclass
class _Group:
    issued: int = 0
    no_shows: int = 0
    within: int = 0
    waits: list[float] = field(default_factory=list)


def percentile(ordered: Sequence[float], share: float) -> float:
    """Nearest rank: the smallest value that at least `share` of all do not exceed. `ordered` ascending, not empty."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def report(
    query: WaitsQuery, visits: Iterable[Visit], targets_s: Mapping[str, float], definitions: dict[str, str]
) -> WaitsReport:
    """Rows by key, and one over all. `targets_s`: service → longest wait that is within target."""
    groups: dict[tuple[str, ...], _Group] = {}
    total = _Group()
    for visit in visits:
        for group in (groups.setdefault(visit.key, _Group()), total):
            _add(group, visit, targets_s.get(visit.service))
    rows = tuple(_row(key, groups[key]) for key in sorted(groups))
    return WaitsReport(query.first, query.last, query.by, definitions, _row(TOTAL, total), rows)


def _add(group: _Group, visit: Visit, target_s: float | None) -> None:
    group.issued += 1
    group.no_shows += visit.no_show
    if visit.wait_s is not None:
        group.waits.append(visit.wait_s)
        group.within += target_s is not None and visit.wait_s <= target_s


def _row(key: tuple[str, ...], group: _Group) -> WaitsRow:
    waits = sorted(group.waits)
    if not waits:
        return WaitsRow(key, group.issued, 0, group.no_shows)
    return WaitsRow(
        key,
        group.issued,
        len(waits),
        group.no_shows,
        mean_s=round(sum(waits) / len(waits), 1),
        median_s=round(percentile(waits, 0.5), 1),
        p90_s=round(percentile(waits, P90), 1),
        within_target=round(group.within / len(waits), 4),
    )
