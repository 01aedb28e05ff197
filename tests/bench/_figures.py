"""Figures of a benchmark: percentiles, medians over rounds, and the table. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median

NS_MS = 1e6


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0–1) of all do not exceed (nearest rank). ValueError without values."""
    if not values:
        raise ValueError("no values")
    if not 0 < share <= 1:
        raise ValueError(f"share {share} is not within 0–1")
    return sorted(values)[ceil(share * len(values)) - 1]


@dataclass(frozen=True)
class Run:
    """One measured run: operations a second (0 when paced), and the latencies in ms."""

    rate: float
    p50_ms: float
    p99_ms: float
    cpu_us: float = 0.0  # processor time of the measured server an operation; less moved by busy neighbours than a rate

    @classmethod
    def of(cls, latencies_ms: Sequence[float], seconds: float, cpu_s: float = 0.0) -> "Run":
        """From the latencies of one run that took `seconds`, of which the server computed `cpu_s`."""
        count = len(latencies_ms)
        rate = count / seconds if seconds > 0 else 0.0
        return cls(rate, percentile(latencies_ms, 0.5), percentile(latencies_ms, 0.99), cpu_s * 1e6 / max(count, 1))


def middle(runs: Sequence[Run]) -> Run:
    """The medians of several rounds, each figure for itself."""
    return Run(
        median(r.rate for r in runs), median(r.p50_ms for r in runs), median(r.p99_ms for r in runs),
        median(r.cpu_us for r in runs),
    )  # fmt: skip


def ratio(part: Sequence[Run], whole: Sequence[Run]) -> float:
    """Median of the ratios of rates, round by round: both of a round met the same machine."""
    return median(a.rate / b.rate for a, b in zip(part, whole, strict=True))


@dataclass(frozen=True)
class Row:
    """A line of the table; every cell is text already."""

    what: str
    rate: str = ""
    p50: str = ""
    p99: str = ""
    cpu: str = ""
    note: str = ""


def row(what: str, run: Run, note: str = "") -> Row:
    """A run as a line."""
    rate, cpu = (f"{figure:,.0f}" if figure else "" for figure in (run.rate, run.cpu_us))
    return Row(what, rate, f"{run.p50_ms:.1f}", f"{run.p99_ms:.1f}", cpu, note)


HEAD = Row("what", "per s", "p50 ms", "p99 ms", "cpu µs", "beside the target (measured ≥ or ≤ wanted)")


def table(rows: Sequence[Row]) -> str:
    """The rows under their head, figures to the right."""
    all_rows = [HEAD, *rows]
    widths = [max(len(getattr(r, name)) for r in all_rows) for name in ("what", "rate", "p50", "p99", "cpu")]
    lines = [
        f"{r.what:<{widths[0]}}  {r.rate:>{widths[1]}}  {r.p50:>{widths[2]}}  {r.p99:>{widths[3]}}  "
        f"{r.cpu:>{widths[4]}}  {r.note}".rstrip()
        for r in all_rows
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def against(measured: float, wanted: float, *, at_least: bool, unit: str = "") -> str:
    """ "0.62 × (target ≥ 0.5)": says whether the target is met, asserts nothing."""
    sign, met = ("≥", measured >= wanted) if at_least else ("≤", measured <= wanted)
    return f"{measured:.2f}{unit} (target {sign} {wanted:g}{unit}: {'met' if met else 'MISSED'})"
