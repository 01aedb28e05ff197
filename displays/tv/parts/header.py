"""Whose board this is, the date, the time."""

from kivy.graphics import InstructionGroup

from displays.board import BoardFrame
from displays.tv.pieces import Slab, Stage, Text
from displays.tv.words import Say


class Header:
    """The top bar."""

    def __init__(self, group: InstructionGroup, stage: Stage, say: Say) -> None:
        self._stage, self._say = stage, say
        self._bar = Slab(group)
        self._title, self._date = Text(group, "SemiBold"), Text(group)
        self._clock = Text(group, "Bold", tabular=True)

    def show(self, frame: BoardFrame) -> None:
        """Draw what differs."""
        spot, places, theme = (
            self._stage.whole(self._stage.layout.parts.header),
            self._stage.layout.header,
            self._stage.theme,
        )
        self._bar.show(spot, theme.surface)
        narrow = self._stage.width < self._stage.height
        self._title.show(spot, places.title, frame.short_title if narrow else frame.title, theme.ink)
        self._date.show(spot, places.date, self._say.words(frame.date), theme.muted)
        self._clock.show(spot, places.clock, frame.clock, theme.ink)
