"""The office file as frozen Structs. A key's meaning stands beside it; `docs/config.md` is generated from here.

Limits are part of the type, so that they are checked, documented and tested in one place.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Text = dict[str, str]  # language → text; "vi" must be there
Identifier = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,31}$")]
Letter = Annotated[str, Meta(pattern="^[A-Z]$")]
Minutes = Annotated[float, Meta(gt=0, le=480)]
Prose = Annotated[str, Meta(max_length=300)]
Range = Annotated[str, Meta(pattern="^[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$")]

SERVICES_MAX = 26
COUNTERS_MAX = 99
DEVICES_MAX = 200


def say(text: Text, lang: str) -> str:
    """`text` in `lang`, else in Vietnamese."""
    return text.get(lang) or text["vi"]


class _Table(msgspec.Struct, frozen=True, kw_only=True):
    pass


class OfficeHead(_Table, frozen=True, kw_only=True):
    """[office]: who the office is."""

    id: Identifier  # part of every MQTT topic
    name: Text
    short_name: Text | None = None  # for narrow places; default: name
    level: Prose = ""  # free word; reports group by it
    timezone: Prose = "Asia/Ho_Chi_Minh"
    languages: list[Annotated[str, Meta(pattern="^[a-z]{2,3}$")]] = msgspec.field(default_factory=lambda: ["vi", "en"])
    public_url: Prose = ""  # address that phones can reach; empty: no phone QR
    hotline: Prose = ""
    slogan: Text | None = None


class Queue(_Table, frozen=True, kw_only=True):
    """[queue]: rules that are not about one service."""

    # head_start: a class counts as come earlier; strict: by rank; interleaved: by ratio; accumulating: by rate
    policy: Literal["head_start", "strict", "interleaved", "accumulating"] = "head_start"
    overtaken_max: Annotated[int, Meta(ge=1, le=999)] = 20  # nobody is passed over more often, whatever the policy
    call_next_finishes: bool = True  # call-next while serving finishes that ticket first
    stale_s: Annotated[int, Meta(ge=5, le=3600)] = 120  # an older call is not published after a restart
    number_digits: Literal[3] = 3
    anonymous_tickets: bool = False  # may an anonymous web page take a ticket
    lease_numbers: Annotated[int, Meta(ge=0, le=200)] = 30  # lent a kiosk, service and day; 0: none
    auto_call_s: Annotated[int, Meta(ge=0, le=600)] = 5  # a counter with auto_call calls after so long without a ticket
    alert_min: Minutes = 5.0  # an alert comes so long before a target wait is missed


class Service(_Table, frozen=True, kw_only=True):
    """[[service]]: one kind of work; `code` is the letter of its numbers."""

    code: Letter
    name: Text
    role: Literal["submit", "result", "guide"] = "submit"
    fields: list[Prose] = []  # lĩnh vực of dossiers and procedures that belong here
    icon: Identifier = "document"
    mean_min: Minutes = 8.0  # usual minutes of service, until the office has its own figures
    target_min: Minutes = 30.0  # a wait up to this is "within target"
    quota: Annotated[int, Meta(ge=1, le=999)] = 300  # tickets a day
    slot_capacity: Annotated[int, Meta(ge=0, le=99)] = 0  # appointments a slot; 0: none for this service


class Counter(_Table, frozen=True, kw_only=True):
    """[[counter]]: one counter."""

    n: Annotated[int, Meta(ge=1, le=COUNTERS_MAX)]
    name: Text
    skills: dict[str, Annotated[int, Meta(ge=1, le=9)]]  # service code → level; 1 = its own work
    zone: Prose = "hall"
    sign: Identifier | None = None  # id of the sign above it
    sign_bus: Identifier | None = None  # the [[device]] the sign hangs on
    sign_address: Annotated[int, Meta(ge=0, le=255)] | None = None
    arrow: Literal["<", ">", "-", ""] = ""
    auto_call: bool = False  # calls the next ticket by itself when it is idle


class Priority(_Table, frozen=True, kw_only=True):
    """[[priority]]: a class that is treated as if it had come earlier. "normal" exists without a row."""

    code: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,31}$")]
    name: Text
    head_start_min: Annotated[float, Meta(ge=0, le=240)] = 0.0
    rank: Annotated[int, Meta(ge=1, le=9)] = 1  # policy strict: a higher rank goes first; normal is 0
    ratio: Annotated[int, Meta(ge=1, le=9)] = 1  # policy interleaved: so many of this class, then one of the others
    rate: Annotated[float, Meta(ge=1, le=10)] = 2.0  # policy accumulating: a minute of waiting counts so much; normal 1


class ResultCode(_Table, frozen=True, kw_only=True):
    """[[result]]: how a visit may end; without rows any plain code is taken."""

    code: Annotated[str, Meta(pattern="^[a-z][a-z0-9_-]{0,31}$")]
    name: Text


class Appointments(_Table, frozen=True, kw_only=True):
    """[appointments]: slots within the opening hours; a service has them when its slot_capacity is not 0."""

    slot_min: Annotated[int, Meta(ge=5, le=240)] = 30
    days_ahead: Annotated[int, Meta(ge=0, le=60)] = 14
    early_min: Annotated[int, Meta(ge=0, le=240)] = 30  # check-in from so long before the slot …
    late_min: Annotated[int, Meta(ge=0, le=120)] = 10  # … to so long after its start
    keep_days: Annotated[int, Meta(ge=0, le=365)] = 0  # personal data of a booking after its day


class Hours(_Table, frozen=True, kw_only=True):
    """[hours]: opening times, local; `exceptions` replace a whole date, [] = closed."""

    mon_fri: list[Range] = []
    sat: list[Range] = []
    sun: list[Range] = []
    enforce: bool = False  # true: no ticket outside these hours
    exceptions: dict[str, list[Range]] = {}


class Dossiers(_Table, frozen=True, kw_only=True):
    """[dossiers]: where dossiers come from and who may see them."""

    first_import: Prose = ""  # file beside the office file, imported when the office has no dossier yet
    secret_required: bool = False  # a look-up needs the receipt's look-up characters too


class Speech(_Table, frozen=True, kw_only=True):
    """[speech]: how calls are spoken."""

    languages: list[str] = msgspec.field(default_factory=lambda: ["vi"])
    reading: Literal["digits", "number"] = "digits"
    engine: Literal["espeak-ng", "gtts"] = "espeak-ng"
    repeat: Annotated[int, Meta(ge=1, le=3)] = 2
    gap_ms: Annotated[int, Meta(ge=0, le=5000)] = 650
    rate: Annotated[float, Meta(ge=0.5, le=2.0)] = 0.95
    chime: bool = True
    output: Prose = "auto"  # auto | file | a device name


class KioskIdle(_Table, frozen=True, kw_only=True):
    """[kiosk_idle]: how long a kiosk keeps a screen, in seconds."""

    home_s: Annotated[int, Meta(ge=5, le=300)] = 30
    ticket_s: Annotated[int, Meta(ge=3, le=60)] = 8


class Kiosk(_Table, frozen=True, kw_only=True):
    """[[kiosk]]: a touch kiosk."""

    id: Identifier
    name: Text
    services: list[Letter] = []  # empty: all


class Board(_Table, frozen=True, kw_only=True):
    """[[board]]: a TV board."""

    id: Identifier
    name: Text
    zones: list[Prose] = []  # empty: all


class Signs(_Table, frozen=True, kw_only=True):
    """[[signs]]: the process that decides what every sign shows."""

    id: Identifier
    zones: list[Prose] = []


class Bridge(_Table, frozen=True, kw_only=True):
    """[[bridge]]: the process that owns serial ports, buttons and the loudspeaker."""

    id: Identifier


DeviceKind = Literal[
    "escpos", "scanner-serial", "scanner-wedge", "camera", "sign-candle", "sign-alpha", "buttons-qsystem",
    "button-tasmota", "button-zigbee2mqtt", "button-esphome", "button-shelly", "button-mqtt",
]  # fmt: skip


KeyMeaning = Literal["single", "double", "long", "press", "off"]  # "press": one or two quick presses tell apart


class Device(_Table, frozen=True, kw_only=True):
    """[[device]]: one device, or one serial bus. `url` left out: `up` starts its simulator; "": switched off."""

    id: Identifier
    kind: DeviceKind
    at: Identifier  # the kiosk or bridge it is plugged into
    url: Prose | None = None
    paper_mm: Literal[80, 58] = 80
    dots: Annotated[int, Meta(ge=200, le=832)] = 576  # printable dots a line
    baud: Annotated[int, Meta(ge=300, le=921600)] = 9600
    prefix: Prose = ""
    suffix: Literal["CR", "LF", "CRLF", "ETX", "TAB", ""] = "CR"
    width: Annotated[int, Meta(ge=1, le=64)] = 6  # cells of a sign
    gap_ms: Annotated[int, Meta(ge=0, le=5000)] = 200
    address: Annotated[int, Meta(ge=0, le=255)] = 1
    zones: list[Prose] = []
    counters: dict[int, int] = {}  # button address or number → counter
    topic: Prose = ""  # of an MQTT button
    keys: dict[int, KeyMeaning] = {}  # key of a keypad (1-4) → what it means, where the usual meaning is wrong


class Office(_Table, frozen=True, kw_only=True):
    """The whole office file."""

    office: OfficeHead
    service: Annotated[list[Service], Meta(min_length=1, max_length=SERVICES_MAX)]
    counter: Annotated[list[Counter], Meta(min_length=1, max_length=COUNTERS_MAX)]
    queue: Queue = Queue()
    priority: list[Priority] = []
    result: list[ResultCode] = []
    appointments: Appointments = Appointments()
    hours: Hours = Hours()
    dossiers: Dossiers = Dossiers()
    speech: Speech = Speech()
    kiosk_idle: KioskIdle = KioskIdle()
    kiosk: list[Kiosk] = []
    board: list[Board] = []
    signs: list[Signs] = []
    bridge: list[Bridge] = []
    device: Annotated[list[Device], Meta(max_length=DEVICES_MAX)] = []

    @property
    def id(self) -> str:
        """The office id."""
        return self.office.id

    def service_by_code(self, code: str) -> Service | None:
        """The service with this code, if there is one."""
        return next((s for s in self.service if s.code == code), None)

    def counter_by_n(self, n: int) -> Counter | None:
        """The counter with this number, if there is one."""
        return next((c for c in self.counter if c.n == n), None)

    def devices_at(self, process_id: str, *kinds: str) -> list[Device]:
        """The devices plugged into one kiosk or bridge, of the kinds asked for (all without kinds)."""
        return [d for d in self.device if d.at == process_id and (not kinds or d.kind in kinds)]
