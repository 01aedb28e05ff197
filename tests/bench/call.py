"""From call-next to the lobby: when do 50 subscribers in other processes have the call, beside the bare broker?

`./motcua bench call [--calls N] [--dir DIRECTORY]`. The raw fan-out sends the same payload to the same 50 through the
same broker in the same run, so that the difference is the queue server. Nothing is asserted on wall clocks.
"""

import socket
import sys
import time
import uuid
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from contracts import codec, topics
from contracts.messages.board import BoardSnapshot
from contracts.messages.common import Version
from contracts.messages.counters import CallNext
from contracts.roles import MqttRole
from runtime.mqtt import Inbound, Link, Subscription
from tests.bench._figures import NS_MS, Row, Run, against, row, table
from tests.bench._listeners import BOARD, READY
from tests.bench._raw import raw_commits
from tests.bench._rig import COUNTERS, OFFICE_ID, BenchError, Rig, finish, rig, run, start_client

SUBSCRIBERS, PROCESSES = 50, 5
GAP_S = 0.05  # calls come one by one, as in an office, only closer
SETTLE_S = 1.0
REPLY_S_MAX = 10.0
MARGIN_MS = 10.0
RAW_S = 2.0
USERS = {
    "server": MqttRole.SERVER, "kiosk-1": MqttRole.KIOSK, "bridge-1": MqttRole.BRIDGE,
    **{f"board-{n}": MqttRole.BOARD for n in range(1, SUBSCRIBERS + 1)},
}  # fmt: skip

Seen = list[dict[str, dict[str, int]]]


def _options(argv: Sequence[str]) -> Namespace:
    parser = ArgumentParser(prog="motcua bench call", description="Call-next to 50 subscribers.")
    parser.add_argument("--calls", type=int, default=200, help="default 200")
    parser.add_argument("--waiting", type=int, default=1000, help="tickets that wait before; default 1000")
    parser.add_argument("--dir", type=Path, default=None, help="where the database lies; default: temporary directory")
    return parser.parse_args(argv)


class Button:
    """Calls the next, counter by counter, and knows when it pressed."""

    def __init__(self, office: Rig) -> None:
        self.pressed_ns: dict[str, int] = {}  # by number called
        self.replies_ms: list[float] = []
        self.board: BoardSnapshot | None = None
        self._answer: Any = None
        self._news, self._up = Event(), Event()
        subscriptions = [Subscription("reply", {"user": "bridge-1"}), Subscription("board")]
        self.link = Link(
            office.broker.broker("bridge-1"), OFFICE_ID, subscriptions, self._arrived,
            on_connected=lambda up: self._up.set() if up else None,
        )  # fmt: skip
        self.link.start()
        if not self._up.wait(REPLY_S_MAX):
            raise BenchError("no broker")
        time.sleep(SETTLE_S)

    def _arrived(self, inbound: Inbound) -> None:
        if isinstance(inbound.message, BoardSnapshot):
            self.board = inbound.message
        else:
            self._answer = inbound.message
            self._news.set()

    def press(self, counter: int) -> None:
        """One press, with its reply. BenchError when nobody was called."""
        self._news.clear()
        start_ns = time.monotonic_ns()
        self.link.publish("cmd.call-next", CallNext(id=uuid.uuid4().hex, counter=counter), user="bridge-1")
        if not self._news.wait(REPLY_S_MAX) or self._answer.ticket is None:
            raise BenchError(f"call-next at counter {counter}: {self._answer}")
        self.replies_ms.append((time.monotonic_ns() - start_ns) / NS_MS)
        self.pressed_ns[self._answer.ticket.number] = start_ns


def _no_delay(_client: paho.Client, _userdata: object, sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as runtime.mqtt.Link does


def fan_out(office: Rig, snapshot: BoardSnapshot, count: int) -> dict[str, int]:
    """Publishes the same board `count` times as the server would, without a server; when each was sent, by seq."""
    broker, up = office.broker.broker("server"), Event()
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="fan-out", protocol=MQTTProtocolVersion.MQTTv5)
    client.username_pw_set(broker.username, broker.password)
    client.on_connect = lambda *_: up.set()
    client.on_socket_open = _no_delay
    client.connect(broker.host, broker.port)
    client.loop_start()
    if not up.wait(REPLY_S_MAX):
        raise BenchError("no broker")
    sent_ns: dict[str, int] = {}
    for n in range(count):
        payload = codec.encode(msgspec.structs.replace(snapshot, version=Version(0, n)))
        sent_ns[str(n)] = time.monotonic_ns()
        client.publish(BOARD, payload, topics.TOPICS["board"].qos, retain=True)
        time.sleep(GAP_S)
    time.sleep(SETTLE_S)
    client.disconnect()
    client.loop_stop()
    return sent_ns


def delays_ms(sent_ns: dict[str, int], seen: Seen, kind: str) -> list[float]:
    """Every (sent, subscriber) pair. BenchError when a subscriber missed one."""
    missed = sum(1 for one in seen for key in sent_ns if key not in one[kind])
    if missed:
        raise BenchError(f"{missed} of {len(sent_ns) * len(seen)} {kind} deliveries are missing")
    return [(one[kind][key] - at_ns) / NS_MS for one in seen for key, at_ns in sent_ns.items()]


def last_ms(sent_ns: dict[str, int], seen: Seen, kind: str) -> list[float]:
    """For each sent one, the delay of the slowest subscriber."""
    return [max(one[kind][key] - at_ns for one in seen) / NS_MS for key, at_ns in sent_ns.items()]


@dataclass(frozen=True)
class Measured:
    """What one run gave."""

    commit: Run
    reply: Run
    call: Run
    board: Run
    board_last: Run
    raw: Run
    raw_last: Run
    payload_bytes: int
    memory_mb: float


def _start_listeners(office: Rig) -> "list[Any]":
    boards = [user for user, role in USERS.items() if role is MqttRole.BOARD]
    children = [
        start_client("_listeners", url=office.broker.url, data=str(office.data), users=boards[n::PROCESSES])
        for n in range(PROCESSES)
    ]
    office.children += children
    for child in children:
        if child.stdout is None or child.stdout.readline().decode().strip() != READY:
            raise BenchError("a subscriber did not start")
    return children


def measure(options: Namespace) -> Measured:
    """One run."""
    with rig(USERS, options.dir) as office:
        server = office.server()
        filled = office.client(
            "_mqtt_client", url=office.broker.url, data=str(office.data), count=options.waiting, inflight=32
        )
        if filled["refused"]:
            raise BenchError(f"filling the queue: {filled['refused']}")
        commit = raw_commits(office.data, RAW_S)
        children, button = _start_listeners(office), Button(office)
        for n in range(options.calls):
            button.press(1 + n % COUNTERS)
            time.sleep(GAP_S)
        time.sleep(SETTLE_S)
        button.link.stop()
        if button.board is None:
            raise BenchError("no board snapshot came")
        sent_ns, memory_mb = fan_out(office, button.board, options.calls), server.memory_mb()
        seen: Seen = [one for child in children for one in finish(child)]
    return Measured(
        commit, Run.of(button.replies_ms, 0),
        Run.of(delays_ms(button.pressed_ns, seen, "call"), 0), Run.of(delays_ms(button.pressed_ns, seen, "board"), 0),
        Run.of(last_ms(button.pressed_ns, seen, "board"), 0),
        Run.of(delays_ms(sent_ns, seen, "seq"), 0), Run.of(last_ms(sent_ns, seen, "seq"), 0),
        len(codec.encode(button.board)), memory_mb,
    )  # fmt: skip


def report(found: Measured) -> list[Row]:
    """The lines of the table."""
    allowed = found.commit.p99_ms + found.raw.p99_ms + MARGIN_MS
    return [
        row("raw one-row commits (WAL, FULL)", found.commit, "the disk itself"),
        row(f"raw fan-out to {SUBSCRIBERS}", found.raw, f"the same {found.payload_bytes:,} bytes, without the server"),
        row("  … until the last has it", found.raw_last),
        row("call-next → its reply", found.reply),
        row(f"call-next → event at {SUBSCRIBERS}", found.call),
        row(f"call-next → board at {SUBSCRIBERS}", found.board,
            "p99 " + against(found.board.p99_ms, round(allowed, 1), at_least=False, unit=" ms")
            + f" = commit p99 + fan-out p99 + {MARGIN_MS:g}"),
        row("  … until the last has it", found.board_last),
        Row("memory of the server", note=f"{found.memory_mb:.1f} MB"),
    ]  # fmt: skip


def main(argv: Sequence[str]) -> int:
    """Exit code 1 only when something broke."""
    options = _options(argv)
    return run(lambda: print(table(report(measure(options)))))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
