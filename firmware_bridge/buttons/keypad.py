"""QSystem keypads on RS-485: `01 ADDR KEY 07`, 57600 8N1. Source: QSystem's ub485 ButtonDevice.java (docs/hardware)."""

from collections.abc import Mapping

from contracts.errors import Rejected
from firmware_bridge.buttons.model import ButtonPress, Edge, Gesture, Heard
from firmware_bridge.protocols import candle
from firmware_bridge.protocols.framing import BadFrame

FRAME_BYTES = 4  # exactly; anything else is a collision on the line
KEY_BASE = 0x30  # key 1 is 31h
KEY_MIN, KEY_MAX = 0x31, 0x34

PRESS, OFF = "press", "off"
# What the keys mean where the device row does not say otherwise (`keys`). QSystem prints on them: next/recall, start,
# redirect, finish/no-show. "press": the box has only this key, one press is single and two quick ones are double.
KEY_MEANINGS: dict[int, str] = {1: Gesture.SINGLE, 2: Gesture.DOUBLE, 3: OFF, 4: Gesture.LONG}


class KeypadLine:
    """The bytes of one bus of keypads → presses (button = the keypad's address), or Rejected for a damaged frame."""

    def __init__(self, device: str, keys: Mapping[int, str] | None = None) -> None:
        self._device, self._framer = device, candle.framer()
        self._meanings = KEY_MEANINGS | dict(keys or {})

    def feed(self, chunk: bytes) -> list[Heard | Rejected]:
        """Take the next bytes. A key that means nothing here yields nothing."""
        heard: list[Heard | Rejected] = []
        for part in self._framer.feed(chunk):
            if isinstance(part, BadFrame):
                heard.append(Rejected("bad_frame", f"{part.reason}: {part.raw[:16].hex(' ')}"))
                continue
            heard += self._press(part.raw)
        return heard

    def reset(self) -> None:
        """The port was opened anew."""
        self._framer.reset()

    def _press(self, raw: bytes) -> list[Heard | Rejected]:
        if len(raw) != FRAME_BYTES or raw[0] != candle.SHOW or not candle.ADDRESS_MIN <= raw[1] <= candle.ADDRESS_MAX:
            return [Rejected("bad_frame", f"no keypad frame: {raw[:16].hex(' ')}")]
        if not KEY_MIN <= raw[2] <= KEY_MAX:
            return [Rejected("bad_frame", f"no key {raw[2]:02x}")]
        meaning = self._meanings[raw[2] - KEY_BASE]
        if meaning == OFF:
            return []
        if meaning == PRESS:
            return [Edge(self._device, raw[1], down, momentary=True) for down in (True, False)]
        return [ButtonPress(self._device, raw[1], Gesture(meaning))]
