"""THE topic table: one TopicSpec a topic. Subscriptions, ACL, schemas and docs/protocol.md come from it.

Levels in braces are parameters. `{office}` is the office id; `{user}` is an MQTT username: the broker's ACL lets a
user write only its own, so the actor of a command is read from the topic, never from the payload (design.md §3).
"""

import re
from enum import StrEnum
from typing import Any

import msgspec

from contracts.messages import board, devices, replies
from contracts.roles import MqttRole as R
from contracts.verbs import VERBS

ROOT = "motcua/v1"


class Kind(StrEnum):
    """What a topic carries."""

    COMMAND = "command"
    REPLY = "reply"
    STATE = "state"  # retained full snapshot
    EVENT = "event"  # may be missed; the state heals it
    PULSE = "pulse"
    EXTERNAL = "external"  # third-party device, its own format


class TopicSpec(msgspec.Struct, frozen=True):
    """A row. `payload` None: not ours, parsed by firmware_bridge.buttons; `qos` and `retain` as the publisher sends."""

    name: str
    template: str
    payload: type[msgspec.Struct] | None
    kind: Kind
    qos: int
    retain: bool
    publishers: tuple[R, ...]
    subscribers: tuple[R, ...]
    doc: str
    bare_text: bool = False  # a word instead of JSON is allowed: the subscriber parses the payload itself


_O = ROOT + "/{office}"
_CLIENTS = (R.KIOSK, R.BOARD, R.SIGNS, R.BRIDGE, R.DEMO)
_DEVICES = (R.KIOSK, R.BOARD, R.SIGNS, R.BRIDGE)
_DISPLAYS = (R.BOARD, R.SIGNS, R.BRIDGE, R.KIOSK, R.DEMO, R.MONITOR)
_EXT = (R.GATEWAY, R.DEMO)

_COMMANDS = tuple(
    TopicSpec(
        f"cmd.{verb.name}",
        f"{_O}/cmd/{{user}}/{verb.name}",
        verb.payload,
        Kind.COMMAND,
        1,
        False,
        verb.mqtt,
        (R.SERVER,),
        verb.doc,
    )
    for verb in VERBS.values()
    if verb.mqtt
)

_OURS = (
    TopicSpec(
        "reply",
        _O + "/reply/{user}",
        replies.Reply,
        Kind.REPLY,
        1,
        False,
        (R.SERVER,),
        _CLIENTS,
        "the outcome of a command, to its actor",
    ),
    TopicSpec(
        "board",
        _O + "/state/board",
        board.BoardSnapshot,
        Kind.STATE,
        1,
        True,
        (R.SERVER,),
        _DISPLAYS,
        "what the lobby sees",
    ),
    TopicSpec(
        "services",
        _O + "/state/services",
        board.ServicesSnapshot,
        Kind.STATE,
        1,
        True,
        (R.SERVER,),
        _DISPLAYS,
        "the kiosk's cards",
    ),
    TopicSpec(
        "counter",
        _O + "/state/counter/{n}",
        replies.CounterSnapshot,
        Kind.STATE,
        1,
        True,
        (R.SERVER,),
        (R.BRIDGE, R.DEMO, R.MONITOR),
        "a counter's own state",
    ),
    TopicSpec(
        "call",
        _O + "/event/call",
        board.CallEvent,
        Kind.EVENT,
        1,
        False,
        (R.SERVER,),
        _DISPLAYS,
        "a call, ahead of the snapshot",
    ),
    TopicSpec(
        "alert",
        _O + "/event/alert",
        board.AlertEvent,
        Kind.EVENT,
        1,
        False,
        (R.SERVER,),
        (R.DEMO, R.MONITOR),
        "a ticket is about to miss its target wait",
    ),
    TopicSpec(
        "heartbeat",
        _O + "/pulse/server",
        devices.Heartbeat,
        Kind.PULSE,
        0,
        False,
        (R.SERVER,),
        (*_CLIENTS, R.MONITOR),
        "the server's pulse, each second",
    ),
    TopicSpec(
        "presence",
        _O + "/presence/{user}",
        devices.Presence,
        Kind.STATE,
        1,
        True,
        (R.SERVER, *_DEVICES),
        (R.SERVER, *_CLIENTS, R.MONITOR),
        "who is connected; the last will says offline",
    ),
    TopicSpec(
        "health",
        _O + "/health/{user}/{device}",
        devices.DeviceHealth,
        Kind.STATE,
        1,
        True,
        _DEVICES,
        (R.SERVER, R.MONITOR),
        "how a device is",
    ),
    TopicSpec(
        "sign.desired",
        _O + "/sign/{sign}/desired",
        devices.SignDesired,
        Kind.STATE,
        1,
        True,
        (R.SIGNS,),
        (R.BRIDGE, R.MONITOR),
        "what a sign should show",
    ),
    TopicSpec(
        "sign.shown",
        _O + "/sign/{sign}/shown",
        devices.SignShown,
        Kind.STATE,
        1,
        True,
        (R.BRIDGE,),
        (R.SERVER, R.SIGNS, R.MONITOR),
        "what was written to a sign",
    ),
    TopicSpec(
        "display",
        _O + "/display/{user}",
        devices.DisplayPulse,
        Kind.PULSE,
        0,
        False,
        (R.BOARD,),
        (R.SERVER, R.MONITOR, R.DEMO),
        "which snapshot a board's pixels show",
    ),
    TopicSpec(
        "button",
        _O + "/button/{device}",
        devices.ButtonAction,
        Kind.EVENT,
        1,
        False,
        _EXT,
        (R.BRIDGE,),
        "a press of any MQTT button that can be told what to send",
        bare_text=True,
    ),
)

_EXTERNAL = tuple(
    TopicSpec(name, template, None, Kind.EXTERNAL, 0, False, _EXT, (R.BRIDGE,), doc)
    for name, template, doc in (
        ("tasmota.result", "stat/{device}/RESULT", "Tasmota, SetOption73 1"),
        ("tasmota.button", "stat/{device}/{button}", "Tasmota before 9.1: BUTTON1"),
        ("tasmota.sensor", "tele/{device}/SENSOR", "Tasmota switch, SwitchMode 15"),
        ("zigbee2mqtt", "zigbee2mqtt/{device}", "Zigbee2MQTT action"),
        (
            "esphome.event",
            "esphome/{device}/event/{button}/state",
            "ESPHome event entity (topic_prefix esphome/<device>)",
        ),
        ("esphome.binary", "esphome/{device}/binary_sensor/{button}/state", "ESPHome binary sensor"),
        ("shelly.gen2", "{device}/events/rpc", "Shelly Gen2+ and BLU by a gateway"),
        ("shelly.gen1", "shellies/{device}/input_event/{button}", "Shelly Gen1, Button1"),
        ("theengs", "home/{gateway}/BTtoMQTT/{device}", "Theengs and OpenMQTTGateway, BLE buttons"),
    )
)

TOPICS: dict[str, TopicSpec] = {row.name: row for row in (*_COMMANDS, *_OURS, *_EXTERNAL)}

_LEVEL = re.compile(r"[^/+#\x00]{1,120}")
_PARAM = re.compile(r"\{(\w+)\}")


def topic(name: str, **params: Any) -> str:
    """The concrete topic of row `name`. Every parameter must be given and be one safe level (ValueError otherwise)."""

    def fill(match: re.Match[str]) -> str:
        level = str(params[match[1]])
        if not _LEVEL.fullmatch(level):
            raise ValueError(f"{match[1]}={level!r} is not one topic level")
        return level

    return _PARAM.sub(fill, TOPICS[name].template)


def topic_filter(name: str, **params: Any) -> str:
    """The subscription of row `name`: parameters that are not given become `+`."""
    return _PARAM.sub(lambda m: str(params.get(m[1], "+")), TOPICS[name].template)


def _pattern(template: str) -> re.Pattern[str]:
    body = "".join(
        f"(?P<{part[1:-1]}>[^/]+)" if part.startswith("{") else re.escape(part)
        for part in re.split(r"(\{\w+\})", template)
    )
    return re.compile(body)


_PATTERNS = [(row, _pattern(row.template)) for row in TOPICS.values()]


def match(text: str) -> tuple[TopicSpec, dict[str, str]] | None:
    """Which row a concrete topic belongs to, with its parameters; None when to none. The most literal row wins."""
    for row, pattern in _PATTERNS:
        found = pattern.fullmatch(text)
        if found:
            return row, found.groupdict()
    return None


def may(role: R, spec: TopicSpec, *, publish: bool) -> bool:
    """The rule behind broker ACL and memory broker: may a user of this role publish or read this row?"""
    return role in (spec.publishers if publish else spec.subscribers)
