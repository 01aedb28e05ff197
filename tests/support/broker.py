"""A real Mosquitto on a free port, with the users, passwords and ACL that the office really has."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition
from typing import Any, TypeVar

from contracts.roles import MqttRole
from runtime.broker import prepare_broker
from runtime.mqtt import Broker, Inbound, Link, Subscription
from runtime.secrets import read_secret

READY_S = 10.0
OFFICE = "mau-01"
USERS = {
    "server": MqttRole.SERVER, "kiosk-1": MqttRole.KIOSK, "board-1": MqttRole.BOARD, "signs-1": MqttRole.SIGNS,
    "bridge-1": MqttRole.BRIDGE, "demo": MqttRole.DEMO, "monitor": MqttRole.MONITOR,
}  # fmt: skip


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(true: Callable[[], bool], limit_s: float = READY_S, what: str = "it") -> None:
    """Returns as soon as `true()`; fails after `limit_s`."""
    end_s = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < end_s, f"{what} did not happen within {limit_s} s"
        time.sleep(0.01)


def accepts(port: int) -> bool:
    """True when somebody listens on that port."""
    try:
        with socket.create_connection(("127.0.0.1", port), 0.2):
            return True
    except OSError:
        return False


@dataclass
class Mosquitto:
    """A running broker. `link(user)` connects as one of its users."""

    data: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None
    links: list[Link] = field(default_factory=list)
    users: Mapping[str, MqttRole] = field(default_factory=lambda: USERS)
    office: str = OFFICE

    @property
    def url(self) -> str:
        """For --broker."""
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts (again) on the same port and returns when it listens."""
        command = prepare_broker(self.data, self.office, self.users, "127.0.0.1", self.port)
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        wait_until(lambda: accepts(self.port), what="the broker")

    def kill(self) -> None:
        """As a crash: retained messages are lost."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def broker(self, user: str) -> Broker:
        """Address and secret of a user."""
        return Broker.from_url(self.url, user, read_secret(self.data, user))

    def link(self, user: str, *subscriptions: Subscription) -> "Peer":
        """A connected peer, stopped with the broker."""
        return self.connect(Peer(), user, *subscriptions)

    def connect(self, peer: "P", user: str, *subscriptions: Subscription) -> "P":
        """Connects a peer of any kind."""
        peer.link = Link(self.broker(user), self.office, subscriptions, peer.arrived)
        self.links.append(peer.link)
        peer.link.start()
        wait_until(lambda: peer.link.connected, what=f"the link of {user}")
        return peer


P = TypeVar("P", bound="Peer")


class Peer:
    """The other end: publishes, and keeps what arrived."""

    link: Link

    def __init__(self) -> None:
        self.messages: list[Inbound] = []
        self._news = Condition()

    def arrived(self, inbound: Inbound) -> None:
        with self._news:
            self.messages.append(inbound)
            self._news.notify_all()

    def got(self, name: str, **params: str) -> list[Any]:
        """The messages of one row so far, oldest first."""
        found = [m for m in self.messages if m.spec.name == name]
        return [m.message for m in found if all(m.params.get(k) == v for k, v in params.items())]

    def wait(self, name: str, true: Callable[[Any], bool] = lambda _: True, *, limit_s: float = READY_S) -> Any:
        """The first message of a row for which `true`; waits for it."""
        with self._news:
            done = self._news.wait_for(lambda: any(map(true, self.got(name))), limit_s)
        assert done, f"no {name} like that within {limit_s} s; got {self.got(name)[-3:]}"
        return next(message for message in self.got(name) if true(message))


@contextmanager
def mosquitto(data: Path) -> Iterator[Mosquitto]:
    """A broker for one test; nothing of it stays."""
    broker = Mosquitto(data, free_port())
    broker.start()
    try:
        yield broker
    finally:
        for link in broker.links:
            link.stop()
        broker.kill()
