"""Alpha M-Protocol (EZ KEY II, BetaBrite, Adaptive): `00*5+ 01 TYPE ADDR 02 CMD DATA [03 CCCC] 04`.

Source: Adaptive Micro Systems 9708-8061F (2006): tables 15 (memory), 34, 36; vectors in docs/hardware/alpha.md.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from contracts.errors import Rejected
from firmware_bridge.protocols.framing import DelimitedFramer
from firmware_bridge.protocols.glyphs import fit

NUL, SOH, STX, ETX, EOT, ESC = 0x00, 0x01, 0x02, 0x03, 0x04, 0x1B
PREAMBLE_NULS_MIN, PREAMBLE_NULS = 5, 6  # five set the sign's auto-baud; one more survives a lost byte
ADDRESS_MAX = 0xFF  # 00 is the broadcast address
STRING_BYTES_MAX = 125  # a longer STRING write empties the string
PRIORITY_BYTES_MAX = 125
TEXT_BYTES_MAX = 250
FRAME_BYTES_MAX = 2048
PRIORITY_LABEL = "0"
GLYPHS = frozenset(chr(code) for code in range(0x20, 0x7F))  # 7E1: the upper half does not pass the line
_COLOUR, _CALL_STRING, _FLASH = "\x1c", "\x10", "\x07"


class Position(StrEnum):
    """Where a text stands on the sign."""

    MIDDLE, TOP, BOTTOM, FILL = "\x20", "\x22", "\x26", "\x30"


class Mode(StrEnum):
    """How a text arrives."""

    ROTATE, HOLD, FLASH, ROLL_UP, SCROLL, AUTO = "a", "b", "c", "e", "m", "o"


class Colour(StrEnum):
    """Colours of a tri-colour sign; others ignore the code."""

    RED, GREEN, AMBER, DIM_RED, DIM_GREEN, BROWN, ORANGE, YELLOW = "1", "2", "3", "4", "5", "6", "7", "8"


@dataclass(frozen=True)
class WriteText:
    """Show `text` (or the STRING file `call`, changing later without a dark sign) from TEXT file `label`.

    Label "0" is the priority file: it takes the screen until ReleasePriority.
    """

    label: str
    text: str = ""
    position: Position = Position.MIDDLE
    mode: Mode = Mode.HOLD
    colour: Colour | None = None
    call: str = ""


@dataclass(frozen=True)
class ReleasePriority:
    """Give the screen back. The frame carries nothing after the label: an empty text would blank the sign instead."""


@dataclass(frozen=True)
class WriteString:
    """Replace STRING file `label`; the TEXT that calls it changes at once, without blanking."""

    label: str
    text: str
    flash: bool = False


@dataclass(frozen=True)
class MemoryFile:
    """One row of the memory table: a TEXT or STRING file and its size in bytes."""

    label: str
    size_bytes: int
    is_string: bool = False


@dataclass(frozen=True)
class SetMemory:
    """Lay out the sign's memory. Erases every file, so send it only after (re)connecting."""

    files: tuple[MemoryFile, ...]


@dataclass(frozen=True)
class SoftReset:
    """Restart the sign; its files stay."""


@dataclass(frozen=True)
class Beep:
    """`continuous` a 2 s tone, otherwise three short beeps."""

    continuous: bool = False


@dataclass(frozen=True)
class SetTime:
    """Set the sign's own clock (24 h)."""

    hour: int
    minute: int


Command = WriteText | ReleasePriority | WriteString | SetMemory | SoftReset | Beep | SetTime


@dataclass(frozen=True)
class Packet:
    """Commands for the sign at `address` (0: all). Between nested commands a sign wants 100 ms: prefer one a packet."""

    address: int
    commands: tuple[Command, ...]
    checksum: bool = False
    sign_type: str = "Z"
    preamble_nuls: int = PREAMBLE_NULS


def encode(packet: Packet) -> bytes:
    """The bytes of `packet`. Raises `malformed`, `bad_glyph` or `text_too_long`."""
    if not packet.commands:
        raise Rejected("malformed", "a packet needs a command")
    if packet.preamble_nuls < PREAMBLE_NULS_MIN:
        raise Rejected("malformed", f"the sign needs {PREAMBLE_NULS_MIN} NUL bytes to find the speed")
    if len(packet.sign_type) != 1 or not 0x21 <= ord(packet.sign_type) <= 0x7E:
        raise Rejected("malformed", "the sign type is one printable character")
    _within("address", packet.address, 0, ADDRESS_MAX)
    closed = packet.checksum or len(packet.commands) > 1
    head = f"{packet.sign_type}{packet.address:02X}".encode("ascii")
    body = b"".join(_section(command, closed, packet.checksum) for command in packet.commands)
    return bytes(packet.preamble_nuls) + bytes([SOH]) + head + body + bytes([EOT])


def checksum(section: bytes) -> bytes:
    """Four upper-case hex digits: the 16-bit sum of STX to ETX, both included."""
    return f"{sum(section) & 0xFFFF:04X}".encode("ascii")


def framer() -> DelimitedFramer:
    """A framer for what signs and controllers send; NULs between frames are the preamble, not noise."""
    return DelimitedFramer(bytes([SOH]), EOT, 1, FRAME_BYTES_MAX, idle=bytes([NUL]))


def fitted(text: str, limit_bytes: int = STRING_BYTES_MAX) -> str:
    """`text` in 7-bit ASCII. Raises `bad_glyph` or `text_too_long`."""
    if len(text) > limit_bytes:
        raise Rejected("text_too_long", f"{len(text)} characters, the limit is {limit_bytes}")
    return fit(text, GLYPHS, {})


def _section(command: Command, closed: bool, with_checksum: bool) -> bytes:
    section = bytes([STX]) + _data(command).encode("ascii")
    if not closed:
        return section
    section += bytes([ETX])
    return section + (checksum(section) if with_checksum else b"")


def _data(command: Command) -> str:
    match command:
        case WriteText():
            return _text(command)
        case ReleasePriority():
            return f"A{PRIORITY_LABEL}"
        case WriteString(label, text, flash):
            limit = STRING_BYTES_MAX - 4 if flash else STRING_BYTES_MAX
            shown = fitted(text, limit)
            return f"G{_string_label(label)}" + (f"{_FLASH}1{shown}{_FLASH}0" if flash else shown)
        case SetMemory(files):
            if not files:
                raise Rejected("malformed", "a memory layout without files would clear the sign")
            return "E$" + "".join(_memory_row(file) for file in files)
        case SoftReset():
            return "E,"
        case Beep(continuous):
            return "E(0" if continuous else "E(1"
        case SetTime(hour, minute):
            return f"E {_within('hour', hour, 0, 23):02d}{_within('minute', minute, 0, 59):02d}"
    assert_never(command)


def _text(command: WriteText) -> str:
    label = _label(command.label)
    limit = PRIORITY_BYTES_MAX if label == PRIORITY_LABEL else TEXT_BYTES_MAX
    colour = f"{_COLOUR}{command.colour.value}" if command.colour else ""
    call = f"{_CALL_STRING}{_string_label(command.call)}" if command.call else ""
    return f"A{label}\x1b{command.position.value}{command.mode.value}{colour}{call}{fitted(command.text, limit)}"


def _memory_row(file: MemoryFile) -> str:
    if file.is_string:
        size = _within("STRING size", file.size_bytes, 1, STRING_BYTES_MAX)
        return f"{_string_label(file.label)}BL{size:04X}0000"
    return f"{_label(file.label)}AU{_within('TEXT size', file.size_bytes, 1, 0xFFFF):04X}FF00"


def _label(label: str) -> str:
    if len(label) != 1 or not 0x20 <= ord(label) <= 0x7E or label == "?":
        raise Rejected("malformed", "a file label is one printable character, not ?")
    return label


def _string_label(label: str) -> str:
    if _label(label) == PRIORITY_LABEL:
        raise Rejected("malformed", "a STRING file may not have the priority label 0")
    return label


def _within(name: str, value: int, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Rejected("malformed", f"{name} must be a whole number from {low} to {high}")
    return value
