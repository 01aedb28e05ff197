"""Office file → what this bridge has to run. Pure. A device row with a mistake is a fault of that device alone."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from contracts import topics
from contracts.errors import Rejected
from contracts.settings import Device, Office
from firmware_bridge.buttons.mqtt import BUTTON_ROWS
from firmware_bridge.protocols.registry import driver
from firmware_bridge.sessions.sign_model import Bus, SignPlace
from firmware_bridge.transports.spec import PortSpec, port_spec

FAMILIES = {"sign-candle": "candle", "sign-alpha": "alpha"}
KEYPADS = "buttons-qsystem"
OWN_BUTTON = "button"  # the row of contracts/topics.py for buttons that can be told what to send


@dataclass(frozen=True)
class SignLine:
    """A bus of signs and its port."""

    bus: Bus
    port: PortSpec


@dataclass(frozen=True)
class KeypadLineRow:
    """A bus of keypads and its port."""

    device: Device
    port: PortSpec


@dataclass(frozen=True)
class MqttButton:
    """A button on the broker: the topic row it speaks on, and the levels that are its own."""

    device: Device
    row: str
    levels: Mapping[str, str]


@dataclass
class Plan:
    """What to run, and which devices cannot be."""

    signs: list[SignLine] = field(default_factory=list)
    keypads: list[KeypadLineRow] = field(default_factory=list)
    buttons: list[MqttButton] = field(default_factory=list)
    faults: dict[str, Rejected] = field(default_factory=dict)


def check_bridge(office: Office, bridge_id: str) -> None:
    """Raises `unknown_device` with the nearest name when the office has no such bridge."""
    names = [row.id for row in office.bridge]
    if bridge_id not in names:
        near = difflib.get_close_matches(bridge_id, names, 1)
        hint = f", did you mean {near[0]}?" if near else f" (known: {', '.join(names) or 'none'})"
        raise Rejected("unknown_device", f"the office has no bridge {bridge_id!r}{hint}")


def plan_of(office: Office, bridge_id: str, url_of: Callable[[Device], str]) -> Plan:
    """The plan of one bridge. `url_of` resolves a device's url; "" leaves it out."""
    plan = Plan()
    for device in office.devices_at(bridge_id):
        try:
            _add(plan, office, device, url_of)
        except Rejected as refusal:
            plan.faults[device.id] = refusal
    return plan


def _add(plan: Plan, office: Office, device: Device, url_of: Callable[[Device], str]) -> None:
    if device.kind.startswith("button-"):
        if device.url != "":
            plan.buttons.append(_mqtt_button(office, device))
        return
    url = url_of(device)
    if not url and device.url is None:
        raise Rejected("device_unreachable", "the device has no url, and no simulator stands in for it")
    if not url:
        return  # switched off
    if device.kind in FAMILIES:
        plan.signs.append(_sign_line(office, device, url))
    elif device.kind == KEYPADS:
        plan.keypads.append(KeypadLineRow(device, port_spec(url, device.baud)))


def _sign_line(office: Office, device: Device, url: str) -> SignLine:
    """The signs of counters that hang on this bus; without any, the device is a sign by itself."""
    row = driver(FAMILIES[device.kind])
    cells = device.width if row.capabilities.fixed_cells else row.capabilities.cells_max
    places = tuple(
        SignPlace(c.sign, c.sign_address, cells)
        for c in office.counter
        if c.sign_bus == device.id and c.sign and c.sign_address is not None
    )
    places = places or (SignPlace(device.id, device.address, cells),)
    silent_ms = max(device.gap_ms, row.line.gap_ms)
    bus = Bus(device.id, row, places, silent_ms, row.line.refresh_ms)
    return SignLine(bus, port_spec(url, device.baud, f"{row.line.bytesize}{row.line.parity}1"))


def _mqtt_button(office: Office, device: Device) -> MqttButton:
    """`topic` is a concrete topic or has `+` levels; our own button topic needs none."""
    if not device.topic:
        if device.kind != "button-mqtt":
            raise Rejected("config_invalid", f"a {device.kind} needs its topic")
        return MqttButton(device, OWN_BUTTON, {"device": device.id})
    found = topics.match(device.topic)
    if found is None or found[0].name not in BUTTON_ROWS:
        raise Rejected("config_invalid", f"no button speaks on topic {device.topic!r}")
    row, levels = found
    if levels.get("office", office.id) != office.id:
        raise Rejected("config_invalid", f"topic {device.topic!r} is of another office")
    return MqttButton(device, row.name, {k: v for k, v in levels.items() if v != "+" and k != "office"})
