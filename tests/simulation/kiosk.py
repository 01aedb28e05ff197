"""A kiosk: the product's flow, driver, news box, server adapter and print record; a printer whose paper is the truth.

What a person holds in the hand is `Paper`: no crash takes it away.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from contracts.messages.common import IssuedTicket
from contracts.settings import Office
from kiosk.adapters.news import NewsInbox
from kiosk.adapters.server import Server
from kiosk.driver import Driver
from kiosk.flow.effects import Effect, Print, SendCommand
from kiosk.flow.events import Event, PaperResult, PrintEnded, Tick
from kiosk.flow.setup import setup_from
from kiosk.flow.state import State
from kiosk.printing.ledger import JobState, PrintLedger
from tests.simulation.clock import SimClock
from tests.simulation.network import Network, address
from tests.simulation.world import Powered, World

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TICK_S = 0.5
NEWS_A_FRAME_MAX = 32
BOOT_S = (2.0, 8.0)
PRINT_S = (0.5, 2.5)


@dataclass(frozen=True)
class Paper:
    """A printed ticket."""

    kiosk: str
    number: str
    day: str  # business day, as the kiosk was told
    token: str
    job: str
    online: bool  # an answer of the server; otherwise a number of a block


class SimPrinter:
    """Prints a job id once, as the product's print worker does with the same record."""

    def __init__(self, kiosk: "SimKiosk") -> None:
        self._kiosk = kiosk
        self._ledger = PrintLedger(kiosk.folder / "prints.jsonl")

    def print(self, effect: Print) -> None:
        """Paper comes out in the middle of it."""
        state = self._ledger.state(effect.job_id)
        if state is not None and state is not JobState.FAILED:
            self._end(effect.job_id, PaperResult.UNKNOWN)
            return
        kiosk, world = self._kiosk, self._kiosk.world
        life = kiosk.life
        self._ledger.record(effect.job_id, JobState.STARTED)
        takes_s = world.between(*PRINT_S)

        def paper() -> None:
            if kiosk.life == life:
                kiosk.take_paper(effect.job_id, effect.ticket)

        def done() -> None:
            if kiosk.life == life:
                self._ledger.record(effect.job_id, JobState.PRINTED)
                self._end(effect.job_id, PaperResult.PRINTED)

        world.after(takes_s * 0.6, paper)
        world.after(takes_s, done)

    def close(self) -> None:
        """The file."""
        self._ledger.close()

    def _end(self, job_id: str, result: PaperResult) -> None:
        if self._kiosk.news is not None:
            self._kiosk.news.put(PrintEnded(job_id, result))


class SimKiosk(Powered):
    """One kiosk with its disk and its paper. `driver` None: it is off."""

    def __init__(self, world: World, office: Office, net: Network, clock: SimClock, user: str, folder: Path) -> None:
        self.world, self.office, self.net, self.clock, self.user = world, office, net, clock, user
        self.folder = folder
        self.papers: list[Paper] = []
        self.life = 0
        self.driver: Driver | None = None
        self.server: Server | None = None
        self.news: NewsInbox | None = None
        self.on_paper: Callable[[Paper], None] = lambda _paper: None
        self.untouched_since_s = 0.0
        self._printer: SimPrinter | None = None
        self._drain_waits = False

    @property
    def state(self) -> State | None:
        """What the flow knows."""
        return self.driver.state if self.driver is not None else None

    def boot(self) -> None:
        """As kiosk/bootstrap.py does it."""
        if self.driver is not None:
            return
        self.life += 1
        self.world.note(f"{self.user} boots")
        clock = self.clock.clock()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.news = NewsInbox()
        self.news.wake = self._wake
        self._drain_waits = False
        setup = setup_from(self.office, self.user, has_printer=True)
        self.server = Server(address(self.net, self.user), self.office.id, self.news.put, clock)
        self._printer = SimPrinter(self)
        self.driver = Driver(setup, clock, self._perform, lambda _picture: None)
        self.untouched_since_s = self.world.now_s
        self.driver.handle(Tick())
        self.server.start()
        self._tick(self.life)

    def cut(self) -> None:
        """Power cut."""
        if self.driver is None:
            return
        self.world.note(f"{self.user} loses power")
        self.life += 1
        client = self.net.clients.get(self.user)
        if client is not None:
            client.kill()
        if self._printer is not None:
            self._printer.close()
        self.driver = self.server = self.news = self._printer = None
        self.world.after(self.world.between(*BOOT_S), self.boot)

    def close(self) -> None:
        """The simulation is over."""
        if self._printer is not None:
            self._printer.close()
            self._printer = None

    def touch(self, event: Event) -> None:
        """Somebody touches the glass."""
        if self.driver is not None:
            self.untouched_since_s = self.world.now_s
            self.driver.handle(event)

    def take_paper(self, job: str, ticket: IssuedTicket) -> None:
        """Somebody holds it now."""
        day = ticket.issued_at.astimezone(ZONE).date().isoformat()
        paper = Paper(self.user, ticket.number, day, ticket.token, job, online=True)
        self.papers.append(paper)
        self.world.note(f"{self.user} prints {ticket.number}")
        self.on_paper(paper)

    def _perform(self, effect: Effect) -> None:
        match effect:
            case SendCommand() if self.server is not None:
                self.world.note(f"{self.user} sends {effect.verb} {effect.message.id[:8]}")
                self.server.send(effect)
            case Print() if self._printer is not None:
                self._printer.print(effect)

    def _wake(self) -> None:
        if self._drain_waits:
            return
        self._drain_waits = True
        life = self.life

        def drain() -> None:
            if life == self.life and self.driver is not None and self.news is not None:
                self._drain_waits = False
                self.driver.handle(*self.news.take(NEWS_A_FRAME_MAX))
                if len(self.news):
                    self._wake()

        self.world.after(0.004, drain)

    def _tick(self, life: int) -> None:
        if life != self.life or self.driver is None or self.server is None:
            return
        self.server.tick()
        self.driver.handle(Tick())
        self.world.after(TICK_S, lambda: self._tick(life))
