"""A simulated box of QSystem keypads: `press 3 1` sends key 1 of keypad 3 (docs/hardware/qsystem-keypad.md)."""

from collections.abc import Sequence

from firmware_bridge.simulators.device import SignFace

KEYS = {"1": 0x31, "2": 0x32, "3": 0x33, "4": 0x34, "single": 0x31, "double": 0x32, "long": 0x34}
ADDRESS_BASE = 0x1F  # keypad 1 of the sample office has address 20h


class ButtonsSim:
    """Keypads on one bus. `lamps` is what the keypads were last told to light."""

    def __init__(self) -> None:
        self.lamps: dict[int, int] = {}
        self.presses = 0
        self._pending = bytearray()

    def faces(self) -> Sequence[SignFace]:
        """A keypad has no face."""
        return ()

    def received(self, chunk: bytes, now_ms: int) -> bytes:  # noqa: ARG002 - keypads need no time
        """`01 ADDR X 07`: the lamp of a keypad."""
        self._pending += chunk
        while (end := self._pending.find(7)) >= 0:
            frame, self._pending = bytes(self._pending[:end]), self._pending[end + 1 :]
            if len(frame) == 3 and frame[0] == 1:
                self.lamps[frame[1]] = frame[2]
        del self._pending[:-16]
        return b""

    def command(self, line: str) -> bytes:
        """`press KEYPAD [KEY]`: KEYPAD 1-31, or its address from 32 on; KEY 1-4, or single, double, long."""
        words = line.split()
        if not 2 <= len(words) <= 3 or words[0] != "press":
            raise ValueError("a keypad box knows: press KEYPAD [1|2|3|4|single|double|long]")
        key = KEYS.get(words[2] if len(words) == 3 else "1")
        if key is None:
            raise ValueError(f"no key {words[2]!r}")
        try:
            number = int(words[1], 0)
        except ValueError:
            number = 0
        address = number + ADDRESS_BASE if number < 0x20 else number
        if not 0x20 <= address <= 0x7F:
            raise ValueError(f"no keypad {words[1]!r}")
        self.presses += 1
        return bytes([1, address, key, 7])
