"""How many tickets a second, beside what the same disk, client, broker and web server can do at all.

`./motcua bench issue [--rounds N] [--count N] [--dir DIRECTORY]`. Every round measures all of it once, so that both
sides of a ratio meet the same machine; the table shows medians. Nothing is asserted on wall clocks.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from subprocess import Popen
from typing import Any

from contracts.roles import MqttRole, Role
from queue_server.access import Access
from tests.bench._figures import Row, Run, against, middle, ratio, row, table
from tests.bench._raw import raw_commits
from tests.bench._rig import BenchError, Rig, Served, cpu_s, rig, run

INFLIGHT = 32
ROUNDS = 3
WARM_UP = 300
COUNT = 2_000
LATE_ROUNDS = 4
RAW_S = 2.0
STEADY_RATE = 200
RATIO_WANTED = 0.5  # of the empty echo, and of the empty handler
STEADY_P99_MS = 20.0
MEMORY_MB = 120.0
USERS = {"server": MqttRole.SERVER, "kiosk-1": MqttRole.KIOSK}

Runs = dict[str, list[Run]]


def _options(argv: Sequence[str]) -> Namespace:
    parser = ArgumentParser(prog="motcua bench issue", description="Durable tickets a second, as ratios.")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default {ROUNDS}; medians are shown")
    parser.add_argument("--count", type=int, default=COUNT, help=f"commands a run and round; default {COUNT}")
    parser.add_argument("--steady-s", type=int, default=5, help="seconds of the steady run; default 5")
    parser.add_argument("--dir", type=Path, default=None, help="where the databases lie; default: temporary directory")
    return parser.parse_args(argv)


def over_mqtt(office: Rig, count: int, server: "Popen[bytes]", *, real: bool, rate: int = 0) -> Run:
    """`count` tickets (or echoes), INFLIGHT at a time or at a steady rate. BenchError when one was refused."""
    before_s = cpu_s(server)
    found = office.client(
        "_mqtt_client", url=office.broker.url, data=str(office.data), count=count, inflight=INFLIGHT, rate=rate
    )
    used_s = cpu_s(server) - before_s
    if found["refused"] or (real and found["numbers"] != count):
        raise BenchError(f"{count} commands gave {found['numbers']} numbers; refused: {found['refused']}")
    return Run.of(found["latencies_ms"], found["seconds"], used_s)


def over_http(office: Rig, server: Served, count: int, token: str | None) -> Run:
    """`count` tickets, or without a token empty answers, over INFLIGHT connections. BenchError for a refusal."""
    before_s = server.cpu_s()
    found = office.client("_http_client", port=server.http_port, count=count, connections=INFLIGHT, token=token)
    used_s = server.cpu_s() - before_s
    wanted = {"200" if token is None else "201": count}
    if found["statuses"] != wanted:
        raise BenchError(f"HTTP answers {found['statuses']}, expected {wanted}")
    return Run.of(found["latencies_ms"], found["seconds"], used_s)


def measure(options: Namespace) -> tuple[Runs, float]:
    """All runs by name, and the server's memory at the end, MB. Each round is a day that begins without tickets."""
    runs: Runs = defaultdict(list)
    memory_mb = 0.0
    with rig(USERS, options.dir) as empty:
        echo = empty.echo()
        over_mqtt(empty, WARM_UP, echo, real=False)
        for number in range(options.rounds):
            last = number == options.rounds - 1
            with rig(USERS, options.dir) as office:
                memory_mb = _a_day(runs, options, office, lambda count: over_mqtt(empty, count, echo, real=False), last)
    return runs, memory_mb


def _a_day(runs: Runs, options: Namespace, office: Rig, echo: Callable[[int], Run], last: bool) -> float:
    """One round; the last day goes on with a steady run, and with as many tickets again. Memory at its end, MB."""
    server = office.server()
    token = Access.open(office.data).bearer(Role.DEVICE, None, 1)
    steps: dict[str, Callable[[int], Run]] = {
        "echo": echo,
        "mqtt": lambda count: over_mqtt(office, count, server.process, real=True),
        "healthz": lambda count: over_http(office, server, count, None),
        "http": lambda count: over_http(office, server, count, token),
    }
    for name in ("mqtt", "healthz", "http"):
        steps[name](WARM_UP)
    runs["raw"].append(raw_commits(office.data, RAW_S))
    for name, step in steps.items():
        runs[name].append(step(options.count))
    if last:
        steady = STEADY_RATE * options.steady_s
        runs["steady"].append(over_mqtt(office, steady, server.process, real=True, rate=STEADY_RATE))
        runs["late"] += [steps["mqtt"](options.count) for _ in range(LATE_ROUNDS)][-1:]
    return server.memory_mb()


def report(runs: Runs, memory_mb: float) -> list[Row]:
    """The lines of the table."""
    steady = middle(runs["steady"])
    mqtt, http = ratio(runs["mqtt"], runs["echo"]), ratio(runs["http"], runs["healthz"])
    return [
        row("raw one-row commits (WAL, FULL)", middle(runs["raw"]), "the disk itself"),
        row(f"empty echo over MQTT, {INFLIGHT} in flight", middle(runs["echo"]), "same client and broker program"),
        row(f"issue over MQTT, {INFLIGHT} in flight", middle(runs["mqtt"]),
            f"{against(mqtt, RATIO_WANTED, at_least=True, unit=' × echo')}; "
            f"{ratio(runs['mqtt'], runs['raw']):.2f} × raw commits"),
        row(f"empty handler over HTTP, {INFLIGHT} connections", middle(runs["healthz"]), "GET /healthz"),
        row(f"issue over HTTP, {INFLIGHT} connections", middle(runs["http"]),
            f"{against(http, RATIO_WANTED, at_least=True, unit=' × empty handler')}; "
            f"{ratio(runs['http'], runs['raw']):.2f} × raw commits"),
        row(f"issue over MQTT, steady {STEADY_RATE}/s", steady,
            "p99 " + against(steady.p99_ms, STEADY_P99_MS, at_least=False, unit=" ms")),
        Row("issue over MQTT, late in a long day", f"{runs['late'][-1].rate / runs['mqtt'][-1].rate:.2f} ×",
            note=f"of its first {COUNT}, after {LATE_ROUNDS + 1} times as many"),
        Row("memory of the server", note=against(memory_mb, MEMORY_MB, at_least=False, unit=" MB")),
    ]  # fmt: skip


def main(argv: Sequence[str]) -> int:
    """Exit code 1 only when something broke."""
    options: Any = _options(argv)
    return run(lambda: print(table(report(*measure(options)))))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
