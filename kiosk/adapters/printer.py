"""The receipt printer as the kiosk uses it: prints on its own thread, tells its health when that changes."""

from collections.abc import Callable
from pathlib import Path

from contracts.errors import Rejected
from contracts.messages.devices import HealthState
from contracts.settings.model import Device
from kiosk.adapters.address import with_line_speed
from kiosk.adapters.ticket_text import content_of
from kiosk.flow.effects import Print
from kiosk.flow.events import News, PaperResult, PrintEnded, PrinterSeen
from kiosk.flow.setup import Setup
from kiosk.printing.ledger import PrintLedger
from kiosk.printing.port import open_printer
from kiosk.printing.status import PrinterState, PrinterStatus
from kiosk.printing.worker import PrintJob, PrintOutcome, PrintWorker
from runtime.log import get_logger

Health = Callable[[str, HealthState, str | None, str], None]

_HEALTH = {
    PrinterState.OK: HealthState.OK,
    PrinterState.PAPER_LOW: HealthState.WARN,
    PrinterState.UNKNOWN: HealthState.UNKNOWN,
}
_log = get_logger("printer")


class Printer:
    """One printer. start() → print() … → stop(). News go to `put`, from the printing thread."""

    def __init__(
        self, device: Device, url: str, ledger: Path, setup: Setup, *, put: Callable[[News], None], health: Health
    ) -> None:
        """Raises Rejected `config_invalid` for an address that can never work, `data_unwritable` for the ledger."""
        self._device, self._setup, self._put, self._health = device, setup, put, health
        self._told: PrinterState | None = None
        port = open_printer(with_line_speed(device, url), paper_mm=device.paper_mm)
        self._ledger = PrintLedger(ledger)
        self._worker = PrintWorker(port, self._ledger, self._ended, self._looked)

    def start(self) -> None:
        """Begin with a look at the printer."""
        self._worker.start()

    def stop(self) -> None:
        """Let the running job end."""
        self._worker.stop()

    def begun(self, job_id: str) -> bool:
        """True when paper of this job may be out: it was begun, now or before a crash."""
        return self._ledger.state(job_id) is not None

    def print(self, effect: Print) -> None:
        """Queue a ticket; a refusal comes as news, as every other outcome."""
        try:
            self._worker.submit(PrintJob(effect.job_id, content_of(self._setup, effect.ticket, offline=effect.offline)))
        except Rejected as why:
            _log.warning("print_refused", job=effect.job_id, code=why.code, detail=why.detail)
            self._put(PrintEnded(effect.job_id, PaperResult.FAILED, why.code))

    def _ended(self, outcome: PrintOutcome) -> None:
        self._put(PrintEnded(outcome.job_id, PaperResult(outcome.result.value), outcome.code))

    def _looked(self, status: PrinterStatus) -> None:
        if status.state is self._told:
            return
        self._told = status.state
        self._put(PrinterSeen(status.fault_code))
        state = _HEALTH.get(status.state, HealthState.FAULT)
        self._health(self._device.id, state, status.fault_code, status.detail)
