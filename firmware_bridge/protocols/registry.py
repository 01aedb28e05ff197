"""The sign families the bridge speaks: one row a family. Sessions, the command line and the checks of the office file
ask here and know no protocol."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from contracts.errors import Rejected
from firmware_bridge.protocols import alpha, candle
from firmware_bridge.protocols.framing import Framer

ALPHA_STRING, ALPHA_TEXT, ALPHA_TEXT_BYTES = "1", "A", 0x100


@dataclass(frozen=True)
class Face:
    """What a sign shows: `text`, blinking `blink_times` times before it stands still (0: steady at once)."""

    text: str = ""
    blink_times: int = 0


@dataclass(frozen=True)
class LineDefaults:
    """How the port is opened unless its url says otherwise, the silence a sign needs between frames, and how often
    every text is repeated for a sign that was without power meanwhile (it cannot say so)."""

    baud: int
    bytesize: int
    parity: str
    gap_ms: int
    refresh_ms: int


@dataclass(frozen=True)
class Capabilities:
    """What a family can do. `counts_blinks`: stops blinking by itself; `replies`: can be asked what it shows;
    `fixed_cells`: a longer text is lost (other signs scroll it)."""

    counts_blinks: bool
    colour: bool
    replies: bool
    fixed_cells: bool
    address_min: int
    address_max: int
    cells_default: int
    cells_max: int


@dataclass(frozen=True)
class Driver:
    """A family. `setup` frames go first on every (re)connect; `once` is one frame that shows a text on a bare sign."""

    family: str
    doc: str
    capabilities: Capabilities
    line: LineDefaults
    fitted: Callable[[str], str]
    setup: Callable[[int], tuple[bytes, ...]]
    show: Callable[[int, Face, int], bytes]
    once: Callable[[int, Face], bytes]
    framer: Callable[[], Framer]
    quality: Mapping[str, str]

    def showable(self, text: str) -> bool:
        """True when the sign can show `text`, if need be with other letters of the same meaning."""
        try:
            self.fitted(text)
        except Rejected:
            return False
        return True

    def fitted_to(self, text: str, cells: int) -> str:
        """`text` as the sign will show it. Raises `bad_glyph`, or `text_too_long` for more than `cells` characters."""
        shown = self.fitted(text)
        if len(shown) > cells:
            raise Rejected("text_too_long", f"{len(shown)} characters, the sign has {cells} cells", cells=cells)
        return shown

    def check_address(self, address: int) -> int:
        """`address` when the family has it; raises `malformed` otherwise."""
        low, high = self.capabilities.address_min, self.capabilities.address_max
        if not low <= address <= high:
            raise Rejected("malformed", f"address {address}: {self.family} has {low} to {high}")
        return address


def driver(family: str) -> Driver:
    """The driver of `family`. Raises `usage` with the nearest name."""
    if family in DRIVERS:
        return DRIVERS[family]
    near = difflib.get_close_matches(family, DRIVERS, 1)
    hint = f", did you mean {near[0]}?" if near else ""
    raise Rejected("usage", f"no sign family {family!r}{hint} (known: {', '.join(DRIVERS)})")


def _candle_show(address: int, face: Face, cells: int) -> bytes:
    """Padded to every cell: the sign replaces only as many cells as were sent."""
    text = candle.fitted(face.text).ljust(cells)
    return candle.encode(candle.Show(address, text, min(face.blink_times, candle.BLINK_TIMES_MAX)))


def _candle_once(address: int, face: Face) -> bytes:
    return candle.encode(candle.Show(address, face.text, min(face.blink_times, candle.BLINK_TIMES_MAX)))


def _plain_show(address: int, face: Face, cells: int) -> bytes:
    return candle.encode(candle.ShowPlain(address, candle.fitted(face.text).ljust(cells)))


def _plain_once(address: int, face: Face) -> bytes:
    return candle.encode(candle.ShowPlain(address, face.text))


def _alpha_frame(address: int, command: alpha.Command) -> bytes:
    return alpha.encode(alpha.Packet(address, (command,), checksum=True))


def _alpha_setup(address: int) -> tuple[bytes, ...]:
    """Memory with one TEXT that calls one STRING: from then on a number changes without the sign going dark."""
    files = (
        alpha.MemoryFile(ALPHA_TEXT, ALPHA_TEXT_BYTES),
        alpha.MemoryFile(ALPHA_STRING, alpha.STRING_BYTES_MAX, is_string=True),
    )
    text = alpha.WriteText(ALPHA_TEXT, call=ALPHA_STRING)
    return _alpha_frame(address, alpha.SetMemory(files)), _alpha_frame(address, text)


def _alpha_show(address: int, face: Face, _cells: int) -> bytes:
    return _alpha_frame(address, alpha.WriteString(ALPHA_STRING, face.text, flash=face.blink_times > 0))


def _alpha_once(address: int, face: Face) -> bytes:
    mode = alpha.Mode.FLASH if face.blink_times else alpha.Mode.HOLD
    return alpha.encode(alpha.Packet(address, (alpha.WriteText(ALPHA_TEXT, face.text, mode=mode),)))


_CANDLE_LINE = LineDefaults(baud=57600, bytesize=8, parity="N", gap_ms=200, refresh_ms=30_000)
_CANDLE_CAN = Capabilities(
    counts_blinks=True, colour=False, replies=False, fixed_cells=True,
    address_min=candle.ADDRESS_MIN, address_max=candle.ADDRESS_MAX, cells_default=8, cells_max=candle.TEXT_CELLS_MAX,
)  # fmt: skip
_ALPHA_CAN = Capabilities(
    counts_blinks=False, colour=True, replies=False, fixed_cells=False,
    address_min=0, address_max=alpha.ADDRESS_MAX, cells_default=16, cells_max=alpha.STRING_BYTES_MAX - 4,
)  # fmt: skip
_TESTED = {
    "goldens": "done", "negatives": "done", "one-byte": "done", "lossy": "done", "unplug": "done", "hot-plug": "done",
    "real hardware": "todo: none at hand",
}  # fmt: skip

DRIVERS: dict[str, Driver] = {
    row.family: row
    for row in (
        Driver(
            "candle", "Candle and QSystem RS-485 counter signs", _CANDLE_CAN, _CANDLE_LINE, candle.fitted,
            lambda _address: (), _candle_show, _candle_once, candle.framer, _TESTED,
        ),
        Driver(
            "candle-plain", "older QSystem signs without the blink byte",
            replace(_CANDLE_CAN, counts_blinks=False),
            LineDefaults(baud=57600, bytesize=8, parity="N", gap_ms=300, refresh_ms=30_000), candle.fitted,
            lambda _address: (), _plain_show, _plain_once, candle.framer, _TESTED,
        ),
        Driver(
            "alpha", "Alpha M-Protocol message signs (BetaBrite, Adaptive, EZ KEY II)",
            _ALPHA_CAN, LineDefaults(baud=9600, bytesize=7, parity="E", gap_ms=250, refresh_ms=600_000), alpha.fitted,
            _alpha_setup, _alpha_show, _alpha_once, alpha.framer, _TESTED,
        ),
    )
}  # fmt: skip
