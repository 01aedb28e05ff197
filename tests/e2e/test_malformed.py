"""Ten thousand messages that are wrong, at every command topic and endpoint of a running server.

Each is a coded, counted rejection, the server stays up, and the journal and every table of the queue are the same.
"""

import hashlib
import json
import os
import sqlite3
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from random import Random
from typing import Any

import httpx
import paho.mqtt.client as mqtt
import pytest

from contracts import codec
from contracts.errors import ERRORS, Rejected
from contracts.roles import MqttRole, Role
from contracts.verbs import COUNTER_VERBS, VERBS
from queue_server.access import Access
from runtime.paths import DataDir
from runtime.secrets import read_secret
from tests.support.broker import mosquitto, wait_until
from tests.support.malformed import VALID, good, malformed
from tests.support.server_process import ServerProcess

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

SEED = int(os.environ.get("MOTCUA_FUZZ_SEED", "20261122"))
MQTT_MESSAGES, HTTP_MESSAGES = 7_000, 3_000
WINDOW = 100  # commands without a reply yet
LIMIT_S = 60.0
TOPIC = "motcua/v1/mau-01"
USER_OF = {MqttRole.KIOSK: "kiosk-1", MqttRole.BRIDGE: "bridge-1"}
NOT_AUTHORIZED = 0x87  # MQTT 5, table 2-6


class Office(ServerProcess):
    """A real server and broker, and the way to its tables."""

    def fingerprint(self) -> dict[str, str]:
        """A hash of every table of the queue: the publish cursor and the secrets of the migrations are not of it."""
        with sqlite3.connect(f"file:{DataDir(self.data).database}?mode=ro", uri=True) as connection:
            names = [n for (n,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY 1")]
            tables = [n for n in names if n not in ("alembic_version", "meta")]
            rows = {n: sorted(map(repr, connection.execute(f"SELECT * FROM {n}"))) for n in tables}
        return {n: f"{len(found)} {hashlib.sha256(repr(found).encode()).hexdigest()}" for n, found in rows.items()}

    def metric(self, name: str) -> float:
        """The sum of a counter's samples."""
        text = httpx.get(f"{self.url}/metrics", headers=self.bearer(Role.MANAGER)).text
        lines = [line for line in text.splitlines() if line.startswith((f"{name}{{", f"{name} "))]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    def bearer(self, role: Role) -> dict[str, str]:
        """The header of a caller with this role."""
        return {"Authorization": f"Bearer {Access.open(self.data).bearer(role, None, 1)}"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    data = tmp_path_factory.mktemp("malformed")
    with mosquitto(data) as broker:
        made = Office(data, broker)
        made.start()
        yield made
        assert made.process is not None
        assert made.process.poll() is None, "the server stayed up"
        made.stop()
    log = (data / "server.log").read_text()
    assert "Traceback" not in log, log[-3000:]


@dataclass
class Caller:
    """A raw MQTT client of one user: any bytes, any topic."""

    office: Office
    user: str
    replies: list[dict[str, Any]] = field(default_factory=list)
    acks: list[int] = field(default_factory=list)
    sent: int = 0

    def __post_init__(self) -> None:
        self._news = threading.Condition()
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.username_pw_set(self.user, read_secret(self.office.data, self.user))
        self._client.on_message = self._heard
        self._client.on_publish = lambda _c, _u, _mid, reason, _p: self.acks.append(reason.value)
        up = threading.Event()
        self._client.on_subscribe = lambda *_: up.set()
        self._client.connect("127.0.0.1", self.office.broker.port)
        self._client.loop_start()
        self._client.subscribe(f"{TOPIC}/reply/{self.user}", qos=1)
        assert up.wait(LIMIT_S)

    def _heard(self, _client: Any, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        with self._news:
            self.replies.append(json.loads(message.payload))
            self._news.notify_all()

    def send(self, verb: str, payload: bytes) -> None:
        """One command; waits while WINDOW of them have no reply."""
        with self._news:
            enough = self._news.wait_for(lambda: self.sent - len(self.replies) < WINDOW, LIMIT_S)
        assert enough, f"{self.sent} sent, {len(self.replies)} replies"
        self.sent += 1
        self._client.publish(f"{TOPIC}/cmd/{self.user}/{verb}", payload, 1)

    def raw(self, topic: str, payload: bytes) -> None:
        """Anything, anywhere."""
        self._client.publish(topic, payload, 1)

    def ask(self, verb: str, payload: dict[str, Any]) -> dict[str, Any]:
        """The reply to one command, all before answered."""
        self.settle()
        self.send(verb, json.dumps(payload).encode())
        self.settle()
        return self.replies[-1]

    def settle(self) -> None:
        """Returns when every command has its reply."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.replies) >= self.sent, LIMIT_S), (self.sent, len(self.replies))

    def close(self) -> None:
        """Says goodbye."""
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture(scope="module")
def callers(office: Office) -> Iterator[dict[MqttRole, Caller]]:
    made = {role: Caller(office, user) for role, user in USER_OF.items()}
    yield made
    for caller in made.values():
        caller.close()


@contextmanager
def unchanged(office: Office) -> Iterator[None]:
    """The tables are the same afterwards; not compared when midnight passed meanwhile: a new day writes, too."""
    day = httpx.get(f"{office.url}/api/v1/board").json()["business_day"]
    before = office.fingerprint()
    yield
    after = office.fingerprint()
    if httpx.get(f"{office.url}/api/v1/board").json()["business_day"] == day:
        assert after == before


MQTT_VERBS = [(verb, role) for verb, row in VERBS.items() for role in USER_OF if role in row.mqtt]


def test_every_command_topic(office: Office, callers: dict[MqttRole, Caller]) -> None:
    random, begun_s = Random(SEED), time.monotonic()
    sources = [(verb, role, malformed(verb, random)) for verb, role in MQTT_VERBS]
    counted = office.metric("motcua_mqtt_rejections_total")
    kinds: Counter[str] = Counter()
    with unchanged(office):
        for verb, role, source in islice(cycle(sources), MQTT_MESSAGES):
            kind, payload = next(source)
            kinds[kind] += 1
            callers[role].send(verb, payload)
        for caller in callers.values():
            caller.settle()
    replies = [reply for caller in callers.values() for reply in caller.replies]
    codes = Counter((reply["error"] or {}).get("code") for reply in replies)
    assert not any(reply["ok"] for reply in replies), codes
    assert set(codes) <= {"malformed", "too_large"}, codes
    assert office.metric("motcua_mqtt_rejections_total") - counted == MQTT_MESSAGES
    print(f"\n{MQTT_MESSAGES} over MQTT, {len(MQTT_VERBS)} topics, {dict(kinds)}, {dict(codes)}, "
          f"seed {SEED}, {time.monotonic() - begun_s:.1f} s")  # fmt: skip


def test_a_good_one_among_them_does_count(office: Office, callers: dict[MqttRole, Caller]) -> None:
    """The comparison of the tables can see a change."""
    before = office.fingerprint()
    reply = callers[MqttRole.KIOSK].ask("issue", good("issue", id=str(uuid.uuid4())))
    assert reply["ok"], reply
    after = office.fingerprint()
    assert {name for name in after if after[name] != before[name]} >= {"journal", "tickets", "outcomes"}


def test_well_formed_and_wrong(office: Office, callers: dict[MqttRole, Caller]) -> None:
    """Another meaning than the office has, too late, or an id that was used for something else."""
    kiosk, bridge = callers[MqttRole.KIOSK], callers[MqttRole.BRIDGE]
    known = good("issue", id=str(uuid.uuid4()))
    assert kiosk.ask("issue", known)["ok"]
    expected: list[tuple[Caller, str, dict[str, Any], set[str]]] = []
    for n in range(60):
        fresh = str(uuid.uuid4())
        late = {"sent_at_ms": 1_000 + n, "ttl_ms": 1_000}
        expected += [
            (kiosk, "issue", known | {"service": "C", "lang": "en"}, {"id_reused"}),
            (kiosk, "issue", known | {"procedure": f"2.{n:06d}"}, {"id_reused"}),
            (kiosk, "issue", good("issue", id=fresh) | late, {"expired"}),
            (kiosk, "issue", good("issue", id=fresh, service="Z"), {"unknown_service"}),
            (kiosk, "issue", good("issue", id=fresh, priority=f"king{n}"), {"unknown_priority"}),
            (kiosk, "cancel", good("cancel", id=fresh, token=f"nosuch{n:010d}"), {"unknown_ticket"}),
            (bridge, "call", good("call", id=fresh, number=f"Z{n:03d}"), {"unknown_ticket"}),
        ]
        expected += [
            (bridge, verb, good(verb, id=fresh, counter=98), {"unknown_counter", "unknown_ticket"})
            for verb in COUNTER_VERBS
        ]
        expected += [(bridge, verb, good(verb, id=fresh) | late, {"expired"}) for verb in COUNTER_VERBS]
    wrong = []
    with unchanged(office):
        for caller, verb, payload, _codes in expected:
            caller.send(verb, json.dumps(payload).encode())
        for caller in callers.values():
            caller.settle()
    for caller in callers.values():
        asked = [row for row in expected if row[0] is caller]
        for (_caller, verb, payload, codes), reply in zip(asked, caller.replies[-len(asked) :], strict=True):
            if reply["ok"] or reply["error"]["code"] not in codes:
                wrong.append((verb, payload, codes, reply["error"]))
    assert wrong == []


def test_another_office_or_another_actor(office: Office, callers: dict[MqttRole, Caller]) -> None:
    """The broker itself drops them (MQTT 5 says so to the sender), and the server never hears of them."""
    kiosk = callers[MqttRole.KIOSK]
    kiosk.settle()
    payload = json.dumps(good("issue", id=str(uuid.uuid4()))).encode()
    topics = [
        "motcua/v1/mau-02/cmd/kiosk-1/issue", f"{TOPIC}/cmd/bridge-1/call-next", f"{TOPIC}/cmd/server/issue",
        f"{TOPIC}/cmd/kiosk-1/explode", f"{TOPIC}/cmd/kiosk-1/call-next", f"{TOPIC}/state/board",
        f"{TOPIC}/reply/kiosk-1", f"{TOPIC}/event/call",
    ]  # fmt: skip
    acks, replies = len(kiosk.acks), len(kiosk.replies)
    with unchanged(office):
        for topic in topics * 10:
            kiosk.raw(topic, payload)
        wait_until(lambda: len(kiosk.acks) - acks >= 10 * len(topics), LIMIT_S, "the acknowledgements")
        assert kiosk.ask("cancel", good("cancel", id=str(uuid.uuid4())))["error"]["code"] == "unknown_ticket"
    assert set(kiosk.acks[acks:-1]) == {NOT_AUTHORIZED}
    assert len(kiosk.replies) == replies + 1


def _endpoints() -> list[tuple[str, str, Role]]:
    """(path, verb, role) of each command over HTTP; tokens and counters in the path are well formed."""
    staff = Role.CLERK
    found = [("/api/v1/tickets", "issue", Role.DEVICE), ("/api/v1/dossiers/lookup", "lookup-dossier", Role.DEVICE)]
    found += [("/api/v1/leases", "lease", Role.DEVICE), ("/api/v1/hand-over", "hand-over", Role.DEVICE)]
    found += [("/api/v1/appointments", "book", Role.MANAGER)]
    found += [(f"/api/v1/appointments/{VALID['token']}/{end}", verb, Role.MANAGER) for end, verb in
              (("cancel", "cancel-booking"), ("check-in", "check-in"))]  # fmt: skip
    found += [(f"/api/v1/tickets/{VALID['token']}/cancel", "cancel", Role.MANAGER)]
    found += [("/api/v1/day/confirm", "confirm-day", Role.MANAGER)]
    found += [(f"/api/v1/counters/1/{verb}", verb, staff) for verb in COUNTER_VERBS]
    found += [(f"/api/v1/services/A/{verb.split('-')[0]}", verb, Role.MANAGER) for verb in
              ("open-service", "close-service")]  # fmt: skip
    return found


IN_PATH = {"service", "counter", "token"}
"""Fields that HTTP takes from the path: what the body says of them does not count, so it cannot be wrong."""


def _wrong_over_http(verb: str, path: str, payload: bytes) -> bool:
    """False when the path would make this body a good command."""
    if path in ("/api/v1/tickets", "/api/v1/appointments", "/api/v1/leases", "/api/v1/hand-over"):
        return True
    try:
        body = json.loads(payload)
    except (ValueError, RecursionError):
        return True
    if not isinstance(body, dict):
        return True
    fields = good(verb) | {k: v for k, v in body.items() if k not in IN_PATH}
    return any(name not in body and name not in IN_PATH for name in good(verb)) or _still_wrong(verb, fields)


def _still_wrong(verb: str, fields: dict[str, Any]) -> bool:
    try:
        codec.decode(json.dumps(fields).encode(), VERBS[verb].payload)
    except Rejected:
        return True
    return False


def test_every_endpoint(office: Office) -> None:
    random, begun_s = Random(SEED + 1), time.monotonic()
    sources = [(path, verb, role, malformed(verb, random)) for path, verb, role in _endpoints()]
    before = office.metric("motcua_http_requests_total")
    codes: Counter[str] = Counter()
    wrong: list[Any] = []
    with httpx.Client(base_url=office.url) as client, unchanged(office):
        for path, verb, role, source in islice(cycle(sources), HTTP_MESSAGES):
            payload = next(p for _kind, p in source if _wrong_over_http(verb, path, p))
            headers = {"Content-Type": "application/json", **office.bearer(role)}
            answer = client.post(path, content=payload, headers=headers)
            problem = answer.json() if "problem+json" in answer.headers.get("content-type", "") else {}
            code = problem.get("code", f"http {answer.status_code}")
            codes[code] += 1
            if code not in ERRORS or code in ("internal", "not_found") or answer.status_code != ERRORS[code].http:
                wrong.append((path, payload[:200], answer.status_code, answer.text[:200]))
    assert wrong == []
    assert office.metric("motcua_http_requests_total") - before >= HTTP_MESSAGES
    print(f"\n{HTTP_MESSAGES} over HTTP, {len(sources)} endpoints, {dict(codes)}, seed {SEED + 1}, "
          f"{time.monotonic() - begun_s:.1f} s")  # fmt: skip
