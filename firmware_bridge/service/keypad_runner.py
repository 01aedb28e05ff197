"""A bus of keypads at work: its port's bytes become presses for the desk, its link its health."""

from collections import Counter
from collections.abc import Callable

from contracts.errors import Rejected
from firmware_bridge.buttons.keypad import KeypadLine
from firmware_bridge.buttons.model import Heard
from firmware_bridge.service.plan import KeypadLineRow
from firmware_bridge.transports.port_owner import Closed, Opened, PortEvent, PortOwner, Received, Wrote


class KeypadRunner:
    """`put(heard)` must only hand over: it is called on the port's thread."""

    def __init__(
        self, row: KeypadLineRow, put: Callable[[Heard], None], health: Callable[[str, str | None, str], None]
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._id, self._put, self._health = row.device.id, put, health
        self._line = KeypadLine(row.device.id, row.device.keys)
        self._owner = PortOwner(row.device.id, row.port, self._from_port)

    def start(self) -> None:
        """Open the port."""
        self._owner.start()

    def stop(self) -> None:
        """Close the port."""
        self._owner.stop()

    def _from_port(self, event: PortEvent) -> None:
        match event:
            case Opened():
                self._line.reset()
                self._health(self._id, None, "")
            case Closed(detail):
                self._health(self._id, "device_unreachable", detail)
            case Received(data):
                self._bytes(data)
            case Wrote():
                pass

    def _bytes(self, data: bytes) -> None:
        for heard in self._line.feed(data):
            if isinstance(heard, Rejected):
                self.counts[heard.code] += 1
            else:
                self._put(heard)
