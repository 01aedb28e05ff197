"""One press a button within the debounce time, and no press twice."""

from collections import OrderedDict

from firmware_bridge.buttons.model import ButtonPress

DEBOUNCE_MS = 300
BUTTONS_MAX = 1024  # the longest silent button is forgotten first


class Debounce:
    """Remembers when each button was last heard, and its last press id."""

    def __init__(self, debounce_ms: int = DEBOUNCE_MS) -> None:
        self._debounce_ms = debounce_ms
        self._last: OrderedDict[tuple[str, int], tuple[int, str | None]] = OrderedDict()

    def accept(self, press: ButtonPress, now_ms: int) -> bool:
        """True for a press that counts. A press that bounced does not lengthen the time."""
        key = (press.device, press.button)
        before = self._last.get(key)
        if before is not None:
            at_ms, press_id = before
            if now_ms - at_ms < self._debounce_ms or (press.press_id is not None and press.press_id == press_id):
                return False
        self._last[key] = (now_ms, press.press_id)
        self._last.move_to_end(key)
        if len(self._last) > BUTTONS_MAX:
            self._last.popitem(last=False)
        return True
