"""DATA/screens/kiosk.png: read from the window's own frame just before it is shown, written by a thread.

At most one picture a second, and only when something was drawn. A picture that says something about a person is never
written: the last neutral first screen takes its place, so that nothing of the visitor stays in the file either.
"""

import io
from collections.abc import Callable
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Thread

from kivy.clock import Clock
from kivy.core.window import Window
from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glReadPixels
from PIL import Image

from kiosk.flow.kiosk import Picture

EVERY_S = 1.0
PNG_LEVEL = 3


class Saver:
    """Writes pictures to one file, whole or not at all; the newest of those that wait wins."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._neutral: bytes | None = None
        self._jobs: Queue[Callable[[], None] | None] = Queue(2)
        self._thread = Thread(target=self._run, name="screens", daemon=True)
        self._thread.start()

    def save(self, size: tuple[int, int], pixels: bytes, *, neutral: bool) -> None:
        """Rows from the bottom up, three bytes a pixel."""
        self._put(lambda: self._encode(size, pixels, neutral=neutral))

    def hide(self) -> None:
        """Put the neutral picture in the place of whatever is there."""
        self._put(self._write_neutral)

    def stop(self) -> None:
        """Write what waits, then end."""
        self._jobs.put(None)
        self._thread.join(2.0)

    def _put(self, job: Callable[[], None]) -> None:
        while True:
            try:
                return self._jobs.put_nowait(job)
            except Full:
                self._forget_one()

    def _forget_one(self) -> None:
        try:
            self._jobs.get_nowait()
        except Empty:
            return

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()

    def _encode(self, size: tuple[int, int], pixels: bytes, *, neutral: bool) -> None:
        image = Image.frombytes("RGB", size, pixels).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        file = io.BytesIO()
        image.save(file, "PNG", compress_level=PNG_LEVEL)
        if neutral:
            self._neutral = file.getvalue()
        self._write(file.getvalue())

    def _write_neutral(self) -> None:
        if self._neutral is None:
            self._path.unlink(missing_ok=True)
        else:
            self._write(self._neutral)

    def _write(self, png: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_name(self._path.name + ".new")
        temporary.write_bytes(png)
        temporary.replace(self._path)


class Capture:
    """Follows the window. `picture` tells what the frame shows; None while there is nothing."""

    def __init__(self, path: Path, picture: Callable[[], Picture | None]) -> None:
        self._saver, self._picture = Saver(path), picture
        self._due = True  # a second has passed since the last one
        self._hidden = False
        self._later = Clock.create_trigger(self._second_passed, EVERY_S)
        self._missed = False
        Window.bind(on_flip=self._flip)

    def stop(self) -> None:
        """Follow it no longer."""
        Window.unbind(on_flip=self._flip)
        self._saver.stop()

    def _flip(self, *_: object) -> None:
        picture = self._picture()
        if picture is None:
            return
        if picture.private:
            if not self._hidden:
                self._hidden = True
                self._saver.hide()
            return
        self._hidden = False
        if not self._due:
            self._missed = True
            return
        self._due, self._missed = False, False
        size = (int(Window.system_size[0]), int(Window.system_size[1]))
        pixels = glReadPixels(0, 0, *size, GL_RGB, GL_UNSIGNED_BYTE)
        self._saver.save(size, pixels, neutral=picture.neutral)
        self._later()

    def _second_passed(self, _elapsed_s: float) -> None:
        self._due = True
        if self._missed:
            Window.canvas.ask_update()  # what was drawn meanwhile is still on the glass: draw and take it
