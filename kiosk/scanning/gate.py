"""Which camera frames are worth decoding, and which reads are news. Pure but for pixels; times are arguments."""

import cv2
import numpy as np

from contracts.scan import Scan
from kiosk.scanning.pictures import Grey

THUMB_WIDTH = 160
BLOCK = 16  # pixels of the thumbnail
CONTRAST_MIN = 12.0  # grey levels (standard deviation) in the liveliest block; an empty desk has 2-6
MOTION_MIN = 2.0  # mean change in grey levels that makes a frame another frame
STILL_RETRY_MS = 1000  # an unread picture that does not move is tried again, more thoroughly
REPEAT_MS = 3000
REMEMBERED_MAX = 32


class FrameGate:
    """Lets a frame through when something is in it and it is not the frame that was just tried."""

    def __init__(self) -> None:
        self._tried: Grey | None = None
        self._tried_ms = 0
        self.still = False
        """True when the frame let through is the one tried before: give it more time."""

    def wants(self, grey: Grey, now_ms: int) -> bool:
        """Should this frame be decoded?"""
        thumb = _thumbnail(grey)
        if liveliest(thumb) < CONTRAST_MIN:
            self._tried = None
            return False
        self.still = self._tried is not None and not _moved(thumb, self._tried)
        if self.still and now_ms - self._tried_ms < STILL_RETRY_MS:
            return False
        self._tried, self._tried_ms = thumb, now_ms
        return True


class Repeats:
    """The same code in front of the camera is one scan, until it was away for REPEAT_MS."""

    def __init__(self) -> None:
        self._seen_ms: dict[str, int] = {}

    def is_new(self, scan: Scan, now_ms: int) -> bool:
        """True when this text was not seen within the last REPEAT_MS."""
        last = self._seen_ms.pop(scan.text, None)
        self._seen_ms[scan.text] = now_ms
        while len(self._seen_ms) > REMEMBERED_MAX:
            del self._seen_ms[next(iter(self._seen_ms))]
        return last is None or now_ms - last >= REPEAT_MS


def liveliest(thumb: Grey) -> float:
    """Contrast of the block with the most of it."""
    rows, columns = thumb.shape[0] // BLOCK, thumb.shape[1] // BLOCK
    if not rows or not columns:
        return float(thumb.std())
    blocks = thumb[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
    return float(blocks.std(axis=(1, 3)).max())


def _thumbnail(grey: Grey) -> Grey:
    factor = THUMB_WIDTH / grey.shape[1]
    height = max(1, round(grey.shape[0] * factor))
    thumb: Grey = cv2.resize(grey, (THUMB_WIDTH, height), interpolation=cv2.INTER_AREA)
    return thumb


def _moved(thumb: Grey, before: Grey) -> bool:
    if thumb.shape != before.shape:
        return True
    return float(np.abs(thumb.astype(np.int16) - before.astype(np.int16)).mean()) >= MOTION_MIN
