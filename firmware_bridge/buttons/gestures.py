"""Down and up → single, double, long. Pure: time is an argument (ms, monotonic)."""

from dataclasses import dataclass, replace

from firmware_bridge.buttons.model import Gesture

LONG_MS = 800  # held this long is a long press, told while the finger is still down
DOUBLE_MS = 400  # a second press that begins within this after the first is a double


@dataclass(frozen=True)
class Key:
    """One key. `down` None: not heard yet, so the first message only tells where it stands."""

    down: bool | None = None
    since_ms: int = 0
    clicks: int = 0
    told: bool = False  # this hold was already told as long


def edge(key: Key, down: bool, now_ms: int) -> tuple[Key, Gesture | None]:
    """The key went down or up (a repeat of the same state is nothing)."""
    key, gesture = tick(key, now_ms)
    if key.down is None:
        return Key(down=down, since_ms=now_ms, told=down), gesture
    if down == key.down:
        return key, gesture
    if down:
        return replace(key, down=True, since_ms=now_ms, told=False), gesture
    if key.told:
        return Key(down=False, since_ms=now_ms), gesture
    if key.clicks:
        return Key(down=False, since_ms=now_ms), gesture or Gesture.DOUBLE
    return Key(down=False, since_ms=now_ms, clicks=1), gesture


def tick(key: Key, now_ms: int) -> tuple[Key, Gesture | None]:
    """Time has passed."""
    if key.down and not key.told and now_ms - key.since_ms >= LONG_MS:
        return replace(key, clicks=0, told=True), Gesture.LONG
    if key.down is False and key.clicks and now_ms - key.since_ms > DOUBLE_MS:
        return replace(key, clicks=0), Gesture.SINGLE
    return key, None


def wake_at_ms(key: Key) -> int | None:
    """When to call tick next; None: only an edge can change anything."""
    if key.down and not key.told:
        return key.since_ms + LONG_MS
    if key.down is False and key.clicks:
        return key.since_ms + DOUBLE_MS + 1
    return None
