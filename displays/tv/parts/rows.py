"""Every counter and its number, all at once."""

from kivy.graphics import InstructionGroup

from displays.board import BoardFrame, CounterRow, RowLook
from displays.tv.layout import Place, RowPlaces, grid, rows_max
from displays.tv.parts.names import short_name
from displays.tv.pieces import Mark, Slab, Spot, Stage, Text
from displays.tv.words import Say

NOBODY = "–"
EDGE = 4  # layout px of the frame around the counter that the spotlight shows


class Row:
    """One counter."""

    def __init__(self, group: InstructionGroup, stage: Stage, say: Say) -> None:
        self._stage, self._say = stage, say
        radius = stage.layout.radius * stage.scale
        self._edge, self._card = Slab(group, radius), Slab(group, radius * 0.8)
        self._number, self._idle = Text(group, "Bold"), Text(group)
        self._name, self._word = Text(group, "SemiBold"), Text(group)
        self._arrow = Mark(group)

    def show(self, spot: Spot, row: CounterRow) -> None:
        """Draw what differs."""
        theme, places = self._stage.theme, self._stage.layout.rows
        called, quiet = row.look is RowLook.CALLED, row.number is None
        edge = EDGE * self._stage.scale
        inside = Spot(spot.stage, spot.x + edge, spot.y + edge, spot.w - 2 * edge, spot.h - 2 * edge, spot.sx, spot.sy)
        framed = row.spot and called
        self._edge.show(spot, theme.called if framed else None)
        self._card.show(inside if framed else spot, theme.surface)
        word = self._say.words(row.word)
        self._number.show(spot, places.number, row.number or "", theme.called if called else theme.ink)
        beside = places.word[2] > 0 and places.word[4] * spot.sy >= self._stage.text_min_px
        name = places.name if beside else _alone(places)
        self._idle.show(spot, places.idle, (NOBODY if beside else word) if quiet else "", theme.muted)
        self._name.show(spot, name, short_name(spot, name, row.name), theme.muted if quiet else theme.ink)
        self._word.show(spot, places.word, word if beside else "", theme.called if called else theme.muted)
        self._arrow.show(spot, places.arrow, row.arrow if called else "", theme.called)


class Rows:
    """The grid; rebuilt only when the number of counters changes."""

    def __init__(self, group: InstructionGroup, stage: Stage, say: Say) -> None:
        self._stage, self._say = stage, say
        self._group = InstructionGroup()
        group.add(self._group)
        self._rows: list[Row] = []

    def show(self, frame: BoardFrame) -> None:
        """Draw what differs."""
        places = self._stage.layout.rows
        shown = fitting(frame.rows, rows_max(places))
        if len(shown) != len(self._rows):
            self._group.clear()
            self._rows = [Row(self._group, self._stage, self._say) for _ in shown]
        columns, lines = grid(len(shown), places)
        whole, gap = self._stage.whole(self._stage.layout.parts.rows), self._stage.layout.gap * self._stage.scale
        for i, (piece, row) in enumerate(zip(self._rows, shown, strict=True)):
            piece.show(whole.cell(i // lines, i % lines, columns, lines, gap, places.cell), row)


def _alone(places: RowPlaces) -> Place:
    """The name without a word under it: as high as the number."""
    x, _, w, _, px, align = places.name
    return x, places.number[1], w, places.number[3], px, align


def fitting(rows: tuple[CounterRow, ...], limit: int) -> tuple[CounterRow, ...]:
    """At most `limit` rows in their order; those with a number stay before those without."""
    if len(rows) <= limit:
        return rows
    ranked = sorted(rows, key=lambda row: (row.number is None, row.look is RowLook.CLOSED, row.n))
    kept = {row.n for row in ranked[:limit]}
    return tuple(row for row in rows if row.n in kept)
