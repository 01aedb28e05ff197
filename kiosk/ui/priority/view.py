"""The office's priority classes, one button each."""

from kivy.factory import Factory

from kiosk.flow.events import PriorityTouched
from kiosk.ui.screen import KioskScreen, Piece
from kiosk.ui.widgets import load_kv


class PriorityScreen(KioskScreen):
    """See view.kv."""


class PriorityChoice(Piece):
    """One class, or none of them."""

    def choose(self) -> None:
        """This one; the services come next."""
        self.send(PriorityTouched(self.item.code))


Factory.register("PriorityChoice", cls=PriorityChoice)
load_kv(__file__)
