"""Health is said when it changes, bounded, with the right state."""

from contracts.messages.devices import DeviceHealth, HealthState
from firmware_bridge.service.health import DETAIL_CHARS_MAX, HealthBook
from runtime.clock import Clock


def test_only_changes_are_said() -> None:
    said: list[DeviceHealth] = []
    book = HealthBook(said.append, Clock(lambda: 1_000, lambda: 0.0))
    book.tell("bus", "device_unreachable", "gone")
    book.tell("bus", "device_unreachable", "gone")
    book.tell("pad", "unmapped_button", "x" * 999, warn=True)
    book.tell("bus")
    book.tell("bus")
    assert [(h.device, h.state, h.code) for h in said] == [
        ("bus", HealthState.FAULT, "device_unreachable"),
        ("pad", HealthState.WARN, "unmapped_button"),
        ("bus", HealthState.OK, None),
    ]
    assert len(said[1].detail) == DETAIL_CHARS_MAX
    assert said[0].at.isoformat() == "1970-01-01T00:00:01+00:00"
