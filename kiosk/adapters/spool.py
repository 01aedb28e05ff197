"""The durable spool of the kiosk, on a thread of its own: the glass never waits for a disk."""

import queue
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from contracts.messages.devices import HealthState
from kiosk.adapters.printer import Health
from kiosk.adapters.spool_file import SpoolFile
from kiosk.flow.effects import Keep, KeepGrant, KeepSettled, KeepTicket
from kiosk.flow.events import News, TicketKept
from kiosk.flow.leases import LeaseBook
from runtime.log import get_logger

WAITING_MAX = 500
TOLD_MS = 24 * 3_600_000
"""So long the manager's page names a number that the server refused."""
TOLD_MAX = 5

_log = get_logger("spool")


class Spool:
    """open() → start() → keep() … → stop(). The outcome of a `KeepTicket` comes as news, from the spool's thread."""

    def __init__(self, path: Path, put: Callable[[News], None], health: Health, device: str) -> None:
        self._path, self._put, self._health, self._device = path, put, health, device
        self._file: SpoolFile | None = None
        self._jobs: queue.Queue[Keep | None] = queue.Queue(WAITING_MAX)
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
        self._told: tuple[HealthState, str | None, str] | None = None

    def open(self, begun: Callable[[str], bool]) -> LeaseBook | None:
        """What is known of lent numbers; None when the disk gives nothing: then none is given without the server.

        `begun`: whether the printer has begun the job with this id, by its own record.
        """
        try:
            file = SpoolFile(self._path, lambda: str(uuid4()), boot_id())
            nobodys = file.recover(begun)
            book = file.book()
        except (OSError, sqlite3.Error) as trouble:
            _log.error("spool_unusable", path=str(self._path), detail=str(trouble))
            self._tell(HealthState.FAULT, "storage_unavailable", str(trouble))
            return None
        if nobodys:
            _log.warning("never_printed", numbers=nobodys)
        self._file = file
        if file.lost is not None:
            _log.error("spool_lost", aside=str(file.lost), epoch=book.epoch)
        self._tell_well()
        return book

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self, wait_s: float = 5.0) -> None:
        """Do what waits, and close."""
        if self._thread.is_alive():
            self._jobs.put(None)
            self._thread.join(wait_s)
        if self._file is not None and not self._thread.is_alive():
            self._file.close()

    def keep(self, effect: Keep) -> None:
        """Queue it; never blocks."""
        try:
            self._jobs.put_nowait(effect)
        except queue.Full:
            _log.error("spool_full", waiting=WAITING_MAX)
            if isinstance(effect, KeepTicket):
                self._put(TicketKept(effect.ticket.id, ok=False))

    def _run(self) -> None:
        while (effect := self._jobs.get()) is not None:
            self._do(effect)

    def _do(self, effect: Keep) -> None:
        ok = self._kept(effect)
        if isinstance(effect, KeepTicket):
            self._put(TicketKept(effect.ticket.id, ok))
        if ok and isinstance(effect, KeepSettled) and effect.refused:
            _log.error("numbers_refused", numbers={r.number: r.code for r in effect.refused})
            self._tell_well()
        if ok and isinstance(effect, KeepGrant):
            self._tell_well()

    def _kept(self, effect: Keep) -> bool:
        try:
            assert self._file is not None
            self._file.keep(effect)
        except (OSError, sqlite3.Error) as trouble:
            _log.error("not_kept", what=type(effect).__name__, detail=str(trouble))
            self._tell(HealthState.FAULT, "storage_unavailable", str(trouble))
            return False
        return True

    def _tell_well(self) -> None:
        """The spool's health when its disk is well."""
        assert self._file is not None
        refused = self._file.refused(TOLD_MS)
        if refused:
            named = ", ".join(f"{r.number} ({r.code})" for r in refused[-TOLD_MAX:])
            self._tell(HealthState.WARN, refused[-1].code, f"{len(refused)} numbers not taken over: {named}")
        elif self._file.lost is not None:
            self._tell(HealthState.WARN, "spool_lost", self._file.lost.name)
        else:
            self._tell(HealthState.OK, None, "")

    def _tell(self, state: HealthState, code: str | None, detail: str) -> None:
        if (state, code, detail) != self._told:
            self._told = (state, code, detail)
            self._health(self._device, state, code, detail)


def boot_id() -> str:
    """Names this run of the machine (proc(5)); monotonic time goes on within it. "" when nobody knows."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
