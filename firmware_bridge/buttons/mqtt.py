"""MQTT buttons off the shelf: a payload on a row of contracts/topics.py → presses. See docs/hardware/mqtt-buttons.md.

A parser returns () for a message that is not a press (a battery report, a release) and raises Rejected `malformed` for
one that its firmware never sends.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from contracts import codec
from contracts.errors import Rejected
from contracts.messages.devices import ButtonAction
from firmware_bridge.buttons.model import ButtonPress, Edge, Heard, gesture_of

BUTTON_BYTES_MAX = 4096
EVENTS_MAX = 16
BUTTON_MAX = 255

_TASMOTA_BUTTON = re.compile(r"(?:Button|BUTTON)([0-9]{1,2})")
_TASMOTA_SWITCH = re.compile(r"Switch([0-9]{1,2})")
_ZIGBEE_ACTION = re.compile(r"(?:([0-9]{1,2})_)?([a-z_-]+)")
_SHELLY_INPUT = re.compile(r"input:([0-9]{1,2})")
_BTHOME_BUTTONS = {1: "single", 2: "double", 4: "long"}  # values of OpenMQTTGateway's `button`; not tried on a real one

Params = Mapping[str, str]


def parse(row: str, params: Params, payload: bytes) -> tuple[Heard, ...]:
    """What a message on topic row `row` (with the levels `params`) says. Raises `malformed` or `too_large`."""
    if len(payload) > BUTTON_BYTES_MAX:
        raise Rejected("too_large", f"{len(payload)} bytes, a button says at most {BUTTON_BYTES_MAX}")
    return _PARSERS[row](params, payload)


def _table(payload: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Rejected("malformed", f"not JSON: {str(error)[:100]}") from None
    if not isinstance(found, dict):
        raise Rejected("malformed", "not a JSON object")
    return found


def _press(params: Params, button: int, word: object, press_id: str | None = None) -> tuple[Heard, ...]:
    gesture = gesture_of(word)
    return (ButtonPress(params["device"], button, gesture, press_id),) if gesture else ()


def _tasmota_result(params: Params, payload: bytes) -> tuple[Heard, ...]:
    """`{"Button1":{"Action":"SINGLE"}}`; answers to commands come on the same topic and are no presses."""
    heard: tuple[Heard, ...] = ()
    for key, value in _table(payload).items():
        name = _TASMOTA_BUTTON.fullmatch(key)
        if name and isinstance(value, dict):
            heard += _press(params, int(name[1]), value.get("Action"))
    return heard


def _tasmota_button(params: Params, payload: bytes) -> tuple[Heard, ...]:
    """Before 9.1: `{"ACTION":"SINGLE"}` on …/BUTTON1; other topics of the device match the row too."""
    name = _TASMOTA_BUTTON.fullmatch(params["button"])
    return _press(params, int(name[1]), _table(payload).get("ACTION")) if name else ()


def _tasmota_sensor(params: Params, payload: bytes) -> tuple[Heard, ...]:
    """`{"Time":…,"Switch1":"ON"}`, also repeated every few minutes: only a change is an edge (gestures.py)."""
    heard: list[Heard] = []
    for key, value in _table(payload).items():
        name = _TASMOTA_SWITCH.fullmatch(key)
        if name and value in ("ON", "OFF"):  # a tuple: the value may be unhashable
            heard.append(Edge(params["device"], int(name[1]), value == "ON"))
    return tuple(heard)


def _zigbee2mqtt(params: Params, payload: bytes) -> tuple[Heard, ...]:
    """`{"action":"single"}` or `"1_single"`; an absent, null or empty action is a report, not a press."""
    action = _table(payload).get("action")
    found = _ZIGBEE_ACTION.fullmatch(action) if isinstance(action, str) else None
    return _press(params, int(found[1] or 1), found[2]) if found else ()


def _esphome_event(params: Params, payload: bytes) -> tuple[Heard, ...]:
    return _press(params, _number_in(params["button"]), _table(payload).get("event_type"))


def _esphome_binary(params: Params, payload: bytes) -> tuple[Heard, ...]:
    if payload not in {b"ON", b"OFF"}:
        raise Rejected("malformed", "an ESPHome binary sensor says ON or OFF")
    return (Edge(params["device"], _number_in(params["button"]), payload == b"ON"),)


def _number_in(name: str) -> int:
    """ESPHome names its buttons: "button_2" is 2, a name without a number is 1."""
    digits = re.search(r"([0-9]{1,2})$", name)
    return int(digits[1]) if digits else 1


def _shelly_gen2(params: Params, payload: bytes) -> tuple[Heard, ...]:
    """NotifyEvent with a list of events; several may be presses."""
    message = _table(payload)
    body = message.get("params")
    events = body.get("events") if message.get("method") == "NotifyEvent" and isinstance(body, dict) else []
    if not isinstance(events, list) or len(events) > EVENTS_MAX:
        raise Rejected("malformed", "events is not a short list")
    heard: tuple[Heard, ...] = ()
    for event in events:
        if isinstance(event, dict):
            heard += _shelly_event(params, event)
    return heard


def _shelly_event(params: Params, event: Mapping[str, Any]) -> tuple[Heard, ...]:
    """`input:0` is button 1; a Bluetooth button behind a gateway tells its own index (0: it has only one)."""
    component, index = str(event.get("component", "")), event.get("idx")
    wired = _SHELLY_INPUT.fullmatch(component)
    if wired:
        return _press(params, int(wired[1]) + 1, event.get("event"))
    if component.startswith("bthomedevice:") and isinstance(index, int) and 0 <= index <= BUTTON_MAX:
        return _press(params, index, event.get("event"))
    return ()


def _shelly_gen1(params: Params, payload: bytes) -> tuple[Heard, ...]:
    """`{"event":"S","event_cnt":n}` is repeated: the count tells the presses apart."""
    message = _table(payload)
    count = message.get("event_cnt")
    if not isinstance(count, int) or not params["button"].isdigit():
        raise Rejected("malformed", "event_cnt or the input's number is missing")
    return _press(params, int(params["button"]) + 1, message.get("event"), f"count-{count}")


def _theengs(params: Params, payload: bytes) -> tuple[Heard, ...]:
    value = _table(payload).get("button")
    word = _BTHOME_BUTTONS.get(value) if isinstance(value, int) else value
    return _press(params, 1, word)


def _own(params: Params, payload: bytes) -> tuple[Heard, ...]:
    """`{"action":"next"}`, or the bare word, for buttons that can send nothing else."""
    text = payload.strip()
    if text.startswith(b"{"):
        action = codec.decode(text, ButtonAction)
        heard = _press(params, 1, action.action, action.id)
        heard = tuple(replace(press, command_id=action.id) for press in heard if isinstance(press, ButtonPress))
    else:
        heard = _press(params, 1, text.decode("utf-8", "replace"))
    if not heard:
        raise Rejected("malformed", "a button says next, recall or no-show (or single, double, long)")
    return heard


_PARSERS: dict[str, Callable[[Params, bytes], tuple[Heard, ...]]] = {
    "tasmota.result": _tasmota_result,
    "tasmota.button": _tasmota_button,
    "tasmota.sensor": _tasmota_sensor,
    "zigbee2mqtt": _zigbee2mqtt,
    "esphome.event": _esphome_event,
    "esphome.binary": _esphome_binary,
    "shelly.gen2": _shelly_gen2,
    "shelly.gen1": _shelly_gen1,
    "theengs": _theengs,
    "button": _own,
}
BUTTON_ROWS = frozenset(_PARSERS)
"""The rows of contracts/topics.py that carry presses."""
