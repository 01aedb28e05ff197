"""What the printer says about itself: pure decoding of the four DLE EOT answers.

Source: Epson ESC/POS reference, "DLE EOT n" (real-time status), and the states measured on a wire
(docs/hardware/escpos.md). Each answer is one byte whose bits 1 and 4 are set and 0 and 7 clear.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

QUERIES: Final = (1, 4, 2, 3)
"""Printer, paper sensor, offline cause, error cause: in the order in which they matter."""

_FIXED_MASK: Final = 0x93
_FIXED_BITS: Final = 0x12

_OFFLINE: Final = 0x08
_COVER_OPEN: Final = 0x04
_PAPER_END_STOP: Final = 0x20
_ERROR: Final = 0x40
_CUTTER_ERROR: Final = 0x08
_ANY_ERROR: Final = 0x6C
_NEAR_END: Final = 0x0C
_PAPER_END: Final = 0x60


class PrinterState(StrEnum):
    """The states the kiosk tells apart. UNKNOWN is not OK: nobody answered, or not understandably."""

    OK = "ok"
    PAPER_LOW = "paper_low"
    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    FAULT = "printer_fault"
    OFFLINE = "printer_offline"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """One look at the printer. `detail` is for staff and logs, in English."""

    state: PrinterState
    detail: str = ""

    @property
    def prints(self) -> bool:
        """True when a job sent now would come out."""
        return self.state in {PrinterState.OK, PrinterState.PAPER_LOW}

    @property
    def fault_code(self) -> str | None:
        """The code of contracts.errors for a state that cannot print; None for OK, low, UNKNOWN."""
        if self.prints or self.state is PrinterState.UNKNOWN:
            return None
        return self.state.value


UNKNOWN: Final = PrinterStatus(PrinterState.UNKNOWN, "no answer")


def is_status_byte(value: int) -> bool:
    """True for a byte that can be a DLE EOT answer (automatic status has bit 1 clear)."""
    return (value & _FIXED_MASK) == _FIXED_BITS


def decode(answers: Mapping[int, int]) -> PrinterStatus:
    """The state behind the answers, query number → byte.

    Missing answers to 2, 3 or 4 are tolerated (cheap printers) as long as one byte came; an
    invalid byte makes the whole look UNKNOWN, for then the line is out of step.
    """
    if not answers:
        return UNKNOWN
    bad = sorted(n for n, value in answers.items() if not is_status_byte(value))
    if bad:
        return PrinterStatus(PrinterState.UNKNOWN, f"invalid answer to DLE EOT {bad[0]}")
    printer, paper, cause, error = (answers.get(n, _FIXED_BITS) for n in QUERIES)
    if cause & _COVER_OPEN:
        return PrinterStatus(PrinterState.COVER_OPEN, "cover open")
    if paper & _PAPER_END or cause & _PAPER_END_STOP:
        return PrinterStatus(PrinterState.PAPER_OUT, "paper end")
    if cause & _ERROR or error & _ANY_ERROR:
        return PrinterStatus(PrinterState.FAULT, _fault_detail(error))
    if printer & _OFFLINE:
        return PrinterStatus(PrinterState.OFFLINE, "offline, no cause given")
    if 1 not in answers and 2 not in answers:
        return PrinterStatus(PrinterState.UNKNOWN, "no answer to DLE EOT 1 and 2")
    if paper & _NEAR_END:
        return PrinterStatus(PrinterState.PAPER_LOW, "paper near end")
    return PrinterStatus(PrinterState.OK, "ready")


def _fault_detail(error: int) -> str:
    if error & _CUTTER_ERROR:
        return "cutter error"
    return f"error, DLE EOT 3 = {error:#04x}"
