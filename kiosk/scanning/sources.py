"""Every scanner of one kiosk, as its office file says: started and stopped together, all into one inbox."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from contracts.errors import Rejected
from contracts.scan import framing_from
from contracts.settings import Device, Office
from kiosk.scanning.camera_reader import CameraReader, camera_command
from kiosk.scanning.inbox import DeviceState, ScanInbox
from kiosk.scanning.serial_scanner import SerialScanner, opener
from runtime.endpoints import resolve

OnState = Callable[[DeviceState], None]


class Source(Protocol):
    """A scanner that is read by a thread of its own."""

    def start(self) -> None:
        """Begin to read."""
        ...

    def stop(self) -> None:
        """Stop reading; does not raise."""
        ...


class ScanSources:
    """The serial scanners and cameras at one kiosk. A wedge needs no source: its keys come through the window
    (`WedgeFramer`); `wedge` is its device id, None when the kiosk has none.
    """

    def __init__(self, office: Office, kiosk_id: str, data: Path, inbox: ScanInbox, on_state: OnState) -> None:
        self._inbox, self._on_state = inbox, on_state
        self.sources: dict[str, Source] = {}
        self.wedge: str | None = None
        for device in office.devices_at(kiosk_id, "scanner-serial", "scanner-wedge", "camera"):
            url = resolve(device, data)
            if device.kind == "scanner-wedge":
                self.wedge = device.id if url or device.url is None else None
            elif url:
                self._add(device, url)

    def start(self) -> None:
        """Start all. Nothing here waits for a device."""
        for source in self.sources.values():
            source.start()

    def stop(self) -> None:
        """Stop all."""
        for source in self.sources.values():
            source.stop()

    def _add(self, device: Device, url: str) -> None:
        """A row that can never work makes its device faulty, not the kiosk."""
        try:
            self.sources[device.id] = self._source(device, url)
        except Rejected as rejected:
            self._on_state(DeviceState(device.id, rejected.code, rejected.detail))

    def _source(self, device: Device, url: str) -> Source:
        if device.kind == "camera":
            return CameraReader(device.id, camera_command(url), self._inbox, self._on_state)
        framing = framing_from(device.prefix, device.suffix)
        return SerialScanner(device.id, opener(url), framing, self._inbox, self._on_state)
