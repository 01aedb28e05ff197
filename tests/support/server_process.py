"""The queue server as its own process before a real broker, and its two doors asked in the same words."""

import signal
import subprocess
import sys
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx

from contracts.messages.replies import Reply
from contracts.roles import Role
from contracts.verbs import VERBS
from queue_server.access import Access
from runtime.mqtt import Subscription
from tests.support.broker import Mosquitto, Peer, free_port, wait_until
from tests.support.environment import clean
from tests.support.offices import ROOT, SAMPLE

START_S = 40.0


class ServerProcess:
    """`python -m queue_server` on an office file; stopped, killed and started again on the same data."""

    def __init__(self, data: Path, broker: Mosquitto, office: Path = SAMPLE) -> None:
        self.data, self.broker, self.office = data, broker, office
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Of its HTTP door."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns when it is ready."""
        command = [
            sys.executable, "-m", "queue_server", "--id", "server", "--office", str(self.office), "--data",
            str(self.data), "--broker", self.broker.url, "--http", f"127.0.0.1:{self.port}",
        ]  # fmt: skip
        with (self.data / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, stderr=log, stdout=log, cwd=ROOT, env=clean())
        wait_until(self.ready, START_S, "the server")

    def ready(self) -> bool:
        """Asked through writer and broker."""
        assert self.process is not None
        assert self.process.poll() is None, (self.data / "server.log").read_text()[-3000:]
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=3) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self, how: int = signal.SIGTERM) -> None:
        """Ends it; SIGKILL: as a crash."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(15)
            self.process = None

    def api(self, role: Role = Role.CLERK) -> httpx.Client:
        """Signed in by a bearer token."""
        token = Access.open(self.data).bearer(role, None, 1)
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=15)


@dataclass(frozen=True)
class Answer:
    """What a command came to, whatever the door: an error code, or a ticket (number, state) and a counter (status)."""

    code: str | None = None
    number: str | None = None
    state: str | None = None
    counter: str | None = None


class Door(Protocol):
    """A way in. Counter verbs take `counter`, the rest their own fields."""

    def ask(self, verb: str, command_id: str, **fields: Any) -> Answer:
        """One command, once."""


class MqttSide:
    """As the simulated clerks of a demonstration: they may press everything."""

    def __init__(self, broker: Mosquitto) -> None:
        self.peer: Peer = broker.link("demo", Subscription("reply", {"user": "demo"}))

    def ask(self, verb: str, command_id: str, **fields: Any) -> Answer:
        """Waits for the reply that this very message gets."""
        before = len(self._to(command_id))
        self.peer.link.publish(f"cmd.{verb}", VERBS[verb].payload(id=command_id, **fields), user="demo")
        wait_until(lambda: len(self._to(command_id)) > before, 15, f"the reply to {verb}")
        reply = self._to(command_id)[-1]
        if reply.error is not None:
            return Answer(reply.error.code)
        ticket, counter = reply.issued or reply.ticket, reply.counter
        state = reply.ticket.state.value if reply.ticket else "waiting" if reply.issued else None
        return Answer(None, ticket.number if ticket else None, state, counter.status.value if counter else None)

    def _to(self, command_id: str) -> list[Reply]:
        return [reply for reply in self.peer.got("reply") if reply.id == command_id]


class HttpSide:
    """As a clerk's page."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def ask(self, verb: str, command_id: str, **fields: Any) -> Answer:
        """The answer by status and body."""
        n = fields.pop("counter", None)
        path = f"/api/v1/counters/{n}/{verb}" if n is not None else "/api/v1/tickets"
        answer = self.client.post(path, json={"id": command_id, **fields})
        if answer.status_code == 204:
            return Answer(None, None, None, "open")
        body = answer.json()
        if answer.status_code >= 400:
            assert answer.headers["content-type"].startswith("application/problem+json")
            return Answer(body["code"])
        if verb == "issue":
            return Answer(None, body["number"], "waiting", None)
        ticket = body.get("ticket") or {}
        return Answer(None, ticket.get("number"), ticket.get("state"), body["counter"]["status"])


def new_id() -> str:
    """Of one press."""
    return str(uuid.uuid4())
