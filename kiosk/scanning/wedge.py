"""A scanner that types like a keyboard: tells its typing from a person's. Pure; times are arguments.

A scanner sends a character every 1-30 ms and Enter or Tab at the end; a person needs 80 ms and more. Events may come
in clumps (a busy window hands over all keys of a frame at once), so both the longest gap and the mean are judged.
"""

from contracts.scan import SCAN_CHARS_MAX, BadScan, Scan, Symbology, check_text

GAP_MS_MAX = 120  # a longer pause begins a new text
MEAN_MS_MAX = 50  # slower on average: a person
CHARS_MIN = 4  # shorter bursts are fingers on neighbouring keys; a ticket number has four
ENDS = frozenset("\r\n\t")


class WedgeFramer:
    """Characters and their times in, scans out. Holds at most SCAN_CHARS_MAX characters."""

    def __init__(self, chars_max: int = SCAN_CHARS_MAX) -> None:
        self._chars_max = chars_max
        self._held: list[str] = []
        self._overflow = False
        self._first_ms = 0
        self._last_ms = 0

    @property
    def busy(self) -> bool:
        """True while what was typed so far looks like a scanner: a text field should not show it."""
        return len(self._held) >= CHARS_MIN and self._is_fast()

    def feed(self, text: str, now_ms: int) -> Scan | BadScan | None:
        """Take typed characters ("\\r" for Enter, "\\t" for Tab); the scan they complete, if they do."""
        scan: Scan | BadScan | None = None
        for char in text:
            scan = self._one(char, now_ms) or scan
        return scan

    def reset(self) -> None:
        """Forget what was typed (the screen changed, the visitor left)."""
        self._held.clear()
        self._overflow = False

    def _one(self, char: str, now_ms: int) -> Scan | BadScan | None:
        if self._held and now_ms - self._last_ms > GAP_MS_MAX:
            self.reset()
        if char in ENDS:
            self._last_ms = now_ms
            return self._finish()
        if not self._held:
            self._first_ms = now_ms
        self._last_ms = now_ms
        if len(self._held) > self._chars_max:
            self._overflow = True  # swallowed up to its end
        else:
            self._held.append(char)
        return None

    def _finish(self) -> Scan | BadScan | None:
        text, fast = "".join(self._held), self._is_fast()
        long_enough = len(self._held) >= CHARS_MIN
        self.reset()
        return check_text(text, Symbology.UNKNOWN, self._chars_max) if fast and long_enough else None

    def _is_fast(self) -> bool:
        return self._last_ms - self._first_ms <= MEAN_MS_MAX * len(self._held)
