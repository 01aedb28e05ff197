"""The mechanics: paper, cover, switch, and the status bytes they make. Pure.

The bytes are those of the state table in docs/hardware/escpos.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from contracts.errors import Rejected

_OK: Final = (0x12, 0x12, 0x12, 0x12)
_NEAR_END: Final = (0x12, 0x12, 0x12, 0x1E)
_PAPER_OUT: Final = (0x1A, 0x32, 0x12, 0x7E)
_COVER_OPEN: Final = (0x1A, 0x16, 0x12, 0x12)
_OFFLINE: Final = (0x1A, 0x12, 0x12, 0x12)
_GS_R_PAPER: Final = 1
_GS_R_NEAR_END: Final = 0x03


@dataclass(frozen=True, slots=True)
class Machine:
    """How the printer stands."""

    answers: tuple[int, int, int, int] = _OK
    silent: bool = False
    """Prints, but answers nothing: like a printer behind a one-way print server."""

    @property
    def prints(self) -> bool:
        """False while it holds its buffer."""
        return self.answers in {_OK, _NEAR_END}

    def status(self, n: int) -> bytes:
        """The answer to DLE EOT n; nothing for an unknown n or from a silent printer."""
        if self.silent or not 1 <= n <= len(self.answers):
            return b""
        return bytes([self.answers[n - 1]])

    def transmit(self, n: int) -> bytes:
        """The answer to GS r n: paper sensor (1) or drawer (2)."""
        if self.silent or n not in {1, 2, 49, 50}:
            return b""
        near = n & 0x03 == _GS_R_PAPER and self.answers == _NEAR_END
        return bytes([_GS_R_NEAR_END if near else 0])


_ORDERS: Final = {
    "ok": Machine(),
    "paper out": Machine(_PAPER_OUT),
    "paper near-end": Machine(_NEAR_END),
    "cover open": Machine(_COVER_OPEN),
    "offline": Machine(_OFFLINE),
}


def obey(machine: Machine, order: str) -> Machine:
    """The machine after `order` (`ok`, `paper out`, `paper near-end`, `cover open`, `offline`,
    `silent`). Raises `Rejected("malformed")` for any other."""
    words = " ".join(order.split()).lower()
    if words == "silent":
        return replace(machine, silent=True)
    if words not in _ORDERS:
        raise Rejected("malformed", f"unknown order {words[:40]!r}; known: {', '.join(_ORDERS)}, silent")
    return _ORDERS[words]
