"""Services as cards, priority, and the strip for receipts."""

from kivy.factory import Factory

from kiosk.flow.events import PriorityAsked, ScanHelpTouched, ServiceTouched
from kiosk.ui.ids import new_id
from kiosk.ui.screen import KioskScreen, Piece
from kiosk.ui.widgets import load_kv

CARDS_WIDE_MAX = 12
"""More services than this need another column."""


class HomeScreen(KioskScreen):
    """See view.kv."""

    def columns(self, cards: int) -> int:
        """How many columns so many cards need."""
        usual = int(self.style.s.card_columns)
        return usual if cards <= CARDS_WIDE_MAX else usual + 1

    def priority(self) -> None:
        """Somebody says that priority is due."""
        self.send(PriorityAsked())

    def scan_help(self) -> None:
        """The strip was touched: it is no button, so it explains itself."""
        self.send(ScanHelpTouched())


class ServiceCard(Piece):
    """One service."""

    def choose(self) -> None:
        """One touch, one command id."""
        self.send(ServiceTouched(self.item.service, new_id()))


Factory.register("ServiceCard", cls=ServiceCard)
load_kv(__file__)
