"""Scans of every kind of scanner become the same few events."""

import pytest

from contracts.errors import Rejected
from contracts.scan import Scan, Symbology
from contracts.settings.model import Device
from kiosk.adapters.scanners import Scanners, event_of
from kiosk.flow.events import AppointmentScanned, DossierScanned, ScanRefused, ScanTrouble
from kiosk.flow.events import Scan as ScanEvent
from kiosk.scanning.inbox import Arrival

CODE = "000.00.12.H00-261019-0001"
CARD = "001090123456|012345678|NGUYEN VAN A|01011990|Nam|Nơi nào đó|15042021"


@pytest.mark.parametrize(
    ("text", "event"),
    [
        (CODE, DossierScanned(CODE, "id-00000001")),
        (CODE.lower(), DossierScanned(CODE, "id-00000001")),
        (CARD, ScanRefused(ScanTrouble.IDENTITY)),
        ("motcua:appt:abcdefghij234567", AppointmentScanned("abcdefghij234567", "id-00000001")),
        ("A015", ScanRefused(ScanTrouble.TICKET)),
        ("03706/2026/07906", ScanRefused(ScanTrouble.SOCIAL_INSURANCE)),
        ("8934588012228", ScanRefused(ScanTrouble.NOT_DOSSIER)),
        ("", ScanRefused(ScanTrouble.NOT_DOSSIER)),
    ],
)
def test_meaning(text: str, event: ScanEvent) -> None:
    assert event_of(Arrival(Scan(text, Symbology.CODE128), "scanner-1"), "id-00000001") == event


def scanners(*devices: Device) -> tuple[Scanners, list[int]]:
    clock = [0]
    made = Scanners(devices, lambda device: device.url or "", lambda *_: None, lambda: clock[0])
    return made, clock


def test_a_wedge_scanner_types_and_the_loop_is_woken() -> None:
    made, clock = scanners(Device(id="scanner-2", kind="scanner-wedge", at="kiosk-1", url="keyboard:"))
    woken: list[int] = []
    made.wake = lambda: woken.append(1)
    for character in CODE:
        clock[0] += 5
        made.typed(character)
    assert not woken
    made.typed("\r")
    assert woken
    assert [arrival.scan.text for arrival in made.inbox.drain()] == [CODE]


def test_a_person_who_types_is_no_scanner() -> None:
    made, clock = scanners(Device(id="scanner-2", kind="scanner-wedge", at="kiosk-1", url="keyboard:"))
    for character in f"{CODE}\r":
        clock[0] += 110
        made.typed(character)
    assert made.inbox.drain() == []


def test_a_kiosk_without_a_wedge_row_takes_no_typing() -> None:
    made, _ = scanners()
    made.typed(CODE + "\r")
    assert made.inbox.drain() == []


def test_an_address_that_can_never_work_is_refused_at_start() -> None:
    with pytest.raises(Rejected) as caught:
        scanners(Device(id="scanner-1", kind="scanner-serial", at="kiosk-1", url="gopher://x"))
    assert caught.value.code == "config_invalid"
