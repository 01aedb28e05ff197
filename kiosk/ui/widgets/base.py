"""Labels, surfaces, buttons and pictures in the kiosk's style."""

from pathlib import Path

from kivy.core.text import Label as TextMeasure
from kivy.factory import Factory
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.image import Image
from kivy.uix.label import Label
from kivy.uix.widget import Widget

from kiosk.ui.styled import Styled


class Words(Styled, Label):
    """A text that wraps to its width and is as high as it needs; never clipped, never shrunk."""

    weight = StringProperty("regular")


class OneLine(Styled, Label):
    """A text of one line that is as wide as it needs."""

    weight = StringProperty("regular")


class Fitted(OneLine):
    """A text of one line in type of `size_max` px, or smaller where it would not fit: it never wraps."""

    size_max = NumericProperty(1)

    def fit(self, text: str, font: str, size_max: float, width: float) -> float:
        """The type size, in whole px, in which `text` is at most `width` wide."""
        size = size_max
        while size > 1 and (wide := TextMeasure(font_name=font, font_size=size).get_extents(text)[0]) > width:
            size = max(1, min(size - 1, int(size * width / wide)))
        return size


class Surface(Styled, BoxLayout):
    """A rounded sheet with one soft shadow."""

    fill = ColorProperty()
    edge = ColorProperty()
    radius = NumericProperty()
    raised = BooleanProperty(True)


class Pressable(ButtonBehavior, Surface):
    """A sheet that can be touched; an inert one takes touches and does nothing."""

    inert = BooleanProperty(False)


class Push(Pressable):
    """A button: a picture and a few words. `main`: the one thing to do on this screen."""

    text = StringProperty()
    icon = StringProperty()
    main = BooleanProperty(False)
    ink = ColorProperty()


class Icon(Styled, Image):
    """A white picture in a colour."""

    name = StringProperty()
    size_px = NumericProperty()


class Badge(Styled, BoxLayout):
    """A letter or a picture on a tinted square or circle."""

    fill = ColorProperty()
    edge = ColorProperty()
    ink = ColorProperty()
    letter = StringProperty()
    icon = StringProperty()
    radius = NumericProperty()
    size_px = NumericProperty()


class Rule(Styled, Widget):
    """A thin line."""


for _class in (Words, OneLine, Fitted, Surface, Pressable, Push, Icon, Badge, Rule):
    Factory.register(_class.__name__, cls=_class)
Builder.load_file(str(Path(__file__).with_name("base.kv")))
