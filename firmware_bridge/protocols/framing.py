"""What every framer returns, and the limits they share."""

from dataclasses import dataclass
from typing import Protocol

NOISE_BYTES_MAX = 64  # noise is reported in pieces of at most this size: memory stays bounded on a babbling line


@dataclass(frozen=True)
class Frame:
    """One complete frame, delimiters included, as it was on the wire."""

    raw: bytes


@dataclass(frozen=True)
class BadFrame:
    """Bytes that are no frame. `reason`: noise, truncated, control_byte, too_long or silence."""

    reason: str
    raw: bytes


class Framer(Protocol):
    """Cuts a byte stream into frames; the result does not depend on how the stream was chunked."""

    def feed(self, chunk: bytes) -> list[Frame | BadFrame]:
        """Take the next bytes; return what they completed, in order."""

    def reset(self) -> list[Frame | BadFrame]:
        """The line went silent or was reopened: give up the unfinished frame (returned as BadFrame "silence")."""


class DelimitedFramer:
    """A framer for `HEADER … END` protocols whose body never contains the delimiters.

    Resynchronises on the next header byte: a lost END costs one frame, never two.
    """

    def __init__(self, headers: bytes, end: int, control_below: int, frame_bytes_max: int, idle: bytes = b"") -> None:
        """`headers` start a frame, `end` closes it; a body byte under `control_below` that is not the
        end breaks it; `idle` bytes between frames are silence, not noise."""
        self._headers, self._end, self._idle = frozenset(headers), end, frozenset(idle)
        self._control_below, self._frame_bytes_max = control_below, frame_bytes_max
        self._frame: bytearray | None = None
        self._noise = bytearray()
        self._out: list[Frame | BadFrame] = []

    def feed(self, chunk: bytes) -> list[Frame | BadFrame]:
        """See Framer.feed."""
        for byte in chunk:
            if byte in self._headers:
                self._start(byte)
            elif self._frame is None:
                self._hunt(byte)
            else:
                self._inside(byte, self._frame)
        out, self._out = self._out, []
        return out

    def reset(self) -> list[Frame | BadFrame]:
        """See Framer.reset."""
        self._give_up("silence")
        self._flush_noise()
        out, self._out = self._out, []
        return out

    def _start(self, byte: int) -> None:
        self._give_up("truncated")
        self._flush_noise()
        self._frame = bytearray([byte])

    def _hunt(self, byte: int) -> None:
        if byte in self._idle:
            self._flush_noise()
            return
        self._noise.append(byte)
        if len(self._noise) == NOISE_BYTES_MAX:
            self._flush_noise()

    def _inside(self, byte: int, frame: bytearray) -> None:
        frame.append(byte)
        if byte == self._end:
            self._out.append(Frame(bytes(frame)))
            self._frame = None
        elif byte < self._control_below:
            self._give_up("control_byte")
        elif len(frame) >= self._frame_bytes_max:
            self._give_up("too_long")

    def _give_up(self, reason: str) -> None:
        if self._frame is not None:
            self._out.append(BadFrame(reason, bytes(self._frame)))
            self._frame = None

    def _flush_noise(self) -> None:
        if self._noise:
            self._out.append(BadFrame("noise", bytes(self._noise)))
            self._noise.clear()
