"""Every scanner of a kiosk: serial, camera and keyboard wedge, each to the same few events."""

from collections.abc import Callable, Sequence
from typing import Protocol

from contracts.messages.devices import HealthState
from contracts.scan import framing_from
from contracts.settings.model import Device
from kiosk.adapters.address import with_line_speed
from kiosk.adapters.printer import Health
from kiosk.flow.events import AppointmentScanned, DossierScanned, ScanRefused, ScanTrouble
from kiosk.flow.events import Scan as ScanEvent
from kiosk.scanning.camera_reader import CameraReader, camera_command
from kiosk.scanning.classify import ScanKind, classify
from kiosk.scanning.inbox import Arrival, DeviceState, ScanInbox
from kiosk.scanning.serial_scanner import SerialScanner, opener
from kiosk.scanning.wedge import WedgeFramer

_TROUBLE = {
    ScanKind.IDENTITY_CARD: ScanTrouble.IDENTITY,
    ScanKind.SOCIAL_INSURANCE: ScanTrouble.SOCIAL_INSURANCE,
    ScanKind.TICKET_TOKEN: ScanTrouble.TICKET,
    ScanKind.TICKET_NUMBER: ScanTrouble.TICKET,
}


class Reader(Protocol):
    """A scanner with a thread of its own."""

    def start(self) -> None:
        """Begin to read."""

    def stop(self) -> None:
        """Stop reading."""


def event_of(arrival: Arrival, command_id: str) -> ScanEvent:
    """What a scan means to the kiosk."""
    code = classify(arrival.scan)
    if code.kind is ScanKind.DOSSIER:
        return DossierScanned(code.text, command_id)
    if code.kind is ScanKind.APPOINTMENT:
        return AppointmentScanned(code.text, command_id)
    return ScanRefused(_TROUBLE.get(code.kind, ScanTrouble.NOT_DOSSIER))


class Scanners:
    """All scanners of one kiosk. `inbox` holds what they read until the screen loop takes it."""

    def __init__(
        self, devices: Sequence[Device], url_of: Callable[[Device], str], health: Health, now_ms: Callable[[], int]
    ) -> None:
        """Raises Rejected `config_invalid` for an address that can never work."""
        self.inbox = ScanInbox(self._filled)
        self.wake: Callable[[], None] = lambda: None
        self._health, self._now_ms = health, now_ms
        self._wedge_device = next((d.id for d in devices if d.kind == "scanner-wedge"), "")
        self._wedge = WedgeFramer()
        self._readers = [self._reader(d, url_of(d)) for d in devices if d.kind != "scanner-wedge" and url_of(d)]

    def start(self) -> None:
        """Begin to read."""
        for reader in self._readers:
            reader.start()

    def stop(self) -> None:
        """Stop every reader."""
        for reader in self._readers:
            reader.stop()

    def typed(self, text: str) -> None:
        """Characters of a keyboard, or of a scanner that types like one; "\\r" for Enter."""
        if not self._wedge_device:
            return
        scan = self._wedge.feed(text, self._now_ms())
        if scan is not None:
            self.inbox.put(scan, self._wedge_device)

    def _filled(self) -> None:
        self.wake()

    def _reader(self, device: Device, url: str) -> Reader:
        if device.kind == "camera":
            return CameraReader(device.id, camera_command(_camera_source(url)), self.inbox, self._state)
        framing = framing_from(device.prefix, device.suffix)
        return SerialScanner(device.id, opener(with_line_speed(device, url)), framing, self.inbox, self._state)

    def _state(self, state: DeviceState) -> None:
        health = HealthState.OK if state.code is None else HealthState.FAULT
        self._health(state.device, health, state.code, state.detail)


def _camera_source(url: str) -> str:
    """`v4l2:///dev/video0` and `file:///DIR` → the path that the camera process takes."""
    for scheme in ("v4l2://", "file://"):
        url = url.removeprefix(scheme)
    return url
