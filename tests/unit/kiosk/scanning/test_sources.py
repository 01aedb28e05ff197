"""The scanners of a kiosk as the office file says."""

from pathlib import Path

import msgspec
import pytest

from contracts.settings import Device
from kiosk.scanning.camera_reader import CameraReader
from kiosk.scanning.inbox import DeviceState, ScanInbox
from kiosk.scanning.serial_scanner import SerialScanner
from kiosk.scanning.sources import ScanSources
from runtime.config import load_office
from runtime.endpoints import write_endpoints

OFFICE = load_office(Path("assets/samples/office.toml"))


def sources(tmp_path: Path, *devices: Device) -> tuple[ScanSources, list[DeviceState]]:
    states: list[DeviceState] = []
    office = msgspec.structs.replace(OFFICE, device=list(devices))
    return ScanSources(office, "kiosk-1", tmp_path, ScanInbox(), states.append), states


def device(kind: str, url: str | None, **more: object) -> Device:
    return msgspec.convert({"id": f"{kind}-1", "kind": kind, "at": "kiosk-1", "url": url} | more, Device)


def test_the_sample_kiosk_has_a_simulated_serial_scanner_a_wedge_and_no_camera(tmp_path: Path) -> None:
    write_endpoints(tmp_path, {"scanner-1": f"serial://{tmp_path}/dev/scanner-1?baud=9600"})
    found, states = sources(tmp_path, *OFFICE.device)
    assert {name: type(source) for name, source in found.sources.items()} == {"scanner-1": SerialScanner}
    assert found.wedge == "scanner-2"
    assert states == []


def test_all_three_kinds(tmp_path: Path) -> None:
    found, _ = sources(
        tmp_path,
        device("camera", f"file://{tmp_path}"),
        device("scanner-serial", "tcp://127.0.0.1:9"),
        device("scanner-wedge", "keyboard:"),
    )
    assert {type(source) for source in found.sources.values()} == {CameraReader, SerialScanner}
    assert found.wedge == "scanner-wedge-1"


@pytest.mark.parametrize("kind", ["camera", "scanner-serial", "scanner-wedge"])
def test_switched_off(tmp_path: Path, kind: str) -> None:
    found, _ = sources(tmp_path, device(kind, ""))
    assert (found.sources, found.wedge) == ({}, None)


def test_devices_of_another_kiosk_are_not_ours(tmp_path: Path) -> None:
    found, _ = sources(tmp_path, device("scanner-serial", "tcp://127.0.0.1:9", at="kiosk-2"))
    assert found.sources == {}


def test_a_row_that_can_never_work_is_told_and_the_others_work(tmp_path: Path) -> None:
    bad = device("scanner-serial", "serial://x?baud=fast")
    good = device("camera", "/dev/video0")
    found, states = sources(tmp_path, bad, good)
    assert list(found.sources) == ["camera-1"]
    assert [(s.device, s.code) for s in states] == [("scanner-serial-1", "config_invalid")]
