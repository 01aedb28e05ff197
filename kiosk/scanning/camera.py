"""The camera's own process: `python -m kiosk.scanning.camera --source /dev/video0|DIR|FILE.mp4`.

Prints JSON lines: `{"text","symbology","ms"}` for each new scan, and `{"state","frames","tried"}` when the source
changes between "ok" and an error code, and every PULSE_S as a sign of life. Decoding runs here so that the kiosk's
screen never waits for it.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import cv2

from contracts.errors import Rejected
from kiosk.scanning.decode import decode
from kiosk.scanning.frames import frames_from
from kiosk.scanning.gate import FrameGate, Repeats
from kiosk.scanning.pictures import Grey
from runtime.cli_options import CodedParser, run_command

BUDGET_MS = 150  # a frame; the next one is coming
STILL_BUDGET_MS = 800  # a picture that does not move and could not be read
PULSE_S = 5.0
RETRY_S = 2.0
NICE = 5  # the screen goes first

Say = Callable[[dict[str, object]], None]


class CameraWorker:
    """Frames in, news out. `now_s` is monotonic."""

    def __init__(self, say: Say, now_s: Callable[[], float] = time.monotonic) -> None:
        self._say, self._now_s = say, now_s
        self._gate, self._repeats = FrameGate(), Repeats()
        self._frames = self._tried = 0
        self._state = ""
        self._pulse_s = 0.0

    def look(self, grey: Grey | None) -> None:
        """Take one frame (None: there is none just now)."""
        self.tell("ok")
        if grey is None:
            return
        self._frames += 1
        started = self._now_s()
        now_ms = round(started * 1000)
        if not self._gate.wants(grey, now_ms):
            return
        self._tried += 1
        scan = decode(grey, STILL_BUDGET_MS if self._gate.still else BUDGET_MS)
        if scan is not None and self._repeats.is_new(scan, now_ms):
            took_ms = round((self._now_s() - started) * 1000, 1)
            self._say({"text": scan.text, "symbology": str(scan.symbology), "ms": took_ms})

    def tell(self, state: str, detail: str = "") -> None:
        """Say how the source is when that changed, and as a pulse."""
        now = self._now_s()
        if state == self._state and now - self._pulse_s < PULSE_S:
            return
        self._state, self._pulse_s = state, now
        line: dict[str, object] = {"state": state, "frames": self._frames, "tried": self._tried}
        self._say(line | ({"detail": detail} if detail else {}))


def watch(worker: CameraWorker, open_source: Callable[[], Iterator[Grey | None]]) -> None:
    """Look at every frame; a source that fails is opened again; returns when it ends (a video file)."""
    while True:
        try:
            for grey in open_source():
                worker.look(grey)
        except Rejected as rejected:
            worker.tell(rejected.code, rejected.detail)
            time.sleep(RETRY_S)
        else:
            return


def _print(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def main(argv: Sequence[str]) -> int:
    """Run until the source ends or the reader of our output goes away."""
    parser = CodedParser(prog="python -m kiosk.scanning.camera", allow_abbrev=False)
    parser.add_argument("--source", required=True, help="/dev/videoN, a folder of pictures, or a video file")
    parser.add_argument("--from-start", action="store_true", help="pictures already in the folder count too")
    parser.add_argument("--fast", action="store_true", help="play a video at full speed")
    options = parser.parse_args(argv)
    cv2.setNumThreads(1)
    with suppress(OSError):  # a courtesy; not all containers allow it
        os.nice(NICE)
    worker = CameraWorker(_print)
    watch(worker, lambda: frames_from(options.source, from_start=options.from_start, fast=options.fast))
    return 0


if __name__ == "__main__":
    run_command(main)
