"""The bridge between a real Mosquitto (with the office's ACL) and real ptys with simulated devices behind them."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from contracts.messages.common import ErrorReply, Version
from contracts.messages.devices import DeviceHealth, HealthState, Heartbeat, SignDesired
from contracts.messages.replies import Reply
from contracts.roles import MqttRole
from contracts.settings import Device, Office
from contracts.topics import topic
from firmware_bridge.service.bridge import Bridge
from firmware_bridge.service.plan import plan_of
from firmware_bridge.simulators.buttons import ButtonsSim
from firmware_bridge.simulators.host import Host
from firmware_bridge.simulators.sign_candle import CandleSim
from runtime.mqtt import Subscription
from tests.support.board_fakes import sample_office
from tests.support.broker import OFFICE, USERS, Mosquitto, Peer, mosquitto, wait_until

GATEWAYS = {"button-tasmota-1": MqttRole.GATEWAY, "button-own-1": MqttRole.GATEWAY}
COMMANDS = ("call-next", "recall", "no-show")
LIMIT_S = 10.0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path / "data") as running:
        running.kill()
        running.users = {**USERS, **GATEWAYS}
        running.start()
        yield running


class Rig:
    """One bridge, its signs and keypads on ptys, and the server's side of the conversation."""

    def __init__(self, broker: Mosquitto, folder: Path) -> None:
        self.broker = broker
        self.candle = CandleSim({32: "sign-1", 33: "sign-2"}, cells=6)
        self.hosts = [
            Host(self.candle, folder / "sign-bus-1", folder / "signs", None),
            Host(ButtonsSim(), folder / "buttons-1", None, None),
        ]
        self.threads = [threading.Thread(target=host.run) for host in self.hosts]
        for thread in self.threads:
            thread.start()
        office = office_with_own_button()
        plan = plan_of(office, "bridge-1", lambda d: f"serial://{folder / d.id}?baud={d.baud}")
        wanted = [Subscription(f"cmd.{verb}") for verb in COMMANDS]
        wanted += [Subscription("presence"), Subscription("sign.shown")]
        self.server = broker.link("server", *wanted)
        self.monitor = broker.link("monitor", Subscription("health"), Subscription("sign.shown"))
        self.signs = broker.link("signs-1")
        self.bridge = Bridge(office, plan, broker.broker("bridge-1"), folder / "data", voice=False)
        self.bridge.start()
        self.server.wait("presence", lambda p: p.user == "bridge-1" and p.state == "online")
        self.health("sign-bus-1", HealthState.OK)
        self.health("buttons-1", HealthState.OK)

    def health(self, device: str, state: HealthState, code: str | None = None) -> DeviceHealth:
        found: DeviceHealth = self.monitor.wait(
            "health", lambda h: h.device == device and h.state is state and h.code == code
        )
        return found

    def press(self, line: str) -> None:
        assert self.hosts[1].obey(line) == "ok"

    def wish(self, sign: str, text: str, blink: int = 0) -> None:
        self.signs.link.own("sign.desired", SignDesired(sign, text, blink), sign=sign)

    def reply(self, command: msgspec.Struct, verb: str, error: ErrorReply | None = None) -> None:
        answer = Reply(id=command.id, verb=verb, ok=error is None, at=datetime.now(UTC), error=error)  # type: ignore[attr-defined]  # a command
        self.server.link.publish("reply", answer, user="bridge-1")

    def close(self) -> None:
        self.bridge.stop()
        for host, thread in zip(self.hosts, self.threads, strict=True):
            host.stop()
            thread.join(5)


def office_with_own_button() -> Office:
    office = sample_office()
    own = Device(id="button-own-1", kind="button-mqtt", at="bridge-1", counters={1: 8})
    return msgspec.structs.replace(office, device=[*office.device, own])


@pytest.fixture
def rig(broker: Mosquitto, tmp_path: Path) -> Iterator[Rig]:
    made = Rig(broker, tmp_path)
    yield made
    made.close()


def shows(rig: Rig, address: int, text: str) -> Callable[[], bool]:
    return lambda: rig.candle.boards[address].text == text


def gateway_says(rig: Rig, user: str, topic_: str, payload: str, *, retain: bool = False) -> None:
    """A third-party button: MQTT 3.1.1, its own user, its own words."""
    import paho.mqtt.client as paho
    from paho.mqtt.enums import CallbackAPIVersion

    account = rig.broker.broker(user)
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=user)
    client.username_pw_set(account.username, account.password)
    client.connect(account.host, account.port)
    client.loop_start()
    client.publish(topic_, payload, 1, retain=retain).wait_for_publish(5)
    client.disconnect()
    client.loop_stop()


def test_a_wish_reaches_the_signs_cells(rig: Rig, tmp_path: Path) -> None:
    rig.wish("sign-1", "A001<1", 5)
    wait_until(shows(rig, 32, "A001<1"), LIMIT_S, "the text on the sign")
    assert rig.candle.boards[32].blink == "5 times"
    assert rig.candle.boards[32].frames[-1] == "01 20 26 41 30 30 31 3c 31 07"
    shown = rig.monitor.wait("sign.shown", lambda m: m.sign == "sign-1" and m.text == "A001<1")
    assert abs((datetime.now(UTC) - shown.at).total_seconds()) < LIMIT_S
    file = tmp_path / "signs" / "sign-1.json"
    wait_until(lambda: json.loads(file.read_text())["text"] == "A001<1", LIMIT_S, "the file of the sign")


def test_a_sign_that_hangs_elsewhere_and_a_forged_name_change_nothing(rig: Rig) -> None:
    rig.wish("sign-1", "A001<1")
    wait_until(shows(rig, 32, "A001<1"), LIMIT_S, "the text on the sign")
    rig.signs.link.publish("sign.desired", SignDesired("sign-1", "A999<1"), sign="sign-2")
    rig.signs.link.publish("sign.desired", SignDesired("sign-77", "A999<1"), sign="sign-77")
    rig.wish("sign-2", "C002<2")
    wait_until(shows(rig, 33, "C002<2"), LIMIT_S, "the text on the sign")
    assert rig.candle.boards[32].text == "A001<1"


def test_a_text_the_sign_cannot_show_is_a_coded_fault(rig: Rig) -> None:
    rig.wish("sign-1", "A001<1")
    wait_until(shows(rig, 32, "A001<1"), LIMIT_S, "the text on the sign")
    rig.wish("sign-1", "W001<1")
    wait_until(shows(rig, 32, ""), LIMIT_S, "the dark sign")
    rig.health("sign-1", HealthState.FAULT, "bad_glyph")


@pytest.mark.parametrize(
    ("line", "verb"), [("press 3 1", "call-next"), ("press 3 double", "recall"), ("press 3 long", "no-show")]
)
def test_a_key_is_a_command_of_its_counter(rig: Rig, line: str, verb: str) -> None:
    rig.press(line)
    command = rig.server.wait(f"cmd.{verb}")
    assert command.counter == 3
    assert rig.server.messages[-1].params["user"] == "bridge-1"


def test_one_press_is_one_id_over_every_retry(rig: Rig) -> None:
    rig.server.link.publish("heartbeat", beat())
    wait_until(rig.bridge._commander.server_time.alive, LIMIT_S, "the heartbeat")
    rig.press("press 1 1")
    wait_until(lambda: len(rig.server.got("cmd.call-next")) >= 3, LIMIT_S, "two retries")
    commands = rig.server.got("cmd.call-next")
    assert len({c.id for c in commands}) == 1
    assert all(c.ttl_ms == 3000 for c in commands)
    rig.reply(commands[0], "call-next")
    wait_until(lambda: rig.bridge.desk.counts["done"] == 1, LIMIT_S, "the answer")
    sent = len(rig.server.got("cmd.call-next"))
    time.sleep(1.0)  # longer than the beat of the retries
    assert len(rig.server.got("cmd.call-next")) == sent


def test_an_unanswered_press_is_dropped_after_its_time(rig: Rig) -> None:
    rig.press("press 1 1")
    wait_until(lambda: rig.bridge.desk.counts["unanswered"] == 1, LIMIT_S, "the end of its time")
    sent = len(rig.server.got("cmd.call-next"))
    assert 3 <= sent <= 6
    time.sleep(1.0)
    assert len(rig.server.got("cmd.call-next")) == sent


def test_a_press_while_the_broker_is_away_is_not_sent_late(rig: Rig) -> None:
    rig.broker.kill()
    time.sleep(0.5)
    rig.press("press 1 1")
    wait_until(lambda: rig.bridge.desk.counts["unanswered"] == 1, LIMIT_S, "the end of its time")
    rig.broker.start()
    wait_until(lambda: rig.bridge._link.connected and rig.server.link.connected, 15, "the links")
    time.sleep(1.0)
    assert rig.server.got("cmd.call-next") == []


def test_a_refused_press_is_over(rig: Rig) -> None:
    rig.press("press 1 double")
    command = rig.server.wait("cmd.recall")
    rig.reply(command, "recall", ErrorReply("no_current_ticket"))
    wait_until(lambda: rig.bridge.desk.counts["refused"] == 1, LIMIT_S, "the refusal")


def test_mqtt_buttons(rig: Rig) -> None:
    gateway_says(rig, "button-tasmota-1", "stat/quay-3/RESULT", '{"Button1":{"Action":"SINGLE"}}')
    assert rig.server.wait("cmd.call-next").counter == 3
    gateway_says(rig, "button-own-1", topic("button", office=OFFICE, device="button-own-1"), "recall")
    assert rig.server.wait("cmd.recall").counter == 8


def test_a_retained_press_is_not_replayed_on_a_reconnect(rig: Rig) -> None:
    where = topic("button", office=OFFICE, device="button-own-1")
    gateway_says(rig, "button-own-1", where, "next", retain=True)
    wait_until(lambda: len(rig.server.got("cmd.call-next")) >= 1, LIMIT_S, "the live press")
    rig.reply(rig.server.got("cmd.call-next")[0], "call-next")
    rig.bridge.stop()
    plan = plan_of(office_with_own_button(), "bridge-1", lambda _d: "")
    again = Bridge(office_with_own_button(), plan, rig.broker.broker("bridge-1"), rig.broker.data, voice=False)
    rig.server.messages.clear()
    again.start()
    wait_until(lambda: again.desk.counts["retained"] == 1, LIMIT_S, "the replay")
    assert rig.server.got("cmd.call-next") == []
    again.stop()


def test_rubbish_and_unmapped_buttons_are_told_and_call_nobody(rig: Rig) -> None:
    gateway_says(rig, "button-tasmota-1", "stat/quay-3/RESULT", "SINGLE")
    rig.health("button-tasmota-1", HealthState.WARN, "malformed")
    gateway_says(rig, "button-tasmota-1", "stat/quay-3/RESULT", '{"Button4":{"Action":"SINGLE"}}')
    rig.health("button-tasmota-1", HealthState.WARN, "unmapped_button")
    gateway_says(rig, "button-tasmota-1", "stat/quay-3/RESULT", '{"Button1":{"Action":"DOUBLE"}}')
    rig.server.wait("cmd.recall")
    assert rig.server.got("cmd.call-next") == []


def test_an_unplugged_bus_is_a_fault_and_the_others_go_on(rig: Rig) -> None:
    rig.wish("sign-1", "A001<1")
    wait_until(shows(rig, 32, "A001<1"), LIMIT_S, "the text on the sign")
    rig.hosts[0].obey("unplug")
    rig.health("sign-bus-1", HealthState.FAULT, "device_unreachable")
    rig.press("press 2 1")
    assert rig.server.wait("cmd.call-next").counter == 2
    rig.wish("sign-1", "A002<1")
    rig.candle.boards[32].cells = [" "] * 6
    rig.hosts[0].obey("plug")
    wait_until(shows(rig, 32, "A002<1"), 5, "the newest text")


def test_after_a_crash_of_the_broker_wishes_and_states_come_back(rig: Rig) -> None:
    rig.wish("sign-1", "A001<1")
    wait_until(shows(rig, 32, "A001<1"), LIMIT_S, "the text on the sign")
    rig.broker.kill()
    rig.broker.start()
    wait_until(lambda: rig.bridge._link.connected and rig.signs.link.connected, 15, "the links")
    late = rig.broker.link("demo", Subscription("presence"))
    late.wait("presence", lambda p: p.user == "bridge-1" and p.state == "online")
    rig.wish("sign-1", "A003<1")
    wait_until(shows(rig, 32, "A003<1"), LIMIT_S, "the text on the sign")


def test_stop_darkens_the_signs_and_says_goodbye(rig: Rig) -> None:
    rig.wish("sign-1", "A001<1")
    wait_until(shows(rig, 32, "A001<1"), LIMIT_S, "the text on the sign")
    rig.bridge.stop()
    assert rig.candle.boards[32].text == "" or wait_until(shows(rig, 32, ""), 2, "the dark sign") is None
    rig.server.wait("presence", lambda p: p.user == "bridge-1" and p.state == "offline")


def test_the_program_starts_works_and_stops(broker: Mosquitto, tmp_path: Path) -> None:
    (broker.data / "run").mkdir(exist_ok=True)
    (broker.data / "run" / "endpoints.json").write_text('{"sign-bus-1": "serial:///nowhere"}')
    watcher: Peer = broker.link("monitor", Subscription("presence"), Subscription("health"))
    command = [sys.executable, "-m", "firmware_bridge", "--id", "bridge-1", "--broker", broker.url]
    process = subprocess.Popen(
        [*command, "--data", str(broker.data)], env={**os.environ, "PYTHONPATH": "."}, stderr=subprocess.DEVNULL
    )
    try:
        watcher.wait("presence", lambda p: p.user == "bridge-1" and p.state == "online", limit_s=30)
        watcher.wait("health", lambda h: h.device == "sign-bus-1" and h.code == "device_unreachable")
        watcher.wait("health", lambda h: h.device == "buttons-1" and h.code == "device_unreachable")
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0
    watcher.wait("presence", lambda p: p.user == "bridge-1" and p.state == "offline")


@pytest.mark.parametrize(("args", "code"), [(["--id", "brigde-1"], "unknown_device"), ([], "usage")])
def test_wrong_usage_changes_nothing(args: list[str], code: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "firmware_bridge", *args, "--data", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env={**os.environ, "PYTHONPATH": "."})
    assert done.returncode == 2
    assert f"motcua: error[{code}]" in done.stderr
    assert list(tmp_path.iterdir()) == []


def beat() -> Heartbeat:
    now = datetime.now(UTC)
    return Heartbeat(now, round(now.timestamp() * 1000), Version(1, 1))
