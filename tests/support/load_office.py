"""An office for load: eight kiosks, eight counters, a real broker, a server that can be killed and started again."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from contracts.messages.board import BoardSnapshot
from contracts.roles import MqttRole
from runtime.mqtt import Subscription
from runtime.paths import DataDir
from runtime.secrets import ensure_secret
from tests.support.broker import Mosquitto, Peer, free_port
from tests.support.environment import clean
from tests.support.offices import ROOT

OFFICE = "load-1"
KIOSKS = 8
COUNTERS = 8
SERVICES = "ABCDEFGHIJKL"  # 12 × 999 numbers: enough for some minutes of load
START_S = 60.0
STOP_S = 30.0
QUIET_S = 0.5

HEAD = f"""
[office]
id = "{OFFICE}"
name.vi = "Thử tải"
"""


def kiosk_user(i: int) -> str:
    """The MQTT user of a kiosk, 1-KIOSKS."""
    return f"kiosk-{i}"


def counter_user(n: int) -> str:
    """The MQTT user that presses for counter n."""
    return f"bridge-{n}"


USERS = {
    "server": MqttRole.SERVER,
    "monitor": MqttRole.MONITOR,
    **{kiosk_user(i): MqttRole.KIOSK for i in range(1, KIOSKS + 1)},
    **{counter_user(n): MqttRole.BRIDGE for n in range(1, COUNTERS + 1)},
}


def office_text(extra: str = "") -> str:
    """The office file. Every counter takes every service, three of them as its own work; `extra`: more tables."""
    rows = [HEAD, extra]
    for at, code in enumerate(SERVICES):
        rows.append(f'[[service]]\ncode = "{code}"\nname.vi = "Việc {at + 1}"\nquota = 999')
    for n in range(1, COUNTERS + 1):
        skills = ", ".join(
            f"{code} = {1 if at % COUNTERS in (n - 1, n % COUNTERS) else 2}" for at, code in enumerate(SERVICES)
        )
        rows.append(f'[[counter]]\nn = {n}\nname.vi = "Quầy {n}"\nskills = {{ {skills} }}')
    rows.append('[[priority]]\ncode = "elderly"\nname.vi = "Người cao tuổi"\nhead_start_min = 10')
    rows += [f'[[kiosk]]\nid = "{kiosk_user(i)}"\nname.vi = "Máy {i}"' for i in range(1, KIOSKS + 1)]
    return "\n".join(rows) + "\n"


@dataclass
class LoadedOffice:
    """Broker and server. `launch` makes the command line: a test may run the server behind a launcher of its own."""

    folder: Path
    broker: Mosquitto
    file: Path
    environment: dict[str, str] = field(default_factory=dict)
    server: "subprocess.Popen[bytes] | None" = None
    starts: int = 0
    http_port: int = field(default_factory=free_port)

    @property
    def data(self) -> DataDir:
        """The server's DATA."""
        return DataDir(self.folder / "data")

    @property
    def http(self) -> str:
        """HOST:PORT of its pages."""
        return f"127.0.0.1:{self.http_port}"

    def arguments(self) -> list[str]:
        """What the server is started with."""
        named = {"--id": "server", "--office": self.file, "--broker": self.broker.url, "--data": self.data.root}
        return [*(str(x) for pair in named.items() for x in pair), "--http", self.http]

    def start(self, launcher: Sequence[str] = ()) -> None:
        """Starts the server; does not wait for it. `launcher`: what stands in place of `python -m queue_server`."""
        assert self.server is None
        self.starts += 1
        command = [*(launcher or (sys.executable, "-m", "queue_server")), *self.arguments()]
        with self.log.open("ab") as log:
            self.server = subprocess.Popen(command, cwd=ROOT, env=clean(**self.environment), stdout=log, stderr=log)

    @property
    def log(self) -> Path:
        """What the servers of this office wrote."""
        return self.folder / "server.log"

    def kill(self) -> None:
        """kill -9."""
        assert self.server is not None
        assert self.server.poll() is None, f"the server ended by itself:\n{self.log.read_text()[-3000:]}"
        self.server.kill()
        self.server.wait()
        self.server = None

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.server is not None
        self.server.terminate()
        code = self.server.wait(STOP_S)
        self.server = None
        return code


class Monitor(Peer):
    """Sees all that the lobby sees: the calls that were published, and the newest board."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: set[tuple[str, int]] = set()  # (call_id, repeat), by event or in a snapshot
        self.events: set[tuple[str, int]] = set()  # by event
        self.board: BoardSnapshot | None = None

    def arrived(self, inbound: object) -> None:
        """Keeps what is needed, not every message."""
        message = inbound.message  # type: ignore[attr-defined]  # Inbound
        with self._news:
            if isinstance(message, BoardSnapshot):
                self.board = message
                self.calls |= {(call.call_id, call.repeat) for call in message.calls}
            else:
                self.events.add((message.call.call_id, message.call.repeat))
                self.calls.add((message.call.call_id, message.call.repeat))
            self._news.notify_all()

    def await_epoch_after(self, epoch: int, limit_s: float = START_S) -> int:
        """Waits until a server with a newer epoch has published its board; its epoch."""
        with self._news:
            there = self._news.wait_for(lambda: self.board is not None and self.board.version.epoch > epoch, limit_s)
            assert there, f"no server after epoch {epoch} within {limit_s} s"
            assert self.board is not None
            return self.board.version.epoch

    def settle(self, limit_s: float) -> None:
        """Returns when nothing has been published for QUIET_S."""
        with self._news:
            end_s = time.monotonic() + limit_s
            while self._news.wait(QUIET_S):
                assert time.monotonic() < end_s, f"the server still publishes after {limit_s} s without a command"

    @property
    def epoch(self) -> int:
        """Of the newest board."""
        return self.board.version.epoch if self.board else 0


@contextmanager
def loaded_office(folder: Path, extra: str = "") -> Iterator[tuple[LoadedOffice, Monitor]]:
    """The broker runs, the server does not yet. Nothing of it stays."""
    broker = Mosquitto(folder / "broker", free_port(), users=USERS, office=OFFICE)
    broker.data.mkdir(parents=True)
    broker.start()
    file = folder / "office.toml"
    file.write_text(office_text(extra))
    office = LoadedOffice(folder, broker, file)
    ensure_secret(office.data.root, "server", lambda _: broker.broker("server").password)
    try:
        yield office, watch(broker)
    finally:
        for link in broker.links:
            link.stop()
        if office.server is not None:
            office.server.kill()
            office.server.wait()
        broker.kill()


def watch(broker: Mosquitto) -> Monitor:
    """A monitor on that broker."""
    monitor = Monitor()
    broker.connect(monitor, "monitor", Subscription("board"), Subscription("call"))
    return monitor


def seconds_since(start_s: float) -> float:
    """For figures."""
    return round(time.monotonic() - start_s, 1)
