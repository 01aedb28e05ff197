"""Where cut tickets fall: DIR/<UTC stamp>-<nnnn>.png at once, .txt beside it when it has been read.

Each file appears whole (temporary name, then rename), the picture before its text. Reading takes
about a second, so it has a worker and a bounded queue of its own.
"""

from __future__ import annotations

import queue
import re
import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from PIL import Image

from contracts.errors import Rejected
from kiosk.printing.simulator import reading
from kiosk.printing.simulator.paper import Sheet
from runtime.log import get_logger

UNREAD_MAX: Final = 256
"""Tickets waiting to be read; more wait in the printer, as they would for a slow paper path."""
_NAME: Final = re.compile(r"\d{8}T\d{6}Z-(\d{4,})\.png")
_log = get_logger("printer-sim")


class Tray:
    """The output directory. `drop` is called by one thread; `close` ends the reader."""

    def __init__(self, folder: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Make `folder`; number on from what lies there. Raises `Rejected("data_unwritable")`."""
        self._folder = folder
        self._now = now
        try:
            folder.mkdir(parents=True, exist_ok=True)
            found = [_NAME.fullmatch(entry.name) for entry in folder.iterdir()]
        except OSError as error:
            raise Rejected("data_unwritable", f"{folder}: {error.strerror}") from error
        self._count = max((int(match[1]) for match in found if match), default=0)
        self._unread: queue.Queue[tuple[Path, Sheet] | None] = queue.Queue(UNREAD_MAX)
        self._reader = threading.Thread(target=self._read_all, name="ticket-reader", daemon=True)
        if not reading.available():
            _log.warning("tesseract_missing", effect="the .txt files hold typed text only")
        self._reader.start()

    def drop(self, sheet: Sheet) -> Path:
        """Save the picture and queue its reading; the path of the picture."""
        self._count += 1
        stem = f"{self._now():%Y%m%dT%H%M%SZ}-{self._count:04d}"
        path = self._folder / f"{stem}.png"
        temporary = path.with_suffix(".png.new")
        sheet.picture.save(temporary, "PNG", dpi=(203, 203))
        temporary.replace(path)
        self._unread.put((path.with_suffix(".txt"), sheet))
        return path

    def close(self, wait_s: float = 3.0) -> None:
        """Read what waits, but not longer than `wait_s`."""
        try:
            self._unread.put_nowait(None)
        except queue.Full:
            return
        self._reader.join(wait_s)

    def _read_all(self) -> None:
        while (item := self._unread.get()) is not None:
            path, sheet = item
            lines = [*sheet.typed, *_read(sheet.raster)]
            temporary = path.with_suffix(".txt.new")
            temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
            temporary.replace(path)


def _read(raster: Image.Image | None) -> list[str]:
    if raster is None or not reading.available():
        return []
    try:
        return reading.read_picture(raster)
    except (subprocess.SubprocessError, OSError) as error:
        _log.warning("reading_failed", reason=str(error))
        return []
