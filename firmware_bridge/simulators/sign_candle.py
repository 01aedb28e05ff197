"""Simulated Candle counter signs on one bus (docs/hardware/candle.md). Parses the wire with its own code."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from firmware_bridge.simulators.device import Mistreated
from firmware_bridge.simulators.picture import seven_segments

CELLS_DEFAULT = 8
BOARDS_MAX = 96  # 20h to 7Fh
FRAME_MAX = 200
FRAMES_KEPT = 20
_SHOWABLE = frozenset(b"0123456789ABCEFHILOPSUbcdlo<>- \xc0\xc1\xc2\xc3\xc5\xc7\xcd\xce\xcf\xd0\xd1\xd3\xd7\xee\xf1")


@dataclass
class CandleBoard:
    """One sign: its cells, how it blinks, how bright it is."""

    sign: str
    address: int
    cells: list[str]
    blink: str = "steady"
    brightness: int = 0
    changed: int = 0
    frames: deque[str] = field(default_factory=lambda: deque(maxlen=FRAMES_KEPT))

    @property
    def text(self) -> str:
        """What a person reads, cells that are dark at the end left out."""
        return "".join(self.cells).rstrip()

    def write(self, blink: int, data: bytes) -> None:
        """Replace as many cells as came; what the sign has no glyph for stays dark."""
        self.blink = {0x20: "steady", 0x21: "always"}.get(blink, f"{blink - 0x21} times")
        for place, byte in enumerate(data[: len(self.cells)]):
            self.cells[place] = bytes([byte]).decode("cp1251", "replace") if byte in _SHOWABLE else " "

    def describe(self) -> dict[str, object]:
        """See SignFace."""
        return {
            "sign": self.sign, "family": "candle", "address": self.address, "text": self.text,
            "cells": "".join(self.cells), "blink": self.blink, "brightness": self.brightness,
            "writes": self.changed, "frames": list(self.frames),
        }  # fmt: skip

    def picture(self) -> bytes:
        """See SignFace."""
        return seven_segments("".join(self.cells))


class CandleSim(Mistreated):
    """All signs of a bus. Without `signs` a board appears at every address that is written to."""

    def __init__(self, signs: Mapping[int, str] | None = None, cells: int = CELLS_DEFAULT) -> None:
        super().__init__()
        self._grow = not signs
        self._cells = cells
        self.boards: dict[int, CandleBoard] = {}
        self.rubbish = 0
        self._pending: bytearray | None = None
        for address, sign in (signs or {}).items():
            self.boards[address] = CandleBoard(sign, address, [" "] * cells)

    def board(self, address: int) -> CandleBoard | None:
        """The sign at an address, if there is one."""
        if address not in self.boards and self._grow and 0x20 <= address <= 0x7F and len(self.boards) < BOARDS_MAX:
            self.boards[address] = CandleBoard(f"sign-{address}", address, [" "] * self._cells)
        return self.boards.get(address)

    def faces(self) -> Sequence[CandleBoard]:
        """See SimulatedDevice."""
        return list(self.boards.values())

    def received(self, chunk: bytes, now_ms: int) -> bytes:  # noqa: ARG002 - a blind sign needs no time
        """See SimulatedDevice. Never answers."""
        for byte in self.filtered(chunk):
            if byte in {1, 2, 3}:
                self._pending = bytearray([byte])
            elif self._pending is None:
                self.rubbish += 1
            elif byte == 7:
                self._frame(bytes(self._pending))
                self._pending = None
            elif byte < 0x20 or len(self._pending) > FRAME_MAX:
                self.rubbish += 1
                self._pending = None
            else:
                self._pending.append(byte)
        return b""

    def _frame(self, frame: bytes) -> None:
        if len(frame) < 3:
            self.rubbish += 1
            return
        kind, address, data = frame[0], frame[1], frame[2:]
        targets = list(self.boards.values()) if kind == 3 and address == 0xFF else [self.board(address)]
        for board in filter(None, targets):
            if kind == 1:
                board.write(data[0], data[1:])
            elif kind == 2 and data[0] in range(0x20, 0x24):
                board.brightness = data[0] - 0x20
            elif kind == 3 and len(data) == 1:
                self._move(board, data[0])
            else:
                self.rubbish += 1
                continue
            board.changed += 1
            board.frames.append((frame + b"\x07").hex(" "))

    def _move(self, board: CandleBoard, new: int) -> None:
        self.boards.pop(board.address, None)
        board.address = new
        self.boards[new] = board
