"""Small offices and steady ids for tests."""

from pathlib import Path
from typing import Any

from contracts.messages.common import CounterStatus
from contracts.settings import Office, office_from
from queue_server.domain.apply import apply
from queue_server.domain.decide import decide
from queue_server.domain.events import DayStarted
from queue_server.domain.model import CounterState, OfficeState

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "assets" / "samples" / "office.toml"
DAY = "2026-11-23"
T0 = 1_795_403_600_000  # 2026-11-23 10:13:20 +07:00
MIN = 60_000


def office(**changes: Any) -> Office:
    """Two services, three counters: 1 does A, 2 does C and helps with A, 3 does C."""
    raw: dict[str, Any] = {
        "office": {"id": "test", "name": {"vi": "Thử"}},
        "service": [
            {"code": "A", "name": {"vi": "Hộ tịch"}, "mean_min": 8, "target_min": 30},
            {"code": "C", "name": {"vi": "Chứng thực"}, "mean_min": 5, "target_min": 20},
        ],
        "counter": [
            {"n": 1, "name": {"vi": "Quầy 1"}, "skills": {"A": 1}},
            {"n": 2, "name": {"vi": "Quầy 2"}, "skills": {"C": 1, "A": 2}},
            {"n": 3, "name": {"vi": "Quầy 3"}, "skills": {"C": 1}},
        ],
        "priority": [{"code": "elderly", "name": {"vi": "Người cao tuổi"}, "head_start_min": 10}],
        **changes,
    }
    made, errors = office_from(raw)
    assert made is not None, [str(e) for e in errors]
    return made


class Counted:
    """Ids that count up: the same run gives the same ids."""

    def __init__(self) -> None:
        self.n = 0

    def uuid(self) -> str:
        """Next id."""
        self.n += 1
        return f"00000000-0000-4000-8000-{self.n:012d}"

    def token(self) -> str:
        """Next token."""
        self.n += 1
        return f"token{self.n:011d}"


def fresh_state(of: Office, day: str = DAY, at_ms: int = T0) -> OfficeState:
    """An open office at the start of its day."""
    state = OfficeState(counters={c.n: CounterState(c.n, CounterStatus.OPEN) for c in of.counter})
    apply(state, DayStarted(at_ms=at_ms, day=day))
    return state


class Desk:
    """Plays commands on one state: decide, apply, and look."""

    def __init__(self, of: Office | None = None) -> None:
        self.office = of or office()
        self.state = fresh_state(self.office)
        self.now_ms = T0
        self.fresh = Counted()
        self.log: list[Any] = []

    def do(self, command: Any, after_min: float = 0.0) -> list[Any]:
        """Runs a command `after_min` minutes later; the events."""
        self.now_ms += round(after_min * MIN)
        events = decide(self.state, self.office, command, self.now_ms, self.fresh)
        for event in events:
            apply(self.state, event)
        self.log += events
        return events

    def number_at(self, n: int) -> str | None:
        """The number at counter `n`."""
        ticket = self.state.current(n)
        return ticket.number if ticket else None
