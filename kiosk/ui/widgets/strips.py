"""Wide pieces: a strip that can be touched, a band that says what everybody should know."""

from pathlib import Path

from kivy.factory import Factory
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ColorProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.ui.styled import Styled
from kiosk.ui.widgets.base import Pressable


class Strip(Pressable):
    """A picture, a line, a hint. `strong`: something is chosen; `scan`: the scanner's own strip."""

    icon = StringProperty()
    title = StringProperty()
    hint = StringProperty()
    strong = BooleanProperty(False)
    scan = BooleanProperty(False)
    ink = ColorProperty()
    soft_ink = ColorProperty()


class PaperBand(Styled, BoxLayout):
    """What became of the paper: a full bar in the colour of the news, an arrow towards the slot where it helps."""

    icon = StringProperty()
    title = StringProperty()
    hint = StringProperty()
    ink = ColorProperty()
    arrow = BooleanProperty(False)


class Band(Styled, BoxLayout):
    """A warning over the whole width; takes no room while there is nothing to say."""

    text = StringProperty()


for _class in (Strip, PaperBand, Band):
    Factory.register(_class.__name__, cls=_class)
Builder.load_file(str(Path(__file__).with_name("strips.kv")))
