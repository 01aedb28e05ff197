"""Tickets a second on a slow disk: every commit takes 20 ms longer (an SD card), in the server and in the baseline.

`./motcua bench disk [--delay-ms N] [--rounds N] [--count N]`. Nothing is asserted on wall clocks.
"""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from contracts.roles import Role
from queue_server.access import Access
from tests.bench._figures import Row, Run, against, middle, ratio, row, table
from tests.bench._raw import raw_commits
from tests.bench._rig import rig, run
from tests.bench._slow_server import DELAY_S
from tests.bench.issue import INFLIGHT, USERS, WARM_UP, over_http, over_mqtt

DELAY_MS = 20.0
ROUNDS = 3
RAW_S = 2.0
RATIO_WANTED = 10.0  # of the rate at which that disk commits one row

Runs = dict[str, list[Run]]


def _options(argv: Sequence[str]) -> Namespace:
    parser = ArgumentParser(prog="motcua bench disk", description="Durable tickets a second on a slow disk.")
    parser.add_argument("--delay-ms", type=float, default=DELAY_MS, help=f"of every commit; default {DELAY_MS:g}")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default {ROUNDS}; medians are shown")
    parser.add_argument("--count", type=int, default=1000, help="commands a run and round; default 1000")
    parser.add_argument("--dir", type=Path, default=None, help="where the database lies; default: temporary directory")
    return parser.parse_args(argv)


def measure(options: Namespace) -> Runs:
    """All runs by name."""
    runs: Runs = defaultdict(list)
    os.environ[DELAY_S] = str(options.delay_ms / 1000)
    with rig(USERS, options.dir) as office:
        server = office.server("tests.bench._slow_server")
        token = Access.open(office.data).bearer(Role.DEVICE, None, 1)
        over_mqtt(office, WARM_UP, server.process, real=True)
        for _ in range(options.rounds):
            runs["raw"].append(raw_commits(office.data, RAW_S, options.delay_ms / 1000))
            runs["mqtt"].append(over_mqtt(office, options.count, server.process, real=True))
            runs["http"].append(over_http(office, server, options.count, token))
    return runs


def report(runs: Runs, delay_ms: float) -> list[Row]:
    """The lines of the table."""
    return [
        row(f"raw one-row commits, {delay_ms:g} ms each", middle(runs["raw"]), "that disk itself"),
        *(
            row(f"issue over {name.upper()}, {INFLIGHT} in flight", middle(runs[name]),
                against(ratio(runs[name], runs["raw"]), RATIO_WANTED, at_least=True, unit=" × one-row commits"))
            for name in ("mqtt", "http")
        ),
    ]  # fmt: skip


def main(argv: Sequence[str]) -> int:
    """Exit code 1 only when something broke."""
    options = _options(argv)
    return run(lambda: print(table(report(measure(options), options.delay_ms))))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
