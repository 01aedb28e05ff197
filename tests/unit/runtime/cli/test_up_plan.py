"""Office file → processes."""

import dataclasses
import tomllib
from pathlib import Path

import pytest

from contracts.roles import MqttRole
from contracts.settings import Office, office_from
from runtime.address import Address
from runtime.cli.up.plan import BASE, Place, endpoints_of, simulated, specs_of, users_of
from runtime.cli_options import SAMPLE_OFFICE
from runtime.supervisor.fleet import fleet_of

DATA = Path("/srv/office")
PLACE = Place(
    office_file=Path("/etc/office.toml"),
    data=DATA,
    http=Address("127.0.0.1", 8080),
    mqtt=Address("0.0.0.0", 1883),
    headless=True,
    demo=True,
    python=("py", "-P"),
)


def office(**changes: object) -> Office:
    raw = tomllib.loads(SAMPLE_OFFICE.read_text()) | changes
    built, errors = office_from(raw)
    assert built is not None, errors
    return built


def plan(place: Place = PLACE) -> dict[str, tuple[str, ...]]:
    rows = specs_of(office(), place, ["mosquitto", "-c", "conf"], endpoints_of(office(), DATA, lambda: 9100))
    fleet_of(rows)  # names differ, nobody waits for nobody
    return {row.name: row.argv for row in rows}


def test_every_process_has_a_user_of_its_role() -> None:
    users = users_of(office())
    assert users["server"] is MqttRole.SERVER
    assert users["kiosk-1"] is MqttRole.KIOSK
    assert users["board-1"] is MqttRole.BOARD
    assert users["signs-1"] is MqttRole.SIGNS
    assert users["bridge-1"] is MqttRole.BRIDGE
    assert users["button-tasmota-1"] is MqttRole.GATEWAY
    assert "buttons-1" not in users  # a serial box: the bridge speaks for it


def test_devices_without_a_url_are_simulated_and_no_others() -> None:
    names = [device.id for device in simulated(office())]
    assert names == ["printer-1", "scanner-1", "sign-bus-1", "sign-hall", "buttons-1"]


def test_endpoints_of_simulators() -> None:
    urls = endpoints_of(office(), DATA, lambda: 9100)
    assert urls["printer-1"] == "tcp://127.0.0.1:9100?width=576"
    assert urls["sign-bus-1"] == "serial:///srv/office/run/dev/sign-bus-1?baud=57600"
    assert "scanner-2" not in urls


def test_an_office_without_devices_has_no_simulator() -> None:
    raw = tomllib.loads(SAMPLE_OFFICE.read_text())
    for counter in raw["counter"]:
        counter.pop("sign_bus", None)
    built, errors = office_from(raw | {"device": []})
    assert built is not None, errors
    assert endpoints_of(built, DATA, lambda: 1) == {}


def test_a_part_gets_the_options_of_all_parts() -> None:
    assert plan()["kiosk-1"] == (
        "py", "-P", "-m", "kiosk", "--id", "kiosk-1", "--office", "/etc/office.toml",
        "--broker", "mqtt://127.0.0.1:1883", "--data", "/srv/office", "--http", "127.0.0.1:8080", "--headless",
    )  # fmt: skip
    assert "--headless" not in plan()["server"]
    assert "--headless" not in plan(dataclasses.replace(PLACE, headless=False))["kiosk-1"]


def test_simulators_know_their_device() -> None:
    assert plan()["printer-1"][2:] == (
        "-m", "kiosk.printing.simulator", "--host", "127.0.0.1", "--port", "9100", "--out", "/srv/office/printed",
        "--width", "576", "--control", "/srv/office/run/dev/printer-1.control",
    )  # fmt: skip
    assert plan()["buttons-1"][2:] == (
        "-m", "firmware_bridge.simulators", "buttons", "--link", "/srv/office/run/dev/buttons-1",
        "--office", "/etc/office.toml", "--device", "buttons-1", "--control", "/srv/office/run/dev/buttons-1.control",
    )  # fmt: skip
    assert plan()["sign-hall"][-4:-2] == ("--out", "/srv/office/signs")
    assert "--suffix=CR" in plan()["scanner-1"]


def test_a_path_too_long_for_a_socket_means_no_control() -> None:
    deep = dataclasses.replace(PLACE, data=Path("/srv") / ("d" * 90))
    assert "--control" not in plan(deep)["buttons-1"]


def test_several_printers_have_a_tray_each() -> None:
    raw = tomllib.loads(SAMPLE_OFFICE.read_text())
    raw["device"].append({"id": "printer-2", "kind": "escpos", "at": "kiosk-1", "paper_mm": 58, "dots": 384})
    built, errors = office_from(raw)
    assert built is not None, errors
    rows = specs_of(built, PLACE, ["b"], endpoints_of(built, DATA, lambda: 9100))
    second = next(row.argv for row in rows if row.name == "printer-2")
    assert second[second.index("--out") + 1] == "/srv/office/printed/printer-2"
    assert second[second.index("--width") + 1] == "384"


@pytest.mark.parametrize("demo", [True, False])
def test_the_demo_comes_last_and_nobody_waits_for_it(demo: bool) -> None:
    place = dataclasses.replace(PLACE, demo=demo)
    rows = specs_of(office(), place, ["b"], endpoints_of(office(), DATA, lambda: 1))
    assert [row.name for row in rows if not row.counts] == (["demo-1"] if demo else [])
    assert all(row.stage == BASE for row in rows if row.name in ("broker", "printer-1"))
    if demo:
        assert rows[-1].stage == max(row.stage for row in rows)


def test_only_the_server_is_told_of_another_database() -> None:
    url = "postgresql://queue@db.example/queue"
    plans = plan(dataclasses.replace(PLACE, database=url))
    assert [name for name, argv in plans.items() if "--database" in argv] == ["server"]
    assert plans["server"][-2:] == ("--database", url)
    assert not [name for name, argv in plan().items() if "--database" in argv]
