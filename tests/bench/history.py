"""An office with years behind it: is it as fast as a new one, how soon is it back, and do reports slow it down?

`./motcua bench history [--tickets N] [--rounds N] [--count N] [--dir DIRECTORY]`. Two offices take turns, an empty one
and one with a million tickets in five years of journal, which was started again in the middle of a busy day; both of
a round met the same machine. Then the old one takes tickets at a steady rate while a process of its own makes one
five-year report after the other.
Nothing is asserted on wall clocks.
"""

import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import Self

from runtime.paths import DataDir
from tests.bench._figures import NS_MS, Row, Run, against, middle, ratio, row, table
from tests.bench._rig import BenchError, Rig, Served, rig, run, start_module
from tests.bench.issue import INFLIGHT, MEMORY_MB, STEADY_P99_MS, STEADY_RATE, USERS, WARM_UP, over_mqtt
from tests.support.office_history import grow

TICKETS, YEARS = 1_000_000, 5
ROUNDS = 5
RESTARTS = 3
BUSY_DAY = 1000  # tickets of today, before the restarts
FLAT_WANTED = 0.9  # of the rate of an empty database
RESTART_S_MAX = 2.0
DAY_MS = 86_400_000

Runs = dict[str, list[Run]]


@dataclass(frozen=True)
class Measured:
    """What one run gave."""

    runs: Runs
    restarts: list[Run]
    reports_ms: list[float]
    wal_mb: float  # the longest that the write-ahead log became beside the reports
    memory_mb: float
    database_mb: float


def _options(argv: Sequence[str]) -> Namespace:
    parser = ArgumentParser(prog="motcua bench history", description="An office with years behind it.")
    parser.add_argument("--tickets", type=int, default=TICKETS, help=f"of the past; default {TICKETS:,}")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default {ROUNDS}; medians are shown")
    parser.add_argument("--count", type=int, default=1500, help="commands a run and round; default 1500")
    parser.add_argument("--steady-s", type=int, default=10, help="seconds of each steady run; default 10")
    parser.add_argument("--dir", type=Path, default=None, help="where the databases lie; default: temporary directory")
    return parser.parse_args(argv)


class Reports:
    """One five-year report after the other, each in a process of its own, until told to stop."""

    def __init__(self, office: Rig) -> None:
        today = datetime.now(UTC).date()
        first = today - timedelta(days=365 * YEARS + 1)
        self._words = ["waits", "--from", str(first), "--to", str(today), "--by", "service,hour"]
        self._words += ["--data", str(office.data), "--office", str(office.office)]
        self._log = DataDir(office.data).database.with_name(DataDir(office.data).database.name + "-wal")
        self._over = Event()
        self.took_ms: list[float] = []
        self.failed = self.wal_bytes = 0
        self._threads = [Thread(target=self._run, daemon=True), Thread(target=self._watch, daemon=True)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while not self._over.is_set():
            start_ns = time.monotonic_ns()
            process = start_module("queue_server.reports", *self._words)
            out, _ = process.communicate()
            self.failed += process.returncode != 0 or not out
            self.took_ms.append((time.monotonic_ns() - start_ns) / NS_MS)

    def _watch(self) -> None:
        while not self._over.wait(0.2):
            if self._log.exists():
                self.wal_bytes = max(self.wal_bytes, self._log.stat().st_size)


def measure(options: Namespace) -> Measured:
    """One run of everything."""
    runs: Runs = defaultdict(list)
    with rig(USERS, options.dir) as young, rig(USERS, options.dir) as old:
        path = DataDir(old.data).database
        grow(path, options.tickets, time.time_ns() // 1_000_000, a_day=-(-options.tickets // (365 * YEARS)))
        offices = {"empty": (young, young.server()), "history": (old, old.server())}
        for office, served in offices.values():
            over_mqtt(office, BUSY_DAY, served.process, real=True)
        restarts, served = _restarts(old, offices["history"][1])
        offices["history"] = old, served
        over_mqtt(old, WARM_UP, served.process, real=True)
        for n in range(options.rounds):
            for name in sorted(offices, reverse=n % 2 == 1):  # neither has always the better turn
                office, served = offices[name]
                runs[name].append(over_mqtt(office, options.count, served.process, real=True))
        served = offices["history"][1]
        count = STEADY_RATE * options.steady_s
        runs["steady"].append(over_mqtt(old, count, served.process, real=True, rate=STEADY_RATE))
        with Reports(old) as reports:
            runs["report"].append(over_mqtt(old, count, served.process, real=True, rate=STEADY_RATE))
        if reports.failed:
            raise BenchError(f"{reports.failed} reports failed")
        sizes = reports.wal_bytes / 1e6, served.memory_mb(), path.stat().st_size / 1e6
        return Measured(runs, restarts, reports.took_ms, *sizes)


def _restarts(office: Rig, served: Served) -> tuple[list[Run], Served]:
    """From the start of the process to its first "ready", several times; the last one goes on."""
    restarts = []
    for _ in range(RESTARTS):
        try:
            office.stop(served.process)
        except subprocess.TimeoutExpired:
            raise BenchError("the server did not end") from None
        start_ns = time.monotonic_ns()
        served = office.server()
        took_s = (time.monotonic_ns() - start_ns) / NS_MS / 1000
        restarts.append(Run.of([took_s * 1000], took_s, served.cpu_s()))
    return restarts, served


def report(found: Measured, tickets: int) -> list[Row]:
    """The lines of the table."""
    runs, steady, beside = found.runs, middle(found.runs["steady"]), middle(found.runs["report"])
    flat = ratio(runs["history"], runs["empty"])
    cpu = median(a.cpu_us / b.cpu_us for a, b in zip(runs["history"], runs["empty"], strict=True))
    restart = middle(found.restarts)
    return [
        row(f"issue over MQTT, {INFLIGHT} in flight, empty database", middle(runs["empty"])),
        row(f"issue over MQTT, {INFLIGHT} in flight, {tickets:,} tickets", middle(runs["history"]),
            f"{against(flat, FLAT_WANTED, at_least=True, unit=' × empty')}; processor time {cpu:.2f} ×"),
        row(f"issue over MQTT, steady {STEADY_RATE}/s, {tickets:,} tickets", steady,
            "p99 " + against(steady.p99_ms, STEADY_P99_MS, at_least=False, unit=" ms")),
        row(f"  … beside {YEARS}-year reports", beside,
            "p99 " + against(beside.p99_ms, STEADY_P99_MS, at_least=False, unit=" ms")),
        Row(f"  {len(found.reports_ms)} reports of {tickets:,} tickets", p50=f"{median(found.reports_ms):,.0f}",
            note=f"write-ahead log at most {found.wal_mb:.1f} MB beside {found.database_mb:,.0f} MB"),
        Row("restart, process start → ready", p50=f"{restart.p50_ms:,.0f}", cpu=f"{restart.cpu_us:,.0f}",
            note=against(restart.p50_ms / 1000, RESTART_S_MAX, at_least=False, unit=" s")),
        Row("memory of the server", note=against(found.memory_mb, MEMORY_MB, at_least=False, unit=" MB")),
    ]  # fmt: skip


def main(argv: Sequence[str]) -> int:
    """Exit code 1 only when something broke."""
    options = _options(argv)
    return run(lambda: print(table(report(measure(options), options.tickets))))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
