"""The whole board as one Kivy widget: `show(frame)` changes what differs, `resize` lays it out anew."""

from typing import Protocol

from kivy.graphics import Color, InstructionGroup, Rectangle
from kivy.uix.widget import Widget

from displays.board import BoardFrame
from displays.tv.parts.header import Header
from displays.tv.parts.last_calls import LastCalls
from displays.tv.parts.rows import Rows
from displays.tv.parts.spotlight import Spotlight
from displays.tv.parts.ticker import Ticker
from displays.tv.parts.waiting import Waiting
from displays.tv.pieces import Stage
from displays.tv.words import Say
from runtime.theme import Theme, rgba

PARTS = (Header, Spotlight, Rows, Waiting, LastCalls, Ticker)


class _Part(Protocol):
    def show(self, frame: BoardFrame) -> None: ...


class BoardView:
    """`widget` is what a window shows. `background` False: the window is cleared to the page colour, one layer less for
    a software renderer to fill."""

    def __init__(self, size: tuple[int, int], theme: Theme, say: Say, *, background: bool = True) -> None:
        self.widget = Widget(size=size, size_hint=(None, None))
        self._theme, self._say, self._background = theme, say, background
        self._frame: BoardFrame | None = None
        self._parts: list[_Part] = []
        self.resize(size)

    @property
    def page(self) -> tuple[float, float, float, float]:
        """The colour behind everything."""
        return rgba(self._theme.page)

    def resize(self, size: tuple[int, int]) -> None:
        """Lay everything out for a window of `size` px."""
        width, height = round(size[0]), round(size[1])
        self.widget.size = (width, height)
        stage = Stage(width, height, self._theme)
        group = InstructionGroup()
        if self._background:
            group.add(Color(*rgba(self._theme.page)))
            group.add(Rectangle(pos=(0, 0), size=(width, height)))
        self._parts = [part(group, stage, self._say) for part in PARTS]
        self.widget.canvas.clear()
        self.widget.canvas.add(group)
        if self._frame is not None:
            self._draw(self._frame)

    def show(self, frame: BoardFrame) -> bool:
        """Draw `frame`; False when it is what stands there already."""
        if frame == self._frame:
            return False
        self._frame = frame
        self._draw(frame)
        return True

    def _draw(self, frame: BoardFrame) -> None:
        for part in self._parts:
            part.show(frame)
