"""The MQTT door of the queue server: real Mosquitto with its generated ACL, real SQLite, the live office between."""

import random
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from contracts import codec, topics
from contracts.messages.board import BoardSnapshot
from contracts.messages.common import CounterStatus, CounterView, Version
from contracts.messages.counters import CallNext, Recall
from contracts.messages.devices import DeviceHealth, HealthState, Presence, PresenceState
from contracts.messages.leases import LEASE_BLOCKS_MAX, HandOver, LeaseBlocks, LeaseGrant, OfflineTicket
from contracts.messages.replies import CounterSnapshot, Reply
from contracts.messages.tickets import IssueTicket
from queue_server.adapters.dossiers import OfficeDossiers
from queue_server.adapters.mqtt import MqttDoor
from queue_server.adapters.store import OfficeStore, SqlDossiers
from queue_server.application.live import LiveOffice
from queue_server.domain.estimates import SharedWork
from runtime.clock import Clock, utc
from runtime.config import load_office
from runtime.mqtt import Link, Subscription
from runtime.secrets import read_secret
from tests.support.broker import Mosquitto, mosquitto, wait_until
from tests.support.offices import SAMPLE, T0, Counted

OFFICE = load_office(SAMPLE)
REPLY = Subscription("reply", {"user": "kiosk-1"})


class Running:
    """A live office behind a broker; can be stopped and started on the same database."""

    def __init__(self, broker: Mosquitto, database: Path) -> None:
        self.broker, self.database, self.fresh = broker, database, Counted()
        self.start()

    def start(self) -> None:
        clock = Clock()
        self.store = OfficeStore(self.database, clock.wall_ms())
        self.dossiers = SqlDossiers(self.database)
        self.door = MqttDoor(self.broker.broker("server"), OFFICE, clock)
        self.live = LiveOffice(
            OFFICE, self.store, self.door, OfficeDossiers(OFFICE, self.dossiers), SharedWork(), self.fresh, clock,
            lambda why: None,
        )  # fmt: skip
        self.live.start()
        self.door.serve(self.live)
        wait_until(self.live.broker_up, what="the server's link")

    def stop(self) -> None:
        self.live.stop()
        self.door.stop()
        self.dossiers.close()
        self.store.close()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with mosquitto(tmp_path / "data") as broker:
        made = Running(broker, tmp_path / "data" / "db" / "office.sqlite")
        yield made
        made.stop()


def issue(n: int, service: str = "A", **more: Any) -> IssueTicket:
    return IssueTicket(id=f"touch-{n:05d}", service=service, **more)


def answer(peer: Any, command_id: str) -> Reply:
    return peer.wait("reply", lambda r: r.id == command_id)


def test_a_ticket_over_mqtt_and_its_repetition(running: Running) -> None:
    kiosk = running.broker.link("kiosk-1", REPLY)
    kiosk.link.publish("cmd.issue", issue(1), user="kiosk-1")
    first = answer(kiosk, "touch-00001")
    assert first.ok
    assert first.issued.number == "A001"
    assert first.issued.position == 0
    kiosk.link.publish("cmd.issue", issue(1), user="kiosk-1")
    wait_until(lambda: len(kiosk.got("reply")) == 2)
    assert kiosk.got("reply")[1].issued.token == first.issued.token
    kiosk.link.publish("cmd.issue", issue(1, "C"), user="kiosk-1")
    wait_until(lambda: len(kiosk.got("reply")) == 3)
    assert kiosk.got("reply")[2].error.code == "id_reused"
    assert len(running.live.queue()) == 1


def test_a_call_reaches_event_and_retained_board(running: Running) -> None:
    board = running.broker.link("board-1", Subscription("board"), Subscription("call"))
    bridge = running.broker.link("bridge-1", Subscription("reply", {"user": "bridge-1"}))
    kiosk = running.broker.link("kiosk-1", REPLY)
    kiosk.link.publish("cmd.issue", issue(1), user="kiosk-1")
    answer(kiosk, "touch-00001")
    bridge.link.publish("cmd.call-next", CallNext(id="press-00001", counter=3), user="bridge-1")
    assert answer(bridge, "press-00001").ticket.number == "A001"
    event = board.wait("call")
    assert (event.call.number, event.call.counter) == ("A001", 3)
    shown: BoardSnapshot = board.wait("board", lambda b: b.calls)
    assert shown.calls[0] == event.call
    late = running.broker.link("signs-1", Subscription("board"))
    assert late.wait("board").calls[0].call_id == event.call.call_id


def test_nobody_waits_is_an_answer_and_a_bad_payload_gets_its_code(running: Running) -> None:
    bridge = running.broker.link("bridge-1", Subscription("reply", {"user": "bridge-1"}))
    bridge.link.publish("cmd.call-next", CallNext(id="press-00001", counter=1), user="bridge-1")
    reply = answer(bridge, "press-00001")
    assert reply.ok
    assert reply.ticket is None
    bridge.link.publish("cmd.recall", {"id": "press-00002", "counter": "one"}, user="bridge-1")
    assert answer(bridge, "press-00002").error.code == "malformed"
    bridge.link.publish("cmd.recall", Recall(id="press-00003", counter=1), user="bridge-1")
    assert answer(bridge, "press-00003").error.code == "no_current_ticket"


def test_numbers_are_lent_and_handed_over_and_each_refusal_counts(running: Running) -> None:
    kiosk = running.broker.link("kiosk-1", REPLY)
    kiosk.link.publish("cmd.lease", LeaseBlocks(id="lease-0001", epoch="epoch-0001"), user="kiosk-1")
    lease = answer(kiosk, "lease-0001").lease
    block = next(b for b in lease.blocks if b.service == "A" and b.day == lease.business_day)
    touches = [
        OfflineTicket(id=f"touch-000{i}", block=block.id, number=number, taken_ms=Clock().wall_ms())
        for i, number in enumerate((f"A{block.first}", "A500"))
    ]
    kiosk.link.publish(
        "cmd.hand-over", HandOver(id="hand-over-1", epoch="epoch-0001", tickets=tuple(touches)), user="kiosk-1"
    )  # fmt: skip
    handed = answer(kiosk, "hand-over-1").handed
    assert [(h.id, h.number, h.accepted, h.code) for h in handed] == [
        ("touch-0000", f"A{block.first}", True, None), ("touch-0001", "A500", False, "lease_unknown"),
    ]  # fmt: skip
    assert running.door.rejections == {"lease_unknown": 1}
    assert [t.number for t in running.live.queue()] == [f"A{block.first}"]


def test_a_kiosk_with_as_many_blocks_as_it_may_have_fits_the_wire(running: Running) -> None:
    kiosk = running.broker.link("kiosk-1", REPLY)
    spent = {str(uuid.UUID(int=i)): 999 for i in range(LEASE_BLOCKS_MAX)}
    kiosk.link.publish("cmd.lease", LeaseBlocks(id="lease-0001", epoch="e" * 64, spent=spent), user="kiosk-1")
    blocks = answer(kiosk, "lease-0001").lease.blocks
    grant = LeaseGrant("e" * 64, "2026-11-23", "2026-11-24", (blocks * LEASE_BLOCKS_MAX)[:LEASE_BLOCKS_MAX])
    reply = Reply(id="i" * 64, verb="lease", ok=True, at=utc(T0), lease=grant)
    assert len(codec.encode(reply)) <= codec.PAYLOAD_BYTES_MAX


def test_malformed_payloads_change_nothing(running: Running) -> None:
    kiosk = running.broker.link("kiosk-1", REPLY)
    before = running.live.board()
    rng = random.Random(7)
    raw = kiosk.link._client
    topic = topics.topic("cmd.issue", office=OFFICE.id, user="kiosk-1")
    junk = [bytes(rng.randrange(256) for _ in range(rng.randrange(60))) for _ in range(100)]
    junk += [b"{}", b"null", b"[" * 3000, b'{"id":"touch-1","service":"A"}', b'{"id":"12345678","service":["A"]}']
    junk += [b'{"id":"12345678","service":"' + b"A" * 9000 + b'"}', b'{"id":"12345678","service":"Z"}']
    for payload in junk:
        raw.publish(topic, payload, 1)
    wait_until(lambda: len(kiosk.got("reply")) == len(junk), what="an answer to each")
    assert all(not r.ok and r.error.code in ("malformed", "too_large", "unknown_service") for r in kiosk.got("reply"))
    assert sum(running.door.rejections.values()) >= len(junk)
    assert running.live.board() == before
    kiosk.link.publish("cmd.issue", issue(5), user="kiosk-1")
    assert answer(kiosk, "touch-00005").issued.number == "A001"


def test_a_kiosk_cannot_speak_as_another_nor_call(running: Running) -> None:
    kiosk = running.broker.link("kiosk-1", REPLY)
    kiosk.link.publish("cmd.issue", issue(1), user="kiosk-2")
    kiosk.link.publish("cmd.call-next", CallNext(id="press-00001", counter=1), user="kiosk-1")
    kiosk.link.publish("cmd.issue", issue(2), user="kiosk-1")
    assert answer(kiosk, "touch-00002").issued.number == "A001"
    assert len(kiosk.got("reply")) == 1


def test_anonymous_and_wrong_password_are_refused(running: Running) -> None:
    for user, password in ((None, None), ("kiosk-1", "wrong")):
        refused: list[bool] = []
        client = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        client.on_connect = lambda c, u, f, reason, p, seen=refused: seen.append(reason.is_failure)
        if user:
            client.username_pw_set(user, password)
        client.connect("127.0.0.1", running.broker.port)
        client.loop_start()
        wait_until(lambda seen=refused: bool(seen))
        client.loop_stop()
        assert refused[0]


def test_after_a_restart_everything_is_as_it_was_with_a_higher_epoch(running: Running) -> None:
    kiosk = running.broker.link("kiosk-1", REPLY, Subscription("board"))
    bridge = running.broker.link("bridge-1", Subscription("reply", {"user": "bridge-1"}))
    kiosk.link.publish("cmd.issue", issue(1), user="kiosk-1")
    answer(kiosk, "touch-00001")
    bridge.link.publish("cmd.call-next", CallNext(id="press-00001", counter=1), user="bridge-1")
    answer(bridge, "press-00001")
    before = running.live.board()
    running.stop()
    running.start()
    after = running.live.board()
    assert after.version > before.version
    assert (after.calls, after.counters, after.services) == (before.calls, before.counters, before.services)
    kiosk.wait("board", lambda b: b.version.epoch == after.version.epoch)
    bridge.link.publish("cmd.call-next", CallNext(id="press-00001", counter=1), user="bridge-1")
    wait_until(lambda: len(bridge.got("reply")) == 2)
    assert bridge.got("reply")[1].ticket.number == "A001"


def test_a_broker_that_restarts_gets_all_state_again(running: Running) -> None:
    kiosk = running.broker.link("kiosk-1", REPLY)
    kiosk.link.publish("cmd.issue", issue(1), user="kiosk-1")
    answer(kiosk, "touch-00001")
    running.broker.kill()
    wait_until(lambda: not running.live.broker_up())
    running.broker.start()
    wait_until(running.live.broker_up)
    late = running.broker.link("board-1", Subscription("board"), Subscription("services"))
    assert sum(s.waiting for s in late.wait("services").services) == 1
    assert late.wait("board").version.epoch == running.store.epoch


def call_one(running: Running, n: int) -> None:
    """A ticket is taken and called, by nobody on the broker."""
    done: list[Reply] = []
    running.live.submit("http:somebody", "issue", issue(n), done.append)
    running.live.submit("http:somebody", "call-next", CallNext(id=f"press-{n:05d}", counter=3), done.append)
    wait_until(lambda: len(done) == 2, what="the call")


def test_a_call_is_on_its_way_until_the_broker_has_it(running: Running) -> None:
    assert running.broker.process is not None
    running.broker.process.send_signal(signal.SIGSTOP)
    call_one(running, 1)
    assert running.door.calls_on_their_way() == 1
    running.broker.process.send_signal(signal.SIGCONT)
    wait_until(lambda: running.door.calls_on_their_way() == 0, what="the acknowledgement")


def test_a_call_that_was_lost_on_its_way_is_sent_again(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    link = running.door._link
    publish = link.publish_watched

    def noting(name: str, message: Any, **params: Any) -> Any:
        sent.append(message.call.number)
        return publish(name, message, **params)

    monkeypatch.setattr(link, "publish_watched", noting)
    assert running.broker.process is not None
    running.broker.process.send_signal(signal.SIGSTOP)
    call_one(running, 1)
    running.broker.kill()
    wait_until(lambda: not link.connected, what="the loss of the broker")
    running.broker.start()
    wait_until(lambda: running.door.calls_on_their_way() == 0, what="the acknowledgement")
    assert sent == ["A001", "A001"]


def test_counters_that_an_earlier_office_file_had_are_cleared_from_the_broker(running: Running) -> None:
    gone = OFFICE.counter[-1].n + 1
    running.stop()
    before = running.broker.link("server")
    before.link.own(
        "counter", CounterSnapshot(Version(1, 1), utc(T0), CounterView(gone, CounterStatus.OPEN, 3)), n=gone
    )
    seen = running.broker.link("monitor", Subscription("counter"))
    seen.wait("counter", lambda c: c.counter.n == gone)
    before.link.stop()
    running.start()
    seen.wait("counter", lambda c: c.version.epoch == running.store.epoch and c.counter.n == OFFICE.counter[-1].n)
    late = running.broker.link("demo", Subscription("counter"))
    late.wait("counter", lambda c: c.counter.n == OFFICE.counter[-1].n)
    wait_until(lambda: len(late.got("counter")) >= len(OFFICE.counter))  # a broker sends what it keeps in any order
    assert {c.counter.n for c in late.got("counter")} == {row.n for row in OFFICE.counter}


def test_a_payload_cannot_speak_for_another_device_or_process(running: Running) -> None:
    kiosk = running.broker.link("kiosk-1")
    kiosk.link.publish(
        "health", DeviceHealth("printer-9", HealthState.FAULT, utc(T0)), user="kiosk-1", device="printer-1"
    )
    kiosk.link.publish("presence", Presence(PresenceState.OFFLINE, "bridge-1"), user="kiosk-1")
    wait_until(lambda: bool(running.live.devices()), what="the health")
    wait_until(
        lambda: any(p.state is PresenceState.OFFLINE for p in running.live.presences()), what="the false presence"
    )
    assert [h.device for h in running.live.devices()] == ["printer-1"]
    assert {p.user: p.state for p in running.live.presences()}.get("bridge-1") is None


def test_a_kiosk_speaks_of_its_own_devices_only(running: Running) -> None:
    kiosk = running.broker.link("kiosk-1")
    for device in ("sign-hall", "printer-1", "speech"):
        said = DeviceHealth(device, HealthState.FAULT, Clock().now(), "device_unreachable")
        kiosk.link.publish("health", said, user="kiosk-1", device=device)
    wait_until(lambda: len(running.live.devices()) == 2)
    assert {row.device for row in running.live.devices()} == {"printer-1", "speech"}


def test_nobody_takes_the_connection_of_another(running: Running) -> None:
    """A broker drops the older of two clients with one id, whoever they are: an id must not be known to others."""
    peer = running.broker.link("kiosk-1", REPLY)
    server_id = running.door._link._client._client_id.decode()
    assert server_id != peer.link._client._client_id.decode()
    secret = read_secret(running.broker.data, "board-1")
    for name in ("server", "kiosk-1"):
        thief = paho.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv5)
        thief.username_pw_set("board-1", secret)
        accepted: list[bool] = []
        thief.on_connect = lambda c, u, f, reason, p, seen=accepted: seen.append(not reason.is_failure)
        thief.connect("127.0.0.1", running.broker.port)
        thief.loop_start()
        wait_until(lambda seen=accepted: bool(seen))
        time.sleep(0.1)
        thief.loop_stop()
    assert running.live.broker_up()
    assert peer.link.connected


def test_a_process_that_starts_anew_takes_over_its_own_connection(running: Running) -> None:
    first = running.broker.link("kiosk-1")
    again = Link(running.broker.broker("kiosk-1"), OFFICE.id, [], lambda _: None)
    assert again._client._client_id == first.link._client._client_id
