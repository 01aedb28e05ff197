"""Office file → what the bridge runs; a wrong row is a fault of that device alone."""

import pytest

from contracts.errors import Rejected
from contracts.settings import Device, Office
from firmware_bridge.service.bridge import subscriptions
from firmware_bridge.service.plan import Plan, check_bridge, plan_of
from firmware_bridge.transports.spec import PortSpec
from runtime.cli_options import SAMPLE_OFFICE
from runtime.config import load_office


def with_devices(*devices: Device) -> Office:
    import msgspec

    return msgspec.structs.replace(load_office(SAMPLE_OFFICE), device=list(devices))


def plan_for(*devices: Device) -> Plan:
    return plan_of(with_devices(*devices), "bridge-1", lambda d: d.url or "")


def test_the_sample_office() -> None:
    office = load_office(SAMPLE_OFFICE)
    plan = plan_of(office, "bridge-1", lambda d: f"serial:///sim/{d.id}?baud={d.baud}")
    assert plan.faults == {}
    candle, alpha = plan.signs
    assert [p.sign for p in candle.bus.places] == [f"sign-{n}" for n in range(1, 9)]
    assert candle.bus.places[0].cells == 6
    assert candle.port == PortSpec("/sim/sign-bus-1", 57600)
    assert [(p.sign, p.address, p.cells) for p in alpha.bus.places] == [("sign-hall", 1, 121)]
    assert alpha.port == PortSpec("/sim/sign-hall", 9600, 7, "E", 1)
    assert plan.keypads[0].port == PortSpec("/sim/buttons-1", 57600)
    assert [(b.row, dict(b.levels)) for b in plan.buttons] == [
        ("tasmota.result", {"device": "quay-3"}),
        ("zigbee2mqtt", {"device": "nut-quay-5"}),
    ]


def test_only_own_signs_and_buttons_are_listened_to() -> None:
    office = load_office(SAMPLE_OFFICE)
    subs = subscriptions(plan_of(office, "bridge-1", lambda d: f"serial:///sim/{d.id}"), "bridge-1")
    assert sum(s.name == "sign.desired" for s in subs) == 9
    assert [dict(s.params) for s in subs if s.name == "reply"] == [{"user": "bridge-1"}]
    assert [dict(s.params) for s in subs if s.name == "zigbee2mqtt"] == [{"device": "nut-quay-5"}]


@pytest.mark.parametrize(
    ("device", "code"),
    [
        (Device(id="x", kind="sign-candle", at="bridge-1", address=1, url="serial:///dev/x"), "malformed"),
        (Device(id="x", kind="sign-candle", at="bridge-1", address=32, url="ftp://x"), "config_invalid"),
        (Device(id="x", kind="sign-candle", at="bridge-1", address=32), "device_unreachable"),
        (Device(id="x", kind="buttons-qsystem", at="bridge-1", url="serial:///dev/x?baud=1"), "config_invalid"),
        (Device(id="x", kind="button-tasmota", at="bridge-1"), "config_invalid"),
        (Device(id="x", kind="button-tasmota", at="bridge-1", topic="no/such/topic"), "config_invalid"),
        (Device(id="x", kind="button-mqtt", at="bridge-1", topic="motcua/v1/else/button/x"), "config_invalid"),
    ],
)
def test_a_wrong_row_is_its_own_fault(device: Device, code: str) -> None:
    good = Device(id="good", kind="sign-alpha", at="bridge-1", url="serial:///dev/good")
    plan = plan_for(device, good)
    assert plan.faults["x"].code == code
    assert [line.bus.device for line in plan.signs] == ["good"]


def test_switched_off_and_elsewhere() -> None:
    plan = plan_for(
        Device(id="off", kind="sign-alpha", at="bridge-1", url=""),
        Device(id="off-2", kind="button-mqtt", at="bridge-1", url=""),
        Device(id="away", kind="sign-alpha", at="bridge-2", url="serial:///dev/x"),
        Device(id="paper", kind="escpos", at="bridge-1", url="tcp://h:9100"),
    )
    assert plan == Plan()


def test_our_own_button_topic_and_wildcards() -> None:
    plan = plan_for(
        Device(id="b-1", kind="button-mqtt", at="bridge-1"),
        Device(id="box", kind="button-esphome", at="bridge-1", topic="esphome/box/event/+/state"),
    )
    assert [(b.row, dict(b.levels)) for b in plan.buttons] == [
        ("button", {"device": "b-1"}),
        ("esphome.event", {"device": "box"}),
    ]


def test_an_unknown_bridge_names_the_nearest() -> None:
    with pytest.raises(Rejected, match="did you mean bridge-1"):
        check_bridge(load_office(SAMPLE_OFFICE), "brigde-1")
