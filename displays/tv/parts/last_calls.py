"""The calls before the large one, for whoever looked away."""

from kivy.graphics import InstructionGroup

from displays.board import BoardFrame, CallLine
from displays.tv.parts.names import short_name
from displays.tv.pieces import Slab, Spot, Stage, Text
from displays.tv.words import Say


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
        for i in range(len(self._cells)):
            cell = area.cell(i % places.columns, i // places.columns, places.columns, places.rows, gap, places.cell)
            self._cell(i, cell, frame.last_calls[i] if i < len(frame.last_calls) else None)

    def _cell(self, i: int, cell: Spot, call: CallLine | None) -> None:
        theme, places = self._stage.theme, self._stage.layout.last_calls
        number, name = self._cells[i]
        number.show(cell, places.number, call.number if call else "", theme.ink)
        name.show(cell, places.name, short_name(cell, places.name, call.counter_name) if call else "", theme.muted)
