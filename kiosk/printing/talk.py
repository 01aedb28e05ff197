"""Questions and answers on an open line: three kinds of byte come back, mixed.

Real-time answers (DLE EOT), the buffered answer (GS r 1: everything before it is done), and
automatic status packets of four bytes that some printers send on their own. `AnswerSorter` is pure.
"""

from __future__ import annotations

from typing import Final

from kiosk.printing.links import Link
from kiosk.printing.status import QUERIES, UNKNOWN, PrinterStatus, decode, is_status_byte

_DLE_EOT: Final = b"\x10\x04"
_GS_R_PAPER: Final = b"\x1dr\x01"
_BUFFERED_MASK: Final = 0x90
"""GS r answers have bits 4 and 7 clear; DLE EOT answers have bit 4 set."""
_ASB_MASK: Final = 0x93
_ASB_FIRST: Final = 0x10
_ASB_REST_BYTES: Final = 3


class AnswerSorter:
    """Sorts incoming bytes; keeps what it needs of an unfinished automatic packet."""

    def __init__(self) -> None:
        self.proven = False
        """A GS r answer came."""
        self._skip = 0

    def feed(self, data: bytes) -> list[int]:
        """The bytes that answer a DLE EOT, invalid ones included (decode() judges them)."""
        answers = []
        for value in data:
            if self._skip:
                self._skip -= 1
            elif value & _ASB_MASK == _ASB_FIRST:
                self._skip = _ASB_REST_BYTES
            elif not value & _BUFFERED_MASK:
                self.proven = True
            else:
                answers.append(value)
        return answers


class Talk:
    """A conversation with one printer over one link; `answer_s_max` is the patience a question."""

    def __init__(self, link: Link, answer_s_max: float) -> None:
        self._link = link
        self._answer_s_max = answer_s_max
        self._sorter = AnswerSorter()

    @property
    def proven(self) -> bool:
        """The printer has reported that everything before `ask_proof` is done."""
        return self._sorter.proven

    def ask_proof(self) -> None:
        """Put a GS r 1 behind the job."""
        self._link.write(_GS_R_PAPER)

    def listen(self) -> None:
        """Wait once for anything."""
        self._sorter.feed(self._link.read(self._answer_s_max))

    def status(self) -> PrinterStatus:
        """DLE EOT one by one. Stops at the first silence: a late answer would be taken for the
        next question's. Stops also when the proof comes in between."""
        if not self._link.readable:
            return UNKNOWN
        answers: dict[int, int] = {}
        for query in QUERIES:
            self._link.write(_DLE_EOT + bytes([query]))
            got = self._sorter.feed(self._link.read(self._answer_s_max))
            if not got:
                break
            answers[query] = got[0]
            if len(got) > 1 or not is_status_byte(got[0]):
                answers[query] = 0  # out of step: whatever follows cannot be matched
                break
        return decode(answers)
