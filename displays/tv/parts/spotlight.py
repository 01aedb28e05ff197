"""The large call."""

from kivy.graphics import InstructionGroup

from displays.board import BoardFrame, Mood, SpotlightView
from displays.tv import glyphs
from displays.tv.pieces import Mark, Slab, Spot, Stage, Text
from displays.tv.words import Say, split_name


class Spotlight:
    """Number, counter and direction; lit during the pulses of a new call."""

    def __init__(self, group: InstructionGroup, stage: Stage, say: Say) -> None:
        self._stage, self._say = stage, say
        self._card = Slab(group, stage.layout.radius * stage.scale)
        self._label, self._also = Text(group, "SemiBold"), Text(group)
        self._number = Text(group, "Bold")  # its own figures: cells of one width tear a "001" apart
        self._service, self._word = Text(group), Text(group, "SemiBold")
        self._counter, self._name = Text(group, "Bold", tabular=True), Text(group, "Bold")
        self._name_second = Text(group, "Bold")
        self._arrow, self._welcome = Mark(group), Text(group, "SemiBold")
        self._all = (
            self._label, self._also, self._number, self._service, self._word, self._counter, self._name,
            self._name_second, self._arrow, self._welcome,
        )  # fmt: skip

    def show(self, frame: BoardFrame) -> None:
        """Draw what differs."""
        spot, theme = self._stage.whole(self._stage.layout.parts.spotlight), self._stage.theme
        call = frame.spotlight
        self._card.show(spot, theme.called if call and call.lit else theme.surface)
        if call is None:
            self._nobody(spot)
        else:
            self._welcome.hide()
            self._call(spot, call)

    def _nobody(self, spot: Spot) -> None:
        for piece in self._all:
            if piece not in (self._welcome, self._also):
                piece.hide()
        places, theme = self._stage.layout.spotlight, self._stage.theme
        self._welcome.show(spot, places.welcome, self._say.key("board.welcome"), theme.ink)
        self._also.show(spot, places.welcome_second, self._say.also("board.welcome"), theme.muted)

    def _call(self, spot: Spot, call: SpotlightView) -> None:
        places, theme = self._stage.layout.spotlight, self._stage.theme
        past = call.mood is Mood.PAST
        ink = theme.page if call.lit else theme.ink
        quiet = theme.page if call.lit else theme.muted
        number = theme.page if call.lit else theme.ink if past else theme.called
        key = "board.last_called" if past else "board.now_calling"
        end = self._label.show(spot, places.label, self._say.key(key), ink)
        self._second_label(spot, key, end, quiet)
        self._number.show(spot, places.number, call.number, number)
        self._service.show(spot, places.service, call.service_name, quiet)
        self._where(spot, call, ink, number)

    def _second_label(self, spot: Spot, key: str, end: float, colour: str) -> None:
        """Behind the first one, a gap apart, smaller."""
        x, y, w, h, px, _ = self._stage.layout.spotlight.label
        used = (end - spot.x) / spot.sx - x + self._stage.layout.gap
        small = max(self._stage.layout.text_min, px * 0.72)
        if used < w:
            self._also.show(spot, (x + used, y, w - used, h, small, "left"), self._say.also(key), colour)

    def _where(self, spot: Spot, call: SpotlightView, ink: str, number: str) -> None:
        places = self._stage.layout.spotlight
        named = split_name(call.counter_name)
        if named is None:
            self._word.hide()
            self._counter.hide()
            face = glyphs.Face("Bold", round(places.name[4] * spot.sy))
            first, second = glyphs.two_lines(call.counter_name, face, spot.at(places.name).w)
            self._name.show(spot, places.name, first, ink)
            self._name_second.show(spot, places.name_second, second, ink)
            self._arrow.show(spot, places.name_arrow, call.arrow, number)
            return
        self._name.hide()
        self._name_second.hide()
        self._word.show(spot, places.word, named[0], ink)
        self._counter.show(spot, places.counter if call.arrow else places.counter_alone, named[1], number)
        self._arrow.show(spot, places.arrow, call.arrow, number)
