"""A simulated serial barcode scanner: `scan TEXT` sends the text as the scanner is set up to frame it."""

from collections.abc import Sequence

from firmware_bridge.simulators.device import SignFace

TEXT_MAX = 4096
SUFFIXES = {"CR": b"\r", "LF": b"\n", "CRLF": b"\r\n", "ETX": b"\x03", "TAB": b"\t", "": b""}


class ScannerSim:
    """One scanner with its prefix and suffix."""

    def __init__(self, prefix: str = "", suffix: str = "CR") -> None:
        self._prefix, self._suffix = prefix.encode(), SUFFIXES[suffix]

    def faces(self) -> Sequence[SignFace]:
        """A scanner has no face."""
        return ()

    def received(self, chunk: bytes, now_ms: int) -> bytes:  # noqa: ARG002 - it obeys nothing
        """Commands to the scanner are swallowed."""
        return b""

    def command(self, line: str) -> bytes:
        """`scan TEXT` (the text may contain blanks)."""
        verb, _, text = line.partition(" ")
        if verb != "scan" or not text:
            raise ValueError("a scanner knows: scan TEXT")
        if len(text) > TEXT_MAX:
            raise ValueError(f"at most {TEXT_MAX} characters")
        return self._prefix + text.encode() + self._suffix
