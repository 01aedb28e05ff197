"""What the host of a simulator asks of it."""

from collections.abc import Sequence
from typing import Protocol

FAULTS = ("none", "deaf", "drop", "garble")
FAULT_EVERY = 7  # drop and garble hit every seventh byte


class SimulatedDevice(Protocol):
    """A device at the far end of a serial line."""

    def received(self, chunk: bytes, now_ms: int) -> bytes:
        """Bytes came in; the bytes it answers with."""

    def command(self, line: str) -> bytes:
        """A person does something to it (presses a key); the bytes it sends. Raises ValueError with a reason."""

    def faces(self) -> "Sequence[SignFace]":
        """What a person sees on it now; empty for a device without a face."""


class SignFace(Protocol):
    """One sign as a person sees it."""

    @property
    def sign(self) -> str:
        """Its id, the name of its files."""

    @property
    def changed(self) -> int:
        """Counts what it received; a new value means: draw it again."""

    def describe(self) -> dict[str, object]:
        """For DATA/signs/<id>.json."""

    def picture(self) -> bytes:
        """A PNG of what a person would read."""


class Mistreated:
    """Damages a byte stream as told: deaf hears nothing, drop loses and garble flips every FAULT_EVERYth byte."""

    def __init__(self) -> None:
        self.fault = "none"
        self._count = 0

    def misbehave(self, fault: str) -> None:
        """Choose a fault; raises ValueError for an unknown one."""
        if fault not in FAULTS:
            raise ValueError(f"no fault {fault!r} (known: {', '.join(FAULTS)})")
        self.fault = fault

    def command(self, line: str) -> bytes:
        """`misbehave FAULT`."""
        words = line.split()
        if len(words) != 2 or words[0] != "misbehave":
            raise ValueError(f"a sign knows: misbehave {'|'.join(FAULTS)}")
        self.misbehave(words[1])
        return b""

    def filtered(self, chunk: bytes) -> bytes:
        """What is left of `chunk`."""
        if self.fault == "none":
            return chunk
        if self.fault == "deaf":
            return b""
        out = bytearray()
        for byte in chunk:
            self._count += 1
            hit = self._count % FAULT_EVERY == 0
            if hit and self.fault == "garble":
                out.append(byte ^ 0x20)
            elif not hit:
                out.append(byte)
        return bytes(out)
