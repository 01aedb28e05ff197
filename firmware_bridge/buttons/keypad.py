"""QSystem keypads on RS-485: `01 ADDR KEY 07`, 57600 8N1. Source: QSystem's ub485 ButtonDevice.java (docs/hardware)."""

from contracts.errors import Rejected
from firmware_bridge.buttons.model import ButtonPress, Gesture
from firmware_bridge.protocols import candle
from firmware_bridge.protocols.framing import BadFrame

FRAME_BYTES = 4  # exactly; anything else is a collision on the line
KEY_MIN, KEY_MAX = 0x31, 0x34

# The one place that says what the keys do. QSystem prints on them: next/recall, start, redirect, finish/no-show.
KEY_GESTURES: dict[int, Gesture] = {
    0x31: Gesture.SINGLE,  # next
    0x32: Gesture.DOUBLE,  # recall
    0x34: Gesture.LONG,  # no-show; 33h (redirect) needs a target that a keypad cannot name
}


class KeypadLine:
    """The bytes of one bus of keypads → presses (button = the keypad's address), or Rejected for a damaged frame."""

    def __init__(self, device: str) -> None:
        self._device, self._framer = device, candle.framer()

    def feed(self, chunk: bytes) -> list[ButtonPress | Rejected]:
        """Take the next bytes. A key that means nothing here yields nothing."""
        heard: list[ButtonPress | Rejected] = []
        for part in self._framer.feed(chunk):
            if isinstance(part, BadFrame):
                heard.append(Rejected("bad_frame", f"{part.reason}: {part.raw[:16].hex(' ')}"))
                continue
            press = self._press(part.raw)
            if press is not None:
                heard.append(press)
        return heard

    def reset(self) -> None:
        """The port was opened anew."""
        self._framer.reset()

    def _press(self, raw: bytes) -> ButtonPress | Rejected | None:
        if len(raw) != FRAME_BYTES or raw[0] != candle.SHOW or not candle.ADDRESS_MIN <= raw[1] <= candle.ADDRESS_MAX:
            return Rejected("bad_frame", f"no keypad frame: {raw[:16].hex(' ')}")
        if not KEY_MIN <= raw[2] <= KEY_MAX:
            return Rejected("bad_frame", f"no key {raw[2]:02x}")
        gesture = KEY_GESTURES.get(raw[2])
        return ButtonPress(self._device, raw[1], gesture) if gesture else None
