"""Made-up snapshots and calls for tests of everything that renders the board."""

import functools
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contracts.messages.board import BoardCounter, BoardSnapshot, Call, CallEvent, ServiceState
from contracts.messages.common import CounterStatus, Estimate, TicketState, Version
from contracts.settings import Office
from runtime.config import load_office

T0 = datetime(2026, 11, 23, 2, 41, 20, tzinfo=UTC)  # Monday 09:41:20 in Viet Nam
OFFICE_FILE = Path(__file__).resolve().parents[2] / "assets" / "samples" / "office.toml"


@functools.cache
def sample_office() -> Office:
    """The sample office of assets/samples."""
    return load_office(OFFICE_FILE)


def call(number: str, counter: int, *, ago_s: float = 0, repeat: int = 0, call_id: str = "") -> Call:
    """A call `ago_s` seconds before T0."""
    at = T0 - timedelta(seconds=ago_s)
    return Call(call_id or f"call-{number}-{counter}", number, number[0], counter, at, repeat)


def event(call_: Call, seq: int, *, epoch: int = 1) -> CallEvent:
    """The fast path of a call."""
    return CallEvent(Version(epoch, seq), call_)


def row(
    n: int, number: str | None = None, state: TicketState = TicketState.CALLED, status: str = "open"
) -> BoardCounter:
    """A counter's row."""
    return BoardCounter(n, CounterStatus(status), number, state if number else None)


def services() -> tuple[ServiceState, ...]:
    """A lively morning: ranges, nothing honest to say, closed, reopening."""
    return (
        ServiceState("A", True, 9, Estimate(1250, 1500, 2040)),
        ServiceState("C", True, 2, Estimate(60, 150, 280)),
        ServiceState("E", True, 5, Estimate(2400, 2900, 3500)),
        ServiceState("F", True, 0, None, estimate_reason="no_history"),
        ServiceState("H", True, 3, None, estimate_reason="no_counter"),
        ServiceState("L", True, 4, Estimate(700, 900, 1300)),
        ServiceState("S", True, 12, Estimate(900, 1200, 1700)),
        ServiceState("U", False, 0, reason="hours", reopens_at=T0 + timedelta(hours=3, minutes=48, seconds=40)),
    )


def snapshot(
    seq: int = 10, *, epoch: int = 1, calls: tuple[Call, ...] = (), rows: tuple[BoardCounter, ...] = (),
    at: datetime = T0, day: str = "2026-11-23",
) -> BoardSnapshot:  # fmt: skip
    """A snapshot; counters without a row are open and idle."""
    given = {r.n: r for r in rows}
    counters = tuple(given.get(n, row(n)) for n in sorted({*range(1, 9), *given}))
    newest_first = tuple(sorted(calls, key=lambda c: (c.called_at, c.call_id), reverse=True))
    return BoardSnapshot(Version(epoch, seq), at, day, newest_first, counters, services())


def busy_snapshot(seq: int = 10, *, newest_ago_s: float = 0) -> BoardSnapshot:
    """Eight counters in every look, eight last calls."""
    calls = (
        call("A045", 3, ago_s=newest_ago_s), call("C112", 2, ago_s=70), call("E031", 4, ago_s=200),
        call("S208", 8, ago_s=260), call("L017", 7, ago_s=420), call("A044", 1, ago_s=540),
        call("F009", 5, ago_s=900), call("H021", 6, ago_s=1300),
    )  # fmt: skip
    serving = TicketState.SERVING
    rows = (
        row(1, "A044", serving), row(2, "C112"), row(3, "A045"), row(4, "E031", serving), row(5, status="paused"),
        row(6, status="closed"), row(7), row(8, "S208", serving),
    )  # fmt: skip
    return snapshot(seq, calls=calls, rows=rows)
