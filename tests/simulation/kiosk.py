"""A kiosk: all of the product but its window, its printer and its threads. What a person holds in the hand is `Paper`:
no crash takes it away.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from contracts.messages.common import IssuedTicket
from contracts.settings import Office
from kiosk.adapters.spool import Spool
from kiosk.core import KioskCore
from kiosk.flow.effects import Keep, KeepTicket, Print
from kiosk.flow.events import Event, PaperResult, PrintEnded, Tick
from kiosk.flow.state import State
from kiosk.printing.ledger import JobState, PrintLedger
from runtime.paths import DataDir
from tests.simulation.clock import SimClock
from tests.simulation.network import Network, address
from tests.simulation.world import Powered, World

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TICK_S = 0.5
BOOT_S = (2.0, 8.0)
PRINT_S = (0.5, 2.5)
KEEP_S = (0.001, 0.05)


@dataclass(frozen=True)
class Paper:
    """A printed ticket."""

    kiosk: str
    number: str
    day: str  # business day
    token: str
    job: str
    online: bool  # an answer of the server; otherwise a number of a block
    spool: int  # of which of the kiosk's spools, counted


class SimPrinter:
    """Prints a job id once, as the product's print worker does with the same record. Instead of kiosk.core.Printer."""

    def __init__(
        self, kiosk: "SimKiosk", _device: object, _url: str, ledger: Path, _setup: object, *,
        put: Callable[[Any], None], health: object,
    ) -> None:  # fmt: skip
        self._kiosk, self._put = kiosk, put
        self._ledger = PrintLedger(ledger)
        self._life = kiosk.life

    def start(self) -> None:
        """Nothing to look at."""

    def stop(self) -> None:
        """The file."""
        self._ledger.close()

    def begun(self, job_id: str) -> bool:
        """True when paper of this job may be out."""
        return self._ledger.state(job_id) is not None

    def print(self, effect: Print) -> None:
        """Paper comes out in the middle of it."""
        state = self._ledger.state(effect.job_id)
        if state is not None and state is not JobState.FAILED:
            self._put(PrintEnded(effect.job_id, PaperResult.UNKNOWN))
            return
        kiosk, world = self._kiosk, self._kiosk.world
        self._ledger.record(effect.job_id, JobState.STARTED)
        takes_s = world.between(*PRINT_S)

        def paper() -> None:
            if kiosk.life == self._life:
                kiosk.take_paper(effect.job_id, effect.ticket, offline=effect.offline)

        def done() -> None:
            if kiosk.life == self._life:
                self._ledger.record(effect.job_id, JobState.PRINTED)
                self._put(PrintEnded(effect.job_id, PaperResult.PRINTED))

        world.after(takes_s * 0.6, paper)
        world.after(takes_s, done)


class SimSpool(Spool):
    """The product's spool without its thread; the disk may be full."""

    def __init__(self, kiosk: "SimKiosk", *args: Any) -> None:
        super().__init__(*args)
        self._kiosk, self._life = kiosk, kiosk.life
        self._busy = False

    def start(self) -> None:
        """No thread."""

    def keep(self, effect: Keep) -> None:
        """Queue it; the world does it a moment later."""
        super().keep(effect)
        if not self._busy:
            self._busy = True
            self._kiosk.world.after(self._kiosk.world.between(*KEEP_S), self._next)

    def _next(self) -> None:
        if self._life != self._kiosk.life:
            return
        effect = self._jobs.get_nowait()
        assert effect is not None
        self._do(effect)
        self._busy = not self._jobs.empty()
        if self._busy:
            self._kiosk.world.after(self._kiosk.world.between(*KEEP_S), self._next)

    def _kept(self, effect: Keep) -> bool:
        return not (self._kiosk.full and isinstance(effect, KeepTicket)) and super()._kept(effect)


class SimKiosk(Powered):
    """One kiosk with its disk and its paper. `core` None: it is off."""

    def __init__(self, world: World, office: Office, net: Network, clock: SimClock, user: str, folder: Path) -> None:
        self.world, self.office, self.net, self.clock, self.user = world, office, net, clock, user
        self.folder = folder
        self.life = self.spools = 0
        self.full = False
        self.core: KioskCore | None = None
        self.on_paper: Callable[[Paper], None] = lambda _paper: None
        self.day: Callable[[], str] = lambda: ""
        self.untouched_since_s = 0.0
        self._drain_waits = False

    @property
    def state(self) -> State | None:
        """What the flow knows."""
        return self.core.driver.state if self.core is not None else None

    def boot(self) -> None:
        """As kiosk/bootstrap.py does it."""
        if self.core is not None:
            return
        self.life += 1
        self.world.note(f"{self.user} boots")
        self.folder.mkdir(parents=True, exist_ok=True)
        with (
            patch("kiosk.core.Printer", partial(SimPrinter, self)),
            patch("kiosk.core.Spool", partial(SimSpool, self)),
        ):
            self.core = KioskCore(
                self.office, self.user, address(self.net, self.user), DataDir(self.folder), self.clock.clock(),
                lambda _picture: None, self.world.uuid,
            )  # fmt: skip
        self._drain_waits = False
        self.core.wake_with(self._wake)
        self.untouched_since_s = self.world.now_s
        self.core.driver.handle(Tick())
        self.core.start()
        self._tick(self.life)

    def cut(self) -> None:
        """Power cut."""
        if self.core is None:
            return
        self.world.note(f"{self.user} loses power")
        self.close()
        self.world.after(self.world.between(*BOOT_S), self.boot)

    def replace(self) -> None:
        """Another box takes its place; nobody saved the old one's disk."""
        self.world.note(f"{self.user} is replaced")
        self.spools += 1
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.world.after(self.world.between(*BOOT_S), self.boot)

    def close(self) -> None:
        """Off at once."""
        self.life += 1
        client = self.net.clients.get(self.user)
        if client is not None:
            client.kill()
        core, self.core = self.core, None
        if core is not None:
            if core._printer is not None:
                core._printer.stop()
            if core._spool._file is not None:
                core._spool._file.close()

    def touch(self, event: Event) -> None:
        """Somebody touches the glass."""
        if self.core is not None:
            self.untouched_since_s = self.world.now_s
            self.core.driver.handle(event)

    def take_paper(self, job: str, ticket: IssuedTicket, *, offline: bool) -> None:
        """Somebody holds it now."""
        day = self.day() if offline else ticket.issued_at.astimezone(ZONE).date().isoformat()
        self.world.note(f"{self.user} prints {ticket.number}" + (" offline" if offline else ""))
        self.on_paper(Paper(self.user, ticket.number, day, ticket.token, job, not offline, self.spools))

    def _wake(self) -> None:
        if self._drain_waits:
            return
        self._drain_waits = True
        life = self.life

        def drain() -> None:
            if life == self.life and self.core is not None:
                self._drain_waits = False
                if self.core.woken():
                    self._wake()

        self.world.after(0.004, drain)

    def _tick(self, life: int) -> None:
        if life != self.life or self.core is None:
            return
        self.core.tick()
        self.world.after(TICK_S, lambda: self._tick(life))
