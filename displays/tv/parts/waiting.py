"""Who waits for what, and how long a ticket taken now would wait."""

import math

from kivy.graphics import InstructionGroup

from displays.board import BoardFrame, ServiceLine, Words
from displays.tv.pieces import Slab, Spot, Stage, Text
from displays.tv.words import Say


class _Line:
    """A service."""

    def __init__(self, group: InstructionGroup, stage: Stage, say: Say) -> None:
        self._stage, self._say = stage, say
        self._badge, self._letter = Slab(group, stage.layout.radius * stage.scale * 0.6), Text(group, "Bold")
        self._name, self._wait = Text(group, "SemiBold"), Text(group)
        self._count = Text(group, "Bold")

    def show(self, spot: Spot, line: ServiceLine | None) -> None:
        """Draw what differs; None empties it."""
        theme, places = self._stage.theme, self._stage.layout.waiting
        if line is None:
            self._badge.show(spot, None)
            for piece in (self._letter, self._name, self._wait, self._count):
                piece.hide()
            return
        tint = theme.services.get(line.code, theme.services["default"]) if line.open else theme.line
        self._badge.show(spot.at(places.badge), tint)
        self._letter.show(spot, places.badge, line.code, theme.page if line.open else theme.muted)
        self._name.show(spot, places.name, line.name, theme.ink if line.open else theme.muted)
        self._wait.show(spot, places.wait, self._say.words(line.wait), theme.muted)
        self._count.show(spot, places.count, str(line.waiting) if line.open or line.waiting else "–", theme.ink)


class Waiting:
    """The list; more services than lines turn page by page."""

    def __init__(self, group: InstructionGroup, stage: Stage, say: Say) -> None:
        self._stage, self._say = stage, say
        self._card = Slab(group, stage.layout.radius * stage.scale)
        self._title, self._total = Text(group, "SemiBold"), Text(group)
        self._lines = [_Line(group, stage, say) for _ in range(stage.layout.waiting.rows)]

    def show(self, frame: BoardFrame) -> None:
        """Draw what differs."""
        theme, places = self._stage.theme, self._stage.layout.waiting
        spot = self._stage.whole(self._stage.layout.parts.waiting)
        self._card.show(spot, theme.surface)
        self._title.show(spot, places.title, self._say.key("board.waiting"), theme.ink)
        total = self._say.words(Words("board.waiting.people", {"count": frame.waiting}))
        self._total.show(spot, places.total, total, theme.muted)
        page = page_of(frame.services, frame.page, places.rows)
        area = spot.at(places.list)
        for i, line in enumerate(self._lines):
            cell = area.cell(0, i, 1, places.rows, 0, places.cell)
            line.show(cell, page[i] if i < len(page) else None)


def page_of(lines: tuple[ServiceLine, ...], page: int, size: int) -> tuple[ServiceLine, ...]:
    """The lines of a page; pages follow each other round and round."""
    pages = max(1, math.ceil(len(lines) / size))
    start = page % pages * size
    return lines[start : start + size]
