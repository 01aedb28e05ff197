"""Devices' health → retained messages; said again only when it changes."""

from collections.abc import Callable
from threading import Lock

from contracts.messages.devices import DeviceHealth, HealthState
from runtime.clock import Clock
from runtime.log import get_logger

DETAIL_CHARS_MAX = 200

Publish = Callable[[DeviceHealth], object]


class HealthBook:
    """Thread-safe. `publish` hands a message to the link, which keeps it for the next connect."""

    def __init__(self, publish: Publish, clock: Clock) -> None:
        self._publish, self._clock = publish, clock
        self._known: dict[str, tuple[HealthState, str | None, str]] = {}
        self._lock = Lock()
        self._log = get_logger("health")

    def tell(self, device: str, code: str | None = None, detail: str = "", *, warn: bool = False) -> None:
        """`code` None: the device is well; else it is at fault, or with `warn` only to be looked after."""
        state = HealthState.OK if code is None else HealthState.WARN if warn else HealthState.FAULT
        self.set(device, state, code, detail)

    def set(self, device: str, state: HealthState, code: str | None, detail: str) -> None:
        """The device's health is this."""
        entry = (state, code, detail[:DETAIL_CHARS_MAX])
        with self._lock:
            if self._known.get(device) == entry:
                return
            self._known[device] = entry
            self._publish(DeviceHealth(device, state, self._clock.now(), code, entry[2]))
        self._log.info("health", device=device, state=state.value, code=code, detail=entry[2])
