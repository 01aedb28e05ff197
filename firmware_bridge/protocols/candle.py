"""Candle / QSystem RS-485 counter signs: `01 ADDR BLINK TEXT 07`, one way, no checksum.

Source: Candle, "Табло управления очередью", 2010-12 (frames, glyph table) and QSystem's Sender485.java; the facts
and vectors are in docs/hardware/candle.md. A sign never answers, so what it shows can only be repeated, not read.
"""

from dataclasses import dataclass
from typing import assert_never

from contracts.errors import Rejected
from firmware_bridge.protocols.framing import DelimitedFramer, Frame
from firmware_bridge.protocols.glyphs import fit

SHOW, BRIGHTNESS, READDRESS, END = 0x01, 0x02, 0x03, 0x07
ADDRESS_MIN, ADDRESS_MAX, BROADCAST = 0x20, 0x7F, 0xFF
BLINK_STEADY, BLINK_ALWAYS = 0x20, 0x21
BLINK_TIMES_MAX = 0x7F - BLINK_ALWAYS
TEXT_CELLS_MAX = 64  # far above any sign of the family; keeps a frame bounded
FRAME_BYTES_MAX = TEXT_CELLS_MAX + 4

# The manual's glyph table: seven segments, so no G J K M N Q R T V W X Z and lower case only where it differs.
_CP1251_GLYPHS = bytes([*range(0xC0, 0xC4), 0xC5, 0xC7, *range(0xCD, 0xD2), 0xD3, 0xD7, 0xEE, 0xF1]).decode("cp1251")
GLYPHS = frozenset("0123456789ABCEFHILOPSUbcdlo<>- " + _CP1251_GLYPHS)
# Same picture on seven segments: a Latin Y is drawn as the Cyrillic У, a Z is not drawn as a 2 (refused).
_SUBSTITUTES = {"Y": "\u0423", "y": "\u0423"}


@dataclass(frozen=True)
class Show:
    """Write `text` from the first cell on; later cells keep theirs. `blink_times`: 0 steady, None for ever."""

    address: int
    text: str
    blink_times: int | None = 0


@dataclass(frozen=True)
class ShowPlain:
    """The same for the older signs without the blink byte (QSystem's QIndicatorBoardRS)."""

    address: int
    text: str


@dataclass(frozen=True)
class Brightness:
    """`level` 0 (brightest) to 3; the sign keeps it in NVRAM, so send it rarely."""

    address: int
    level: int


@dataclass(frozen=True)
class Readdress:
    """Give the sign at `old` the address `new`. `old` None reaches every sign of the bus: all get the same address."""

    old: int | None
    new: int


Command = Show | ShowPlain | Brightness | Readdress


def encode(command: Command) -> bytes:
    """The frame of `command`. Raises `malformed` (a value out of range), `bad_glyph` or `text_too_long`."""
    match command:
        case Show(address, text, blink_times):
            return bytes([SHOW, _address(address), _blink(blink_times)]) + _cells(text) + bytes([END])
        case ShowPlain(address, text):
            return bytes([SHOW, _address(address)]) + _cells(text) + bytes([END])
        case Brightness(address, level):
            return bytes([BRIGHTNESS, _address(address), 0x20 + _within("brightness level", level, 0, 3), END])
        case Readdress(old, new):
            return bytes([READDRESS, BROADCAST if old is None else _address(old), _address(new), END])
    assert_never(command)


def decode(frame: Frame) -> Show | Brightness | Readdress:
    """The command of a frame with a blink byte. Raises `bad_frame` for a length, address or cell outside the manual."""
    raw = frame.raw
    if len(raw) < 4 or raw[-1] != END:
        raise Rejected("bad_frame", "shorter than any frame of the family")
    header, address, body = raw[0], raw[1], raw[2:-1]
    if header == SHOW:
        return Show(_heard_address(address), body[1:].decode("cp1251", "replace"), _heard_blink(body[0]))
    if len(body) != 1:
        raise Rejected("bad_frame", "a brightness or address frame has exactly one value")
    if header == BRIGHTNESS and 0x20 <= body[0] <= 0x23:
        return Brightness(_heard_address(address), body[0] - 0x20)
    if header == READDRESS:
        return Readdress(None if address == BROADCAST else _heard_address(address), _heard_address(body[0]))
    raise Rejected("bad_frame", "unknown header or value")


def framer() -> DelimitedFramer:
    """A framer for this family: bytes under 20h are framing only; cells may be 8-bit (the glyph table uses C0-F1)."""
    return DelimitedFramer(bytes([SHOW, BRIGHTNESS, READDRESS]), END, 0x20, FRAME_BYTES_MAX)


def fitted(text: str) -> str:
    """`text` with the sign's glyphs. Raises `bad_glyph` or `text_too_long`."""
    if len(text) > TEXT_CELLS_MAX:
        raise Rejected("text_too_long", f"{len(text)} characters, the limit is {TEXT_CELLS_MAX}")
    return fit(text, GLYPHS, _SUBSTITUTES)


def _cells(text: str) -> bytes:
    return fitted(text).encode("cp1251")


def _blink(times: int | None) -> int:
    if times is None:
        return BLINK_ALWAYS
    return BLINK_STEADY if times == 0 else BLINK_ALWAYS + _within("blink times", times, 1, BLINK_TIMES_MAX)


def _address(value: int) -> int:
    return _within("address", value, ADDRESS_MIN, ADDRESS_MAX)


def _within(name: str, value: int, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Rejected("malformed", f"{name} must be a whole number from {low} to {high}")
    return value


def _heard_address(value: int) -> int:
    if not ADDRESS_MIN <= value <= ADDRESS_MAX:
        raise Rejected("bad_frame", "address outside 20h-7Fh")
    return value


def _heard_blink(value: int) -> int | None:
    if not BLINK_STEADY <= value <= 0x7F:
        raise Rejected("bad_frame", "blink byte outside 20h-7Fh")
    return {BLINK_STEADY: 0, BLINK_ALWAYS: None}.get(value, value - BLINK_ALWAYS)
