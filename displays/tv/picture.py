"""The window's own pixels as a PNG file: at most one a second, whole or not at all, never on the drawing thread."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from PIL import Image

PICTURE_GAP_S = 1.0
PNG_LEVEL = 1  # a picture a second must cost little

Read = Callable[[], tuple[int, int, bytes]]


class PictureFile:
    """Keeps `path` fresh. `read` gives (width, height, RGBA rows from the bottom) of what the window shows."""

    def __init__(self, path: Path, read: Read) -> None:
        self.written = 0
        self._path, self._read = path, read
        self._last_s = float("-inf")
        self._due = False
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="picture")
        self._job: Future[None] | None = None

    def changed(self) -> None:
        """The window shows something new."""
        self._due = True

    def wait_s(self, mono_s: float) -> float | None:
        """Seconds until `take` should be called; None: nothing new."""
        return max(0.0, self._last_s + PICTURE_GAP_S - mono_s) if self._due else None

    def take(self, mono_s: float) -> bool:
        """With the window's frame complete: copy it when one is due. True when copied."""
        if self.wait_s(mono_s) != 0.0 or (self._job is not None and not self._job.done()):
            return False
        if self._job is not None:
            self._job.result()  # a full disk is a bug of ours to see, not to hide
        self._due, self._last_s = False, mono_s
        self._job = self._pool.submit(self._write, *self._read())
        return True

    def close(self) -> None:
        """Finish the picture that is being written."""
        self._pool.shutdown(wait=True)

    def _write(self, width: int, height: int, pixels: bytes) -> None:
        image = Image.frombytes("RGBA", (width, height), pixels).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_name(self._path.name + ".new")
        image.convert("RGB").save(temporary, "PNG", compress_level=PNG_LEVEL)
        temporary.replace(self._path)
        self.written += 1
