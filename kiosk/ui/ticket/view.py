"""The number, huge; what to expect; what became of the paper."""

from kiosk.flow.events import HomeTouched
from kiosk.flow.state import Paper
from kiosk.ui.screen import KioskScreen
from kiosk.ui.widgets import load_kv

ICONS = {Paper.PRINTING: "printer", Paper.TAKE: "check", Paper.LOOK: "info", Paper.TROUBLE: "warning"}
TONES = {Paper.PRINTING: "info", Paper.TAKE: "good", Paper.LOOK: "info", Paper.TROUBLE: "warn"}
ARROWS = frozenset({Paper.TAKE, Paper.LOOK})


class TicketScreen(KioskScreen):
    """See view.kv."""

    def icon(self, paper: Paper) -> str:
        """The shape beside what is said of the paper."""
        return ICONS[paper]

    def tone(self, paper: Paper) -> str:
        """Its colour."""
        return TONES[paper]

    def arrow(self, paper: Paper) -> bool:
        """True when the arrow towards the slot shows."""
        return paper in ARROWS

    def done(self) -> None:
        """The visitor has seen it."""
        self.send(HomeTouched())


load_kv(__file__)
