"""What devices and processes said of themselves, for the manager's page. Any thread."""

import threading
from typing import TypeVar

from contracts.errors import Rejected
from contracts.messages.devices import DeviceHealth, Presence

DEVICES_MAX = 500
"""Devices, and processes, that are remembered; the office file has fewer."""

Said = TypeVar("Said", DeviceHealth, Presence)


class DeviceRegister:
    """The newest word of each."""

    def __init__(self) -> None:
        self._health: dict[str, DeviceHealth] = {}
        self._present: dict[str, Presence] = {}
        self._lock = threading.Lock()

    def heard_health(self, health: DeviceHealth) -> None:
        """A device told how it is. Raises Rejected `too_large` over the limit."""
        self._keep(self._health, health.device, health)

    def heard_presence(self, presence: Presence) -> None:
        """A process came or went. Raises Rejected `too_large` over the limit."""
        self._keep(self._present, presence.user, presence)

    def _keep(self, known: dict[str, Said], name: str, said: Said) -> None:
        with self._lock:
            if name not in known and len(known) >= DEVICES_MAX:
                raise Rejected("too_large", f"more than {DEVICES_MAX} devices or processes")
            known[name] = said

    def devices(self) -> tuple[DeviceHealth, ...]:
        """Health by device id."""
        with self._lock:
            return tuple(self._health[key] for key in sorted(self._health))

    def presences(self) -> tuple[Presence, ...]:
        """Presence by user."""
        with self._lock:
            return tuple(self._present[key] for key in sorted(self._present))
