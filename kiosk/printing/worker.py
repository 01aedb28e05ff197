"""Printing happens here, on a thread of its own: the UI hands jobs over and is called back.

Callbacks run on the worker's thread; the UI must hop to its own (kivy.clock.mainthread or alike).
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contracts.errors import Rejected
from kiosk.printing.content import TicketContent
from kiosk.printing.escpos import raster_job, text_job
from kiosk.printing.layout import render
from kiosk.printing.ledger import JOB_ID_CHARS_MAX, JobState, PrintLedger
from kiosk.printing.links import PrinterFault
from kiosk.printing.port import Delivery, PrinterPort
from kiosk.printing.status import PrinterStatus
from kiosk.printing.url import PrinterUrl, TicketLayout
from runtime.log import get_logger

QUEUE_JOBS_MAX: Final = 8
"""People in front of one kiosk; more waiting jobs mean a dead printer, so say so at once."""
STATUS_EVERY_S: Final = 15.0
"""Idle look at the printer, so that the kiosk knows before it sells a number."""

_log = get_logger("printing")


class PrintResult(StrEnum):
    """What the citizen is told: take your ticket, it failed, or look whether it came."""

    PRINTED = "printed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PrintJob:
    """One ticket to print. The same `job_id` prints once, unless `reprint`."""

    job_id: str
    content: TicketContent
    reprint: bool = False


@dataclass(frozen=True, slots=True)
class PrintOutcome:
    """The end of a job. `code` (contracts.errors) and `detail` only with FAILED."""

    job_id: str
    result: PrintResult
    code: str | None = None
    detail: str = ""


_PAST: Final = {
    JobState.PRINTED: PrintResult.PRINTED,
    JobState.UNKNOWN: PrintResult.UNKNOWN,
    JobState.STARTED: PrintResult.UNKNOWN,
}
_RESULT: Final = {
    Delivery.PROVEN: PrintResult.PRINTED,
    Delivery.HEALTHY: PrintResult.PRINTED,
    Delivery.BLIND: PrintResult.UNKNOWN,
}


class PrintWorker:
    """One printer's queue. start() → submit() … → stop()."""

    def __init__(
        self,
        port: PrinterPort,
        ledger: PrintLedger,
        on_outcome: Callable[[PrintOutcome], None],
        on_status: Callable[[PrinterStatus], None] | None = None,
        *,
        status_every_s: float = STATUS_EVERY_S,
    ) -> None:
        """`on_status` is called after each look: at start, when asked, after a failure, when idle."""
        self._port = port
        self._ledger = ledger
        self._on_outcome = on_outcome
        self._on_status = on_status
        self._status_every_s = status_every_s
        self._jobs: queue.Queue[PrintJob | None] = queue.Queue(QUEUE_JOBS_MAX)
        self._waiting: set[str] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="printing", daemon=True)

    def start(self) -> None:
        """Begin; the first thing is a look at the printer."""
        self._thread.start()

    def submit(self, job: PrintJob) -> None:
        """Queue a job; a job id that already waits is not queued twice. Never blocks.

        Raises Rejected: `busy` when the queue is full, `malformed` for an unusable job id,
        `internal` when the thread has died of a bug (its trace is in the log).
        """
        if not 0 < len(job.job_id) <= JOB_ID_CHARS_MAX:
            raise Rejected("malformed", f"a print job id has 1-{JOB_ID_CHARS_MAX} characters")
        if not self._thread.is_alive():
            raise Rejected("internal", "the print worker is not running")
        with self._lock:
            if job.job_id in self._waiting:
                return
            try:
                self._jobs.put_nowait(job)
            except queue.Full:
                raise Rejected("busy", f"{QUEUE_JOBS_MAX} print jobs wait already") from None
            self._waiting.add(job.job_id)

    def check_status(self) -> None:
        """Ask for a look soon; the answer comes through `on_status`. Jobs go first, and one that
        waits anyway ends with a look if it fails."""
        try:
            self._jobs.put_nowait(None)
        except queue.Full:
            return

    def stop(self, wait_s: float = 2.0) -> None:
        """End after the running job. Jobs still waiting are reported UNKNOWN by the next start's
        ledger only if they had begun; unbegun ones simply did not happen."""
        self._stopping.set()
        self.check_status()
        self._thread.join(wait_s)

    def _run(self) -> None:
        self._look()
        while not self._stopping.is_set():
            try:
                job = self._jobs.get(timeout=self._status_every_s)
            except queue.Empty:
                job = None
            if self._stopping.is_set():
                return
            if job is None:
                self._look()
            else:
                self._do(job)

    def _do(self, job: PrintJob) -> None:
        outcome = PrintOutcome(job.job_id, PrintResult.UNKNOWN)
        try:
            outcome = self._past(job) or self._print(job)
        finally:  # also when a bug ends this thread: the kiosk must not wait for ever
            with self._lock:
                self._waiting.discard(job.job_id)
            self._on_outcome(outcome)
        if outcome.result is PrintResult.FAILED:
            self._look()

    def _past(self, job: PrintJob) -> PrintOutcome | None:
        """What an earlier attempt came to; None when it must be printed now."""
        state = self._ledger.state(job.job_id)
        if job.reprint or state is None or state is JobState.FAILED:
            return None
        return PrintOutcome(job.job_id, _PAST[state])

    def _print(self, job: PrintJob) -> PrintOutcome:
        data = job_bytes(job.content, self._port.url)
        self._ledger.record(job.job_id, JobState.STARTED)
        try:
            delivery = self._port.print(data)
        except PrinterFault as fault:
            self._ledger.record(job.job_id, JobState.FAILED)
            _log.warning("print_failed", job=job.job_id, code=fault.code, detail=fault.detail)
            return PrintOutcome(job.job_id, PrintResult.FAILED, fault.code, fault.detail)
        result = _RESULT[delivery]
        self._ledger.record(job.job_id, JobState(result.value))
        _log.info("printed", job=job.job_id, delivery=delivery.value)
        return PrintOutcome(job.job_id, result)

    def _look(self) -> None:
        if self._on_status:
            self._on_status(self._port.status())


def job_bytes(content: TicketContent, url: PrinterUrl) -> bytes:
    """The bytes for this ticket on this printer's paper and line."""
    if url.layout is TicketLayout.TEXT:
        return text_job(content, url.paper)
    return raster_job(render(content, url.paper))
