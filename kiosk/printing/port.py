"""The printer as the kiosk sees it: print a job, look at the state. One connection a job.

Three strengths of "it worked": PROVEN (the printer answered GS r 1, which it does only after
everything before it is on paper), HEALTHY (all bytes taken and no complaint afterwards), BLIND
(bytes handed over, the printer cannot speak). docs/hardware/escpos.md has the sources.
"""

from __future__ import annotations

import time
from enum import StrEnum
from typing import Final, Protocol

from kiosk.printing.layout import PAPERS
from kiosk.printing.links import PrinterFault, open_link
from kiosk.printing.status import PrinterState, PrinterStatus
from kiosk.printing.talk import Talk
from kiosk.printing.url import PrinterUrl, parse_printer_url

ANSWER_S_MAX: Final = 1.0
"""A real-time answer takes a few ms; a printer silent for a second does not speak."""
PROOF_S_MAX: Final = 8.0
"""From the last byte to paper out of the knife: 12 cm at 60 mm/s is 2 s, plus a slow buffer."""
_SERIAL_BITS_PER_BYTE: Final = 10


class Delivery(StrEnum):
    """How sure we are that the job is on paper."""

    PROVEN = "proven"
    HEALTHY = "healthy"
    BLIND = "blind"


class PrinterPort(Protocol):
    """What the print worker needs of a printer."""

    url: PrinterUrl

    def print(self, job: bytes) -> Delivery:
        """Send one job; raises PrinterFault."""

    def status(self) -> PrinterStatus:
        """Look at the printer; expected trouble is a state, nothing is raised."""


def open_printer(
    url: str, *, paper_mm: int = 80, answer_s_max: float = ANSWER_S_MAX, proof_s_max: float = PROOF_S_MAX
) -> PrinterPort:
    """The printer at `url` (kiosk.printing.url), on paper of 80 or 58 mm unless `url` has a width.

    Opens no connection yet; raises config_invalid.
    """
    return EscposPrinter(parse_printer_url(url, PAPERS[paper_mm]), answer_s_max, proof_s_max)


class EscposPrinter:
    """An ESC/POS printer behind any of the four links."""

    def __init__(self, url: PrinterUrl, answer_s_max: float, proof_s_max: float) -> None:
        self.url = url
        self._answer_s_max = answer_s_max
        self._proof_s_max = proof_s_max
        self._proves = url.proof

    def status(self) -> PrinterStatus:
        """DLE EOT over a fresh connection; UNKNOWN for links that cannot be read."""
        try:
            with open_link(self.url) as link:
                return Talk(link, self._answer_s_max).status()
        except PrinterFault as fault:
            return PrinterStatus(PrinterState.OFFLINE, fault.detail)

    def print(self, job: bytes) -> Delivery:
        """Refuse when the printer says it cannot; otherwise send, then find out what became of it.

        Raises PrinterFault; with `sent=True` part of the ticket may be on paper.
        """
        with open_link(self.url) as link:
            talk = Talk(link, self._answer_s_max)
            before = talk.status()
            _raise_fault(before, sent=False)
            try:
                link.write(job)
            except PrinterFault as fault:
                self._raise_cause(fault)
            if not link.readable:
                return Delivery.BLIND
            if before.prints and self._proves and self._wait_for_proof(talk, len(job)):
                return Delivery.PROVEN
            status = talk.status()
        _raise_fault(status, sent=True)
        if not status.prints:
            return Delivery.BLIND
        # Healthy, yet no proof: this printer does not know GS r. Do not wait for it again.
        self._proves = False
        return Delivery.HEALTHY

    def _wait_for_proof(self, talk: Talk, job_bytes: int) -> bool:
        """Wait for the GS r 1 answer; ask for trouble whenever nothing came for a while."""
        wait_s = self._proof_s_max
        if self.url.baud:
            wait_s += job_bytes * _SERIAL_BITS_PER_BYTE / self.url.baud
        end_s = time.monotonic() + wait_s
        talk.ask_proof()
        while not talk.proven and time.monotonic() < end_s:
            talk.listen()
            if not talk.proven:
                status = talk.status()
                if not talk.proven:
                    _raise_fault(status, sent=True)
        return talk.proven

    def _raise_cause(self, fault: PrinterFault) -> None:
        """A printer that stops taking bytes may say why on a second connection."""
        _raise_fault(self.status(), sent=True)
        raise fault


def _raise_fault(status: PrinterStatus, *, sent: bool) -> None:
    if status.fault_code:
        raise PrinterFault(status.fault_code, status.detail, sent=sent)
