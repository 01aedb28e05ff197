"""The calls before the large one, for whoever looked away."""

from kivy.graphics import InstructionGroup

from displays.board import BoardFrame, CallLine
from displays.tv.parts.names import short_name
from displays.tv.pieces import Slab, Spot, Stage, Text
from displays.tv.words import Say, split_name


class LastCalls:
    """A few small cells, newest first; a layout may leave them out."""

    def __init__(self, group: InstructionGroup, stage: Stage, say: Say) -> None:
        self._stage, self._say = stage, say
        self._card = Slab(group, stage.layout.radius * stage.scale)
        self._title = Text(group, "SemiBold")
        places = stage.layout.last_calls
        count = places.columns * places.rows
        self._cells = [(Text(group, "Bold"), Text(group)) for _ in range(count)]

    def show(self, frame: BoardFrame) -> None:
        """Draw what differs."""
        if not self._cells:
            return
        theme, places = self._stage.theme, self._stage.layout.last_calls
        spot = self._stage.whole(self._stage.layout.parts.last_calls)
        self._card.show(spot, theme.surface)
        self._title.show(spot, places.title, self._say.key("board.last_calls"), theme.ink)
        gap = 0.0
        area = spot.at(places.list)
        cells = [
            area.cell(i % places.columns, i // places.columns, places.columns, places.rows, gap, places.cell)
            for i in range(len(self._cells))
        ]
        calls = [*frame.last_calls[: len(cells)], *[None] * (len(cells) - len(frame.last_calls))]
        short = any(c and short_name(cells[0], places.name, c.counter_name) != c.counter_name for c in calls)
        for i, (cell, call) in enumerate(zip(cells, calls, strict=True)):
            self._cell(i, cell, call, short=short)

    def _cell(self, i: int, cell: Spot, call: CallLine | None, *, short: bool) -> None:
        theme, places = self._stage.theme, self._stage.layout.last_calls
        number, name = self._cells[i]
        number.show(cell, places.number, call.number if call else "", theme.ink)
        named = split_name(call.counter_name) if call and short else None  # "Counter 2" beside a bare "4" looks wrong
        name.show(cell, places.name, named[1] if named else call.counter_name if call else "", theme.muted)
