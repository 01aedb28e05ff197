"""What a serial barcode scanner sends, and how a stream of its bytes becomes scans.

A scan is `[prefix] [AIM identifier] data [suffix]`; where no suffix is set, 80 ms of silence end it. The same framing
is spoken by real scanners, by the kiosk that reads them and by the simulated scanner that stands in for them.
A scanner is untrusted input: every scan has a length limit and an allow-list of characters.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from contracts.errors import Rejected

SCAN_CHARS_MAX = 512
GAP_MS = 80  # silence that ends a scan without a suffix
FRAGMENT_MS = 1000  # silence after which a scan whose suffix never came is dropped, not glued to the next one
PREFIX_BYTES_MAX = 8

_AIM = re.compile(r"\]([A-Za-z])([0-9A-Za-z])")
_CONTROLS = {"CR": "\r", "LF": "\n", "STX": "\x02", "ETX": "\x03", "TAB": "\t"}


class Symbology(StrEnum):
    """Kind of barcode. Only the first three are read by our own decoder; a scanner may report others."""

    CODE128 = "code128"
    CODE39 = "code39"
    QR = "qr"
    OTHER = "other"
    UNKNOWN = "unknown"  # the source does not say


# AIM identifiers: "]" + letter + modifier (ISO/IEC 15424). EAN, ITF, Data Matrix and the like are OTHER.
_AIM_LETTERS = {"C": Symbology.CODE128, "A": Symbology.CODE39, "Q": Symbology.QR}
_AIM_OTHERS = frozenset("EIdLzXFGHMOPR")


class BadScanReason(StrEnum):
    """Why bytes were no scan."""

    TOO_LONG = "too_long"
    CHARACTERS = "characters"  # not UTF-8, or a control or invisible character
    NO_PREFIX = "no_prefix"
    NO_SUFFIX = "no_suffix"


@dataclass(frozen=True)
class Scan:
    """One barcode as text, before anybody asks what it means."""

    text: str
    symbology: Symbology = Symbology.UNKNOWN


@dataclass(frozen=True)
class BadScan:
    """Bytes that did not become a scan: counted, never shown."""

    reason: BadScanReason

    @property
    def code(self) -> str:
        """The stable error code of this reason (contracts/errors.py)."""
        return "scan_too_long" if self.reason is BadScanReason.TOO_LONG else "bad_frame"


@dataclass(frozen=True)
class Framing:
    """What a scanner is set to send around the data. `ends` = bytes that end a scan; empty = silence ends it."""

    prefix: bytes = b""
    ends: bytes = b"\r\n\x03\t"
    gap_ms: int = GAP_MS


_SUFFIXES = {
    "": b"",
    "CR": b"\r",
    "LF": b"\n",
    "CRLF": b"\r\n",
    "ETX": b"\x03",
    "TAB": b"\t",
    "ANY": b"\r\n\x03\t",
}


def framing_from(prefix: str = "", suffix: str = "CR") -> Framing:
    """The framing of an office file's device row. Raises `config_invalid` for a suffix or prefix nobody knows.

    `suffix` is one of "", CR, LF, CRLF, ETX, TAB, ANY; `prefix` is plain text or one of STX, TAB.
    """
    ends = _SUFFIXES.get(suffix.upper())
    if ends is None:
        raise Rejected("config_invalid", f"scanner suffix {suffix!r} is none of {', '.join(_SUFFIXES)}")
    head = _CONTROLS.get(prefix.upper(), prefix)
    if not head.isascii() or len(head) > PREFIX_BYTES_MAX:
        raise Rejected("config_invalid", f"scanner prefix {prefix!r} is not up to {PREFIX_BYTES_MAX} ASCII characters")
    return Framing(head.encode("ascii"), ends)


def encode(text: str, framing: Framing, aim: str = "") -> bytes:
    """The bytes a scanner sends for `text`: the inverse of `ScanFramer`. `aim` is an AIM identifier such as "]C0"."""
    return framing.prefix + (aim + text).encode() + framing.ends[:2]


class ScanFramer:
    """Bytes in any chunking and their times in, scans out. Holds at most one scan of SCAN_CHARS_MAX characters."""

    def __init__(self, framing: Framing, chars_max: int = SCAN_CHARS_MAX) -> None:
        self._framing = framing
        self._bytes_max = chars_max * 4 + len(framing.prefix) + 3  # UTF-8 has at most 4 bytes a character
        self._chars_max = chars_max
        self._held = bytearray()
        self._overflow = False
        self._last_ms: int | None = None

    def feed(self, chunk: bytes, now_ms: int) -> list[Scan | BadScan]:
        """Take what arrived at `now_ms` (any monotonic clock, milliseconds) and return the scans it completes."""
        out = self.tick(now_ms)
        self._last_ms = now_ms
        for byte in chunk:
            if byte in self._framing.ends:
                out += self._finish()
            elif byte in b"\r\n" and not self._held:
                continue  # the LF of a scanner that sends CR LF while only CR is configured
            elif len(self._held) < self._bytes_max:
                self._held.append(byte)
            else:
                self._overflow = True  # the rest of the scan is swallowed up to its end
        return out

    def tick(self, now_ms: int) -> list[Scan | BadScan]:
        """Tell the time: silence ends a scan without a suffix, and drops a fragment whose suffix never came."""
        if not self._held or self._last_ms is None:
            return []
        silence_ms = now_ms - self._last_ms
        if self._framing.ends:
            return self._drop() if silence_ms >= FRAGMENT_MS else []
        return self._finish() if silence_ms >= self._framing.gap_ms else []

    def reset(self) -> None:
        """Forget a half-received scan (the line was lost)."""
        self._held.clear()
        self._overflow = False

    def _drop(self) -> list[Scan | BadScan]:
        self.reset()
        return [BadScan(BadScanReason.NO_SUFFIX)]

    def _finish(self) -> list[Scan | BadScan]:
        raw, overflow = bytes(self._held), self._overflow
        self.reset()
        if not raw:
            return []  # the LF of a CR LF
        if overflow:
            return [BadScan(BadScanReason.TOO_LONG)]
        if not raw.startswith(self._framing.prefix):
            return [BadScan(BadScanReason.NO_PREFIX)]
        return [read_scan(raw.removeprefix(self._framing.prefix), self._chars_max)]


def read_scan(raw: bytes, chars_max: int = SCAN_CHARS_MAX) -> Scan | BadScan:
    """One scan's bytes without prefix and suffix → text (NFC) and symbology; an AIM identifier is taken off."""
    try:
        text = unicodedata.normalize("NFC", raw.decode("utf-8"))
    except UnicodeDecodeError:
        return BadScan(BadScanReason.CHARACTERS)
    symbology = Symbology.UNKNOWN
    aim = _AIM.match(text)
    if aim is not None and (aim[1] in _AIM_LETTERS or aim[1] in _AIM_OTHERS):
        symbology = _AIM_LETTERS.get(aim[1], Symbology.OTHER)
        text = text[aim.end() :]
    return check_text(text, symbology, chars_max)


def check_text(text: str, symbology: Symbology, chars_max: int = SCAN_CHARS_MAX) -> Scan | BadScan:
    """The limits every source of scans obeys: length, and visible characters only (no controls, no hidden marks)."""
    if len(text) > chars_max:
        return BadScan(BadScanReason.TOO_LONG)
    if not text or not text.isprintable():
        return BadScan(BadScanReason.CHARACTERS)
    return Scan(text, symbology)
