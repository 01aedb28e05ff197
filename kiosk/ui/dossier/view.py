"""The verdict first, then the step line, the facts, and what to do next."""

from kivy.factory import Factory

from kiosk.flow.events import HomeTouched, ServiceTouched
from kiosk.flow.verdict import Progress, Tone
from kiosk.ui.ids import new_id
from kiosk.ui.screen import KioskScreen, Piece
from kiosk.ui.widgets import load_kv

TONES = {Tone.GOOD: "check", Tone.INFO: "info", Tone.WARN: "warning", Tone.BAD: "clock"}
MARKS = {Progress.DONE: "check", Progress.CURRENT: "clock", Progress.TODO: "", Progress.STOPPED: "cross"}


class DossierScreen(KioskScreen):
    """See view.kv."""

    def mark(self, tone: Tone) -> str:
        """The shape beside the verdict."""
        return TONES[tone]

    def home(self) -> None:
        """The visitor has read it."""
        self.send(HomeTouched())

    def take(self) -> None:
        """A ticket for this dossier."""
        if self.vm.service:
            self.send(ServiceTouched(self.vm.service, new_id()))


class DossierStop(Piece):
    """One stop of the step line."""

    def mark(self, progress: Progress) -> str:
        """Its shape."""
        return MARKS[progress]


class DossierFact(Piece):
    """One row of facts."""


for _class in (DossierStop, DossierFact):
    Factory.register(_class.__name__, cls=_class)
load_kv(__file__)
