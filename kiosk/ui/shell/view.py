"""The frame: office, clock, languages and contrast above; hotline and slogan below; the screen between them."""

from kivy.factory import Factory
from kivy.properties import ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.flow.events import ContrastTouched, GlassTouched, LanguageTouched
from kiosk.ui.screen import Piece
from kiosk.ui.styled import Styled
from kiosk.ui.widgets import load_kv


class Shell(Styled, BoxLayout):
    """The whole glass. The navigator puts its screens into `ids.body`."""

    vm = ObjectProperty(rebind=True)
    say = ObjectProperty()
    send = ObjectProperty()

    def on_touch_down(self, touch: object) -> bool:
        """A touch beside every button is still a sign of somebody."""
        taken = bool(super().on_touch_down(touch))
        if not taken:
            self.send(GlassTouched())
        return taken

    def contrast(self) -> None:
        """High contrast on or off."""
        self.send(ContrastTouched())


class LanguageButton(Piece):
    """One language."""

    def choose(self) -> None:
        """Everything in this language from now on."""
        self.send(LanguageTouched(self.item.lang))


Factory.register("LanguageButton", cls=LanguageButton)
load_kv(__file__)
