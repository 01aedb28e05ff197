"""The bottom line: one short text at a time (pages, no scrolling), and the marker of a doubtful board."""

from kivy.graphics import InstructionGroup

from displays.board import BoardFrame
from displays.tv.pieces import Mark, Slab, Stage, Text
from displays.tv.words import Say


class Ticker:
    """Turns with the frame's page."""

    def __init__(self, group: InstructionGroup, stage: Stage, say: Say) -> None:
        self._stage, self._say = stage, say
        self._bar, self._text = Slab(group), Text(group)
        self._pill = Slab(group, stage.layout.radius * stage.scale)
        self._stale, self._mark = Text(group, "SemiBold"), Mark(group)

    def show(self, frame: BoardFrame) -> None:
        """Draw what differs."""
        theme, places = self._stage.theme, self._stage.layout.ticker
        spot = self._stage.whole(self._stage.layout.parts.ticker)
        self._bar.show(spot, theme.surface)
        page = frame.ticker[frame.page % len(frame.ticker)] if frame.ticker else None
        self._text.show(spot, places.text, self._say.words(page) if page else "", theme.ink)
        self._pill.show(spot.at(places.pill), theme.warn if frame.stale else None)
        self._stale.show(spot, places.stale, self._say.words(frame.stale) if frame.stale else "", theme.page)
        self._mark.show(spot, places.mark, "!" if frame.stale else "", theme.page)
