"""What happened, what a person can do, where staff are."""

from kiosk.flow.events import HomeTouched
from kiosk.ui.screen import KioskScreen
from kiosk.ui.widgets import load_kv


class NoticeScreen(KioskScreen):
    """See view.kv."""

    def home(self) -> None:
        """Understood."""
        self.send(HomeTouched())


load_kv(__file__)
