"""A kiosk without its glass: everything but the window, so that a test can be the visitor without one."""

from collections.abc import Callable

from contracts.settings.model import Device, Office
from kiosk.adapters.news import NewsInbox
from kiosk.adapters.printer import Printer
from kiosk.adapters.scanners import Scanners, event_of
from kiosk.adapters.server import Server
from kiosk.adapters.spool import Spool
from kiosk.driver import Driver
from kiosk.flow.effects import Effect, Keep, Print, SendCommand
from kiosk.flow.events import PaperResult, PrintEnded, Tick
from kiosk.flow.kiosk import Picture
from kiosk.flow.setup import Setup, setup_from
from runtime.clock import Clock
from runtime.endpoints import resolve
from runtime.mqtt import Broker
from runtime.paths import DataDir

NEWS_A_FRAME_MAX = 32
SCANNERS = ("scanner-serial", "scanner-wedge", "camera")


class KioskCore:
    """All parts of one kiosk but the window. start() → woken() when `wake` asked for it, tick() often … → stop()."""

    def __init__(
        self,
        office: Office,
        kiosk_id: str,
        broker: Broker,
        data: DataDir,
        clock: Clock,
        show: Callable[[Picture], None],
        new_id: Callable[[], str],
    ) -> None:
        """Raises Rejected for a kiosk or an address that the office file has wrong."""
        self._data, self._clock, self._new_id = data, clock, new_id
        devices = office.devices_at(kiosk_id)
        printers = ((d, resolve(d, data.root)) for d in devices if d.kind == "escpos")
        printer = next(((device, url) for device, url in printers if url), None)
        self.setup: Setup = setup_from(office, kiosk_id, has_printer=printer is not None)
        self.news = NewsInbox()
        self.server = Server(broker, office.id, self.news.put, clock)
        self._printer = self._open_printer(kiosk_id, *printer) if printer else None
        self._spool = Spool(data.spool / f"{kiosk_id}.sqlite", self.news.put, self.server.health, f"{kiosk_id}-spool")
        self._book = self._spool.open(self._printer.begun if self._printer else lambda _job: True)
        self.driver = Driver(self.setup, clock, self._perform, show, self._book)
        self.scanners = Scanners(
            [d for d in devices if d.kind in SCANNERS],
            lambda device: resolve(device, data.root),
            self.server.health,
            lambda: round(clock.mono_s() * 1000),
        )

    def _open_printer(self, kiosk_id: str, device: Device, url: str) -> Printer:
        ledger = self._data.spool / f"{kiosk_id}-prints.jsonl"
        return Printer(device, url, ledger, self.setup, put=self.news.put, health=self.server.health)

    def _perform(self, effect: Effect) -> None:
        match effect:
            case SendCommand():
                self.server.send(effect)
            case Print() if self._printer is not None:
                self._printer.print(effect)
            case Print():
                self.news.put(PrintEnded(effect.job_id, PaperResult.FAILED))
            case _:
                self._keep(effect)

    def _keep(self, effect: Keep) -> None:
        self._spool.keep(effect)

    def wake_with(self, wake: Callable[[], None]) -> None:
        """`wake` is called, from any thread, when `woken` has something to do."""
        self.news.wake = self.scanners.wake = wake

    def woken(self) -> bool:
        """Take in what other threads left; True when there is more."""
        scans = [event_of(arrival, self._new_id()) for arrival in self.scanners.inbox.drain()]
        events = [*self.news.take(NEWS_A_FRAME_MAX), *scans]
        if events:
            self.driver.handle(*events)
        return len(self.news) > 0

    def tick(self) -> None:
        """Time passed."""
        self.server.tick()
        self.driver.handle(Tick())

    def start(self) -> None:
        """Connect; look at the devices."""
        if self._book is not None:
            self._spool.start()
        self.server.start()
        if self._printer is not None:
            self._printer.start()
        self.scanners.start()

    def stop(self) -> None:
        """In the other order; the spool last, so that it hears of the last paper."""
        self.scanners.stop()
        if self._printer is not None:
            self._printer.stop()
        self.server.stop()
        self._spool.stop()
