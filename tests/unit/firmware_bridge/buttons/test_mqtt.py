"""MQTT buttons: payloads exactly as their firmware sends them (docs/hardware/mqtt-buttons.md)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import topics
from contracts.errors import Rejected
from firmware_bridge.buttons.model import ButtonPress, Edge, Gesture, Heard
from firmware_bridge.buttons.mqtt import BUTTON_ROWS, parse

S, D, L = Gesture.SINGLE, Gesture.DOUBLE, Gesture.LONG
SHELLY = (
    '{"src":"shellyplus1-a8032abc7158","dst":"shellyplus1-a8032abc7158/events","method":"NotifyEvent","params":'
    '{"ts":1646945882.47,"events":[{"component":"input:0","id":0,"event":"%s","ts":1646945882.47}]}}'
)
BLU = (
    '{"method":"NotifyEvent","params":{"events":[{"component":"bthomedevice:200","event":"single_push","idx":2},'
    '{"component":"sys","event":"config_changed"}]}}'
)


def from_wire(topic: str, payload: str | bytes) -> tuple[Heard, ...]:
    found = topics.match(topic)
    assert found is not None
    row, params = found
    return parse(row.name, params, payload.encode() if isinstance(payload, str) else payload)


@pytest.mark.parametrize(
    ("topic", "payload", "heard"),
    [
        ("stat/quay-3/RESULT", '{"Button1":{"Action":"SINGLE"}}', ButtonPress("quay-3", 1, S)),
        ("stat/quay-3/RESULT", '{"Button2":{"Action":"DOUBLE"}}', ButtonPress("quay-3", 2, D)),
        ("stat/quay-3/RESULT", '{"Button1":{"Action":"HOLD"}}', ButtonPress("quay-3", 1, L)),
        ("stat/old/BUTTON1", '{"ACTION":"SINGLE"}', ButtonPress("old", 1, S)),
        ("tele/sw/SENSOR", '{"Time":"2026-01-01T00:00:00","Switch1":"ON"}', Edge("sw", 1, True)),
        ("tele/sw/SENSOR", '{"Time":"2026-01-01T00:00:00","Switch2":"OFF"}', Edge("sw", 2, False)),
        ("esphome/box/event/button_2/state", '{"event_type":"single"}', ButtonPress("box", 2, S)),
        ("esphome/box/binary_sensor/key/state", "ON", Edge("box", 1, True)),
        ("esphome/box/binary_sensor/key/state", "OFF", Edge("box", 1, False)),
        ("zigbee2mqtt/nut-5", '{"action":"single","battery":69}', ButtonPress("nut-5", 1, S)),
        ("zigbee2mqtt/nut-5", '{"action":"3_hold","battery":69,"linkquality":127}', ButtonPress("nut-5", 3, L)),
        ("zigbee2mqtt/nut-5", '{"action":"1_double"}', ButtonPress("nut-5", 1, D)),
        ("shellyplus1-a8032abc7158/events/rpc", SHELLY % "double_push", ButtonPress("shellyplus1-a8032abc7158", 1, D)),
        ("shellyplus1-a8032abc7158/events/rpc", BLU, ButtonPress("shellyplus1-a8032abc7158", 2, S)),
        ("shellies/b1/input_event/0", '{"event":"S","event_cnt":7}', ButtonPress("b1", 1, S, "count-7")),
        ("shellies/b1/input_event/1", '{"event":"L","event_cnt":8}', ButtonPress("b1", 2, L, "count-8")),
        ("home/omg/BTtoMQTT/AABBCC", '{"button":4}', ButtonPress("AABBCC", 1, L)),
        ("motcua/v1/mau-01/button/b-1", '{"action":"next"}', ButtonPress("b-1", 1, S)),
        ("motcua/v1/mau-01/button/b-1", "next", ButtonPress("b-1", 1, S)),
        ("motcua/v1/mau-01/button/b-1", " RECALL\n", ButtonPress("b-1", 1, D)),
        ("motcua/v1/mau-01/button/b-1", '{"action":"no-show"}', ButtonPress("b-1", 1, L)),
        (
            "motcua/v1/mau-01/button/b-1",
            '{"action":"single","id":"press-0001"}',
            ButtonPress("b-1", 1, S, "press-0001", "press-0001"),
        ),
    ],
)
def test_presses(topic: str, payload: str, heard: Heard) -> None:
    assert from_wire(topic, payload) == (heard,)


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("stat/quay-3/RESULT", '{"POWER":"ON"}'),
        ("stat/quay-3/RESULT", '{"Button1":{"Action":"TRIPLE"}}'),
        ("stat/quay-3/RESULT", '{"Button1":"SINGLE"}'),
        ("stat/quay-3/STATUS", '{"ACTION":"SINGLE"}'),
        ("tele/sw/SENSOR", '{"Time":"x","ENERGY":{"Power":1}}'),
        ("tele/sw/SENSOR", '{"Switch1":["ON"],"Switch2":{}}'),
        ("zigbee2mqtt/nut-5", '{"battery":69}'),
        ("zigbee2mqtt/nut-5", '{"action":""}'),
        ("zigbee2mqtt/nut-5", '{"action":null}'),
        ("zigbee2mqtt/nut-5", '{"action":"release"}'),
        ("zigbee2mqtt/nut-5", '{"action":7}'),
        ("shellyplus1-a8032abc7158/events/rpc", SHELLY % "btn_down"),
        ("shellyplus1-a8032abc7158/events/rpc", '{"method":"NotifyStatus","params":{}}'),
        ("shellies/b1/input_event/0", '{"event":"SSS","event_cnt":7}'),
        ("shellies/b1/input_event/0", '{"event":"","event_cnt":7}'),
        ("home/omg/BTtoMQTT/AABBCC", '{"tempc":21.5}'),
        ("home/omg/BTtoMQTT/AABBCC", '{"button":3}'),
    ],
)
def test_messages_that_are_no_press(topic: str, payload: str) -> None:
    assert from_wire(topic, payload) == ()


@pytest.mark.parametrize(
    ("topic", "payload", "code"),
    [
        ("stat/quay-3/RESULT", "SINGLE", "malformed"),
        ("stat/quay-3/RESULT", b"\xff\xfe", "malformed"),
        ("stat/quay-3/RESULT", "[" * 3000, "malformed"),
        ("zigbee2mqtt/nut-5", '["single"]', "malformed"),
        ("esphome/box/binary_sensor/key/state", "on", "malformed"),
        ("shellyplus1-a/events/rpc", '{"method":"NotifyEvent","params":{"events":7}}', "malformed"),
        ("shellies/b1/input_event/0", '{"event":"S"}', "malformed"),
        ("shellies/b1/input_event/x", '{"event":"S","event_cnt":7}', "malformed"),
        ("motcua/v1/mau-01/button/b-1", '{"action":"dance"}', "malformed"),
        ("motcua/v1/mau-01/button/b-1", '{"action":7}', "malformed"),
        ("motcua/v1/mau-01/button/b-1", '{"action":"next","id":"x"}', "malformed"),
        ("motcua/v1/mau-01/button/b-1", "", "malformed"),
        ("motcua/v1/mau-01/button/b-1", b"\x00\xff", "malformed"),
        ("motcua/v1/mau-01/button/b-1", "x" * 5000, "too_large"),
    ],
)
def test_bad_messages_are_refused(topic: str, payload: str | bytes, code: str) -> None:
    with pytest.raises(Rejected) as refusal:
        from_wire(topic, payload)
    assert refusal.value.code == code


def refusal_of(row: str, payload: bytes) -> str | None:
    try:
        parse(row, {"device": "d", "button": "BUTTON1", "gateway": "g"}, payload)
    except Rejected as refusal:
        return refusal.code
    return None


@given(st.sampled_from(sorted(BUTTON_ROWS)), st.binary(max_size=200))
def test_no_bytes_crash_a_parser(row: str, payload: bytes) -> None:
    assert refusal_of(row, payload) in {None, "malformed", "too_large"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["single", "ON", "input:0"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["action", "Button1", "Switch1", "params", "events", "event", "idx", "button", "method"])
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
)


@given(st.sampled_from(sorted(BUTTON_ROWS)), json_values)
def test_no_json_crashes_a_parser(row: str, value: object) -> None:
    assert refusal_of(row, json.dumps(value).encode()) in {None, "malformed", "too_large"}


def test_every_button_topic_has_a_parser() -> None:
    external = {name for name, row in topics.TOPICS.items() if row.kind is topics.Kind.EXTERNAL}
    assert external | {"button"} == BUTTON_ROWS
