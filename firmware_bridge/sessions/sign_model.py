"""A serial bus of signs as data: its places and state, what happens to it, what it asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.errors import Rejected
from firmware_bridge.protocols.registry import Driver, Face

WRITE_MS_MAX = 5_000  # a write that takes longer means the port hangs: it is reopened
BLINK_TIMES_MAX = 90  # no sign of ours counts further, and nobody looks that long
BLINK_MS = 1_000  # one blink of a sign that cannot count them itself
SIGNS_MAX = 95  # addresses of the smallest family


@dataclass(frozen=True)
class SignPlace:
    """A sign of the bus. `cells`: how many characters it has."""

    sign: str
    address: int
    cells: int


@dataclass(frozen=True)
class Bus:
    """What does not change: the family, the signs, the timings. `silent_ms` between two frames."""

    device: str
    driver: Driver
    places: tuple[SignPlace, ...]
    silent_ms: int
    refresh_ms: int

    def __post_init__(self) -> None:
        """Refuse what the family cannot address."""
        if len(self.places) > SIGNS_MAX:
            raise Rejected("malformed", f"{len(self.places)} signs on one bus, at most {SIGNS_MAX}")
        for place in self.places:
            self.driver.check_address(place.address)


@dataclass(frozen=True)
class SignState:
    """One sign. `text` None: nobody said yet what it shows. `written` None: unknown what it shows."""

    text: str | None = None
    blink_times: int = 0
    blink_until_ms: int = 0
    written: Face | None = None
    setup_sent: int = 0
    repeat: bool = False
    due_since_ms: int = 0
    fault: str | None = None


@dataclass(frozen=True)
class InFlight:
    """The frame the port is writing. `face` None: a set-up frame."""

    seq: int
    sign: str
    face: Face | None
    since_ms: int


@dataclass(frozen=True)
class BusState:
    """The whole bus."""

    signs: Mapping[str, SignState]
    link_up: bool = False
    in_flight: InFlight | None = None
    silent_until_ms: int = 0
    refresh_at_ms: int = 0
    seq: int = 0
    stopping: bool = False


# --- events -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Want:
    """A sign should show `text`. `live` False: an old wish heard again (retained), so it does not blink."""

    sign: str
    text: str
    blink_times: int = 0
    live: bool = True


@dataclass(frozen=True)
class LinkUp:
    """The port is open; the signs may have been without power meanwhile."""


@dataclass(frozen=True)
class LinkDown:
    """The port is gone."""

    detail: str = ""


@dataclass(frozen=True)
class Written:
    """The port has written frame `seq`."""

    seq: int


@dataclass(frozen=True)
class Stop:
    """The bridge ends. `blank`: leave the signs dark rather than with a number nobody keeps true."""

    blank: bool = True


@dataclass(frozen=True)
class Tick:
    """Time has passed."""


Event = Want | LinkUp | LinkDown | Written | Stop | Tick


# --- effects ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Write:
    """Write `frame`; answer with Written(seq), or LinkDown."""

    seq: int
    frame: bytes = field(repr=False)


@dataclass(frozen=True)
class Shown:
    """The sign's text was written."""

    sign: str
    text: str


@dataclass(frozen=True)
class Health:
    """The bus (`device` is its id) or one sign changed its health. `code` None: well."""

    device: str
    code: str | None = None
    detail: str = ""


@dataclass(frozen=True)
class Reopen:
    """A write hangs: close the port and open it again."""


@dataclass(frozen=True)
class Stopped:
    """Everything that Stop asked for is written, or cannot be."""


Effect = Write | Shown | Health | Reopen | Stopped
Step = tuple[BusState, list[Effect]]
