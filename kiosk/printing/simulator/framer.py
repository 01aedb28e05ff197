"""Bytes → ESC/POS operations, whatever the chunking. Pure; every buffer has a limit.

Lengths of commands: Epson ESC/POS reference. A command that is known but has no effect here is
skipped with its parameters; an unknown one is skipped as two bytes and counted, as printers do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

RASTER_BYTES_MAX: Final = 256 * 1024
"""One GS v 0: 3,600 rows at 576 dots. Larger ones are swallowed and counted."""
TEXT_RUN_BYTES_MAX: Final = 1024
_NUL_LIST_BYTES_MAX: Final = 256

ESC: Final = 0x1B
GS: Final = 0x1D
FS: Final = 0x1C
DLE: Final = 0x10
_LF: Final = 0x0A
_FIRST_PRINTABLE: Final = 0x20


@dataclass(frozen=True, slots=True)
class Text:
    """A run of character codes; the page decides what they look like."""

    data: bytes


@dataclass(frozen=True, slots=True)
class LineFeed:
    """Print the line and feed one line."""


@dataclass(frozen=True, slots=True)
class Raster:
    """GS v 0: rows of `width_bytes`, each bit a dot, doubled in x or y on request."""

    width_bytes: int
    rows: int
    data: bytes
    scale_x: int = 1
    scale_y: int = 1


@dataclass(frozen=True, slots=True)
class Command:
    """Any other command that the page knows: `name` is its two bytes, `args` its parameters."""

    name: bytes
    args: bytes = b""


@dataclass(frozen=True, slots=True)
class Cut:
    """GS V, ESC i or ESC m."""


@dataclass(frozen=True, slots=True)
class StatusQuery:
    """DLE EOT n: answered at once, whatever waits."""

    n: int


@dataclass(frozen=True, slots=True)
class Transmit:
    """GS r n: answered when everything before it is done."""

    n: int


Op = Text | LineFeed | Raster | Command | Cut | StatusQuery | Transmit

_ARGS: Final[dict[int, dict[str, int]]] = {
    ESC: {
        "@": 0, "2": 0, "L": 0, "S": 0, "v": 0, "<": 0, "i": 0, "m": 0, "a": 1, "!": 1, "E": 1, "G": 1,
        "t": 1, "d": 1, "J": 1, "3": 1, "{": 1, "-": 1, "M": 1, "R": 1, " ": 1, "r": 1, "V": 1, "U": 1,
        "e": 1, "K": 1, "T": 1, "%": 1, "=": 1, "?": 1, "u": 1, "$": 2, "\\": 2, "c": 2, "p": 3, "W": 8,
    },
    GS: {
        ":": 0, "c": 0, "!": 1, "B": 1, "a": 1, "r": 1, "I": 1, "h": 1, "w": 1, "H": 1, "f": 1, "b": 1,
        "/": 1, "E": 1, "T": 1, "L": 2, "W": 2, "P": 2, "$": 2, "\\": 2, "z": 2, "^": 3, "g": 4,
    },
    FS: {".": 0, "&": 0, "C": 1, "!": 1, "-": 1, "W": 1, "S": 2, "p": 2, "g": 9},
    DLE: {"\x04": 1, "\x05": 1},
}  # fmt: skip
"""Parameter bytes of the commands with a fixed length."""
_FEEDING_CUTS: Final = frozenset({65, 66, 97, 98, 103, 104})
_DC4_ARGS: Final = {1: 2, 2: 2, 3: 5, 7: 1, 8: 7}
_LengthOf = Callable[[bytes], int]
_COUNTED: Final[dict[tuple[int, str], tuple[int, _LengthOf]]] = {
    (DLE, "\x14"): (3, lambda h: _DC4_ARGS.get(h[2], 0)),
    (ESC, "*"): (5, lambda h: (h[3] | h[4] << 8) * (3 if h[2] >= 32 else 1)),
    (GS, "*"): (4, lambda h: h[2] * h[3] * 8),
    (GS, "8"): (7, lambda h: int.from_bytes(h[3:7], "little")),
}
"""Commands with data: bytes of their header, and the data's length from it."""
_GROUP: Final[tuple[int, _LengthOf]] = (5, lambda h: h[3] | h[4] << 8)
"""ESC ( x, GS ( x, FS ( x: pL pH after the letter."""


class Framer:
    """Feed bytes, get operations. `skipped` counts unknown and oversized commands."""

    def __init__(self) -> None:
        self.skipped = 0
        self._buffer = bytearray()
        self._swallow = 0

    def feed(self, chunk: bytes) -> list[Op]:
        """The operations completed by `chunk`."""
        self._buffer += chunk
        ops: list[Op] = []
        while self._buffer:
            if self._swallow:
                gone = min(self._swallow, len(self._buffer))
                del self._buffer[:gone]
                self._swallow -= gone
                continue
            used, op = self._next()
            if used == 0:
                break
            del self._buffer[:used]
            if op is not None:
                ops.append(op)
        return ops

    def _next(self) -> tuple[int, Op | None]:
        """(bytes used, operation); 0 bytes when more are needed."""
        first = self._buffer[0]
        if first == _LF:
            return 1, LineFeed()
        if first >= _FIRST_PRINTABLE:
            return self._text()
        if first not in _ARGS:
            return 1, None  # CR, HT and other controls move nothing here
        if len(self._buffer) < 2:
            return 0, None
        second = chr(self._buffer[1])
        count = _ARGS[first].get(second)
        if count is None:
            return self._variable(first, second)
        if len(self._buffer) < 2 + count:
            return 0, None
        return 2 + count, self._fixed(first, second, bytes(self._buffer[2 : 2 + count]))

    def _text(self) -> tuple[int, Op]:
        end = 1
        top = min(len(self._buffer), TEXT_RUN_BYTES_MAX)
        while end < top and self._buffer[end] >= _FIRST_PRINTABLE:
            end += 1
        return end, Text(bytes(self._buffer[:end]))

    def _fixed(self, first: int, second: str, args: bytes) -> Op | None:
        if first == DLE:
            return StatusQuery(args[0]) if second == "\x04" else None
        if first == ESC and second in "im":
            return Cut()
        if first == GS and second == "r":
            return Transmit(args[0])
        return Command(bytes([first]) + second.encode("latin-1"), args)

    def _variable(self, first: int, second: str) -> tuple[int, Op | None]:
        """Commands whose length stands in their parameters, or ends at a NUL."""
        buffer = self._buffer
        known = (first, second)
        if known == (GS, "v"):
            return self._raster()
        if known == (GS, "V"):
            if len(buffer) < 3:
                return 0, None
            used = 4 if buffer[2] in _FEEDING_CUTS else 3
            return (used, Cut()) if len(buffer) >= used else (0, None)
        if known == (GS, "k"):
            return self._barcode()
        if known == (ESC, "D"):
            return self._until_nul(2)
        counted = _COUNTED.get(known) or (_GROUP if second == "(" else None)
        if counted:
            return self._counted(*counted)
        self.skipped += 1
        return 2, None

    def _counted(self, header: int, length_of: _LengthOf) -> tuple[int, Op | None]:
        """Skip a header and the data whose length it tells, however long they are."""
        if len(self._buffer) < header:
            return 0, None
        self._swallow = length_of(bytes(self._buffer[:header]))
        self.skipped += 1
        return header, None

    def _until_nul(self, start: int) -> tuple[int, Op | None]:
        end = self._buffer.find(0, start, _NUL_LIST_BYTES_MAX)
        if end >= 0:
            return end + 1, None
        if len(self._buffer) < _NUL_LIST_BYTES_MAX:
            return 0, None
        self.skipped += 1
        return 2, None

    def _barcode(self) -> tuple[int, Op | None]:
        """GS k m d… NUL (m ≤ 6) or GS k m n d…: bars are not drawn, only skipped."""
        if len(self._buffer) < 3:
            return 0, None
        if self._buffer[2] <= 6:
            return self._until_nul(3)
        return self._counted(4, lambda h: h[3])

    def _raster(self) -> tuple[int, Op | None]:
        if len(self._buffer) < 8:
            return 0, None
        header = self._buffer[:8]
        mode = header[3] & 0x03
        width_bytes = header[4] | header[5] << 8
        rows = header[6] | header[7] << 8
        size = width_bytes * rows
        if size > RASTER_BYTES_MAX or header[2] != ord("0"):
            self._swallow = size
            self.skipped += 1
            return 8, None
        if len(self._buffer) < 8 + size:
            return 0, None
        data = bytes(self._buffer[8 : 8 + size])
        return 8 + size, Raster(width_bytes, rows, data, 1 + (mode & 1), 1 + (mode >> 1))
