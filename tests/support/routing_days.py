"""Days of a made-up office, to compare the policies: 8 counters with skills, two peaks, a lunch break, absences of
visitors; the same visitors under every policy. Seeded; the product's own pick, events and clock."""

import random
from dataclasses import dataclass, field
from statistics import fmean

from contracts.messages import counters as c
from contracts.messages.common import CounterStatus, TicketState
from contracts.messages.tickets import IssueTicket
from contracts.settings import Office
from queue_server.domain import events as ev
from queue_server.domain.policies import MINUTE_MS
from tests.support.offices import T0, Desk, office

DAY_MIN = 480
MEAN_MIN = {"A": 8.0, "C": 5.0, "E": 15.0, "S": 3.0}
A_DAY = {"A": 142, "C": 172, "E": 45, "S": 90}  # visitors a day and service
ELDERLY = 0.18
NO_SHOW = 0.05
PEAKS = ((90, 45), (330, 60))  # minute of the peak, spread
LUNCH = ((225, 255), (255, 285))  # the counters in two shifts
SKILLS = (
    {"A": 1},
    {"A": 1, "C": 2},
    {"C": 1},
    {"C": 1, "S": 2},
    {"E": 1},
    {"E": 1, "A": 2},
    {"S": 1, "C": 2},
    {"A": 1},
)


def hall(policy: str, overtaken_max: int = 20) -> Office:
    """The office; "fifo" is a head start of nothing."""
    named = "head_start" if policy == "fifo" else policy
    head_start_min = 0 if policy == "fifo" else 12
    return office(
        queue={"policy": named, "overtaken_max": overtaken_max},
        service=[{"code": s, "name": {"vi": s}, "mean_min": m, "target_min": 40} for s, m in MEAN_MIN.items()],
        counter=[{"n": n, "name": {"vi": str(n)}, "skills": skills} for n, skills in enumerate(SKILLS, 1)],
        priority=[
            {"code": "elderly", "name": {"vi": "x"}, "head_start_min": head_start_min, "rank": 1, "ratio": 1, "rate": 2}
        ],
    )


@dataclass
class Visitor:
    """Who comes, when, for what, for how long; the same under every policy."""

    at_min: float
    service: str
    priority: str
    minutes: float
    comes: bool


def visitors(seed: int) -> list[Visitor]:
    """One day of them."""
    dice = random.Random(seed)
    found = []
    for service, count in A_DAY.items():
        for _ in range(round(dice.gauss(count, count**0.5))):
            peak, spread = PEAKS[dice.random() < 0.45]
            at_min = dice.gauss(peak, spread) if dice.random() < 0.7 else dice.uniform(0, DAY_MIN - 60)
            found.append(
                Visitor(
                    min(max(at_min, 0), DAY_MIN - 45), service, "elderly" if dice.random() < ELDERLY else "normal",
                    dice.lognormvariate(0, 0.6) * MEAN_MIN[service] / 1.197, dice.random() >= NO_SHOW,
                )
            )  # fmt: skip
    return sorted(found, key=lambda v: v.at_min)


@dataclass
class Figures:
    """Waits in minutes, and how often anybody was passed over."""

    regular: list[float] = field(default_factory=list)
    elderly: list[float] = field(default_factory=list)
    overtaken_most: int = 0

    def means(self) -> tuple[float, float, float]:
        """Regular, elderly, all."""
        return fmean(self.regular), fmean(self.elderly), fmean([*self.regular, *self.elderly])


def live(of: Office, seed: int, into: Figures) -> None:
    """One day: arrivals and ends of service in the order of time; a counter calls as soon as it is free."""
    desk = Desk(of)
    coming = visitors(seed)
    by_id: dict[str, Visitor] = {}
    free_min = dict.fromkeys(desk.state.counters, 0.0)
    at_min, turn = 0.0, 0
    while coming or any(t.state is TicketState.WAITING for t in desk.state.tickets.values()):
        desk.now_ms = T0 + round(at_min * MINUTE_MS)
        while coming and coming[0].at_min <= at_min:
            one = coming.pop(0)
            issued = desk.do(IssueTicket(id="command-0001", service=one.service, priority=one.priority))[0]
            by_id[issued.ticket] = one
        for n in sorted(free_min, key=lambda n: free_min[n]):
            if free_min[n] <= at_min:
                free_min[n] = at_min + _turn(desk, n, at_min, by_id, into)
        turn += 1
        assert turn < 100_000, "the day does not end"
        at_min = min([m for m in free_min.values() if m > at_min] + [v.at_min for v in coming[:1]], default=at_min + 1)
    for ticket_id, one in by_id.items():
        ticket = desk.state.tickets[ticket_id]
        waited = ((ticket.called_ms or 0) - ticket.issued_ms) / MINUTE_MS
        (into.elderly if one.priority == "elderly" else into.regular).append(waited)
    into.overtaken_most = max(into.overtaken_most, desk.state.passed_most)


def _turn(desk: Desk, n: int, at_min: float, by_id: dict[str, Visitor], into: Figures) -> float:
    """What a free counter does, and for how many minutes."""
    begin, end = LUNCH[n % 2]
    away = begin <= at_min < end
    state = desk.state.counters[n].status
    if away != (state is CounterStatus.PAUSED):
        desk.do((c.PauseCounter if away else c.OpenCounter)(id="command-0001", counter=n))
    if away:
        return end - at_min
    called = [e for e in desk.do(c.CallNext(id="command-0001", counter=n)) if isinstance(e, ev.TicketCalled)]
    if not called:
        return 0.25
    one = by_id[called[0].ticket]
    return one.minutes + 0.3 if one.comes else 1.0


def compare(days: int, policies: tuple[str, ...], overtaken_max: int = 20) -> dict[str, Figures]:
    """The same days under each policy."""
    found = {}
    for policy in policies:
        found[policy] = figures = Figures()
        for seed in range(days):
            live(hall(policy, overtaken_max), seed, figures)
    return found


def table(found: dict[str, Figures]) -> str:
    """As docs/routing.md has it."""
    lines = ["| policy | regular | elderly | all | passed over at most |", "| --- | --- | --- | --- | --- |"]
    for policy, figures in found.items():
        regular, elderly, everybody = figures.means()
        lines.append(f"| {policy} | {regular:.1f} | {elderly:.1f} | {everybody:.1f} | {figures.overtaken_most} |")
    return "\n".join(lines)
