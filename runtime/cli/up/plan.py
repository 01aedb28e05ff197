"""Which processes an office needs, pure: office file + addresses → users, endpoints, children."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from contracts.roles import MqttRole
from contracts.settings import Device, Office
from runtime.address import Address
from runtime.geometry import Geometry, share_display
from runtime.supervisor import Spec

# A higher stage stops earlier: the demo, then the parts, the server, and last what all of them talk to.
BASE, SERVER, PARTS, DEMO = range(4)

SERVER_ID = "server"
DEMO_ID = "demo-1"
MONITOR_ID = "monitor-1"
BROKER_NAME = "broker"

PTY_SIMULATORS = {
    "sign-candle": "sign-candle",
    "sign-alpha": "sign-alpha",
    "buttons-qsystem": "buttons",
    "scanner-serial": "scanner",
}
"""Device kind → name of its simulator (`motcua sim NAME`). Each makes the link DATA/run/dev/ID to its pty, and takes a
person's commands (a press, a scan, an unplugged cable) on the socket DATA/run/dev/ID.control."""

TCP_SIMULATORS = frozenset({"escpos"})

PAPER_DOTS = {80: 576, 58: 384}
"""Printable dots of a line on the two common rolls, by paper width in mm."""

UNIX_PATH_BYTES_MAX = 108
"""sockaddr_un.sun_path with its closing zero (unix(7)): deeper than that a simulator has no control socket."""


@dataclass(frozen=True)
class Place:
    """Where this office runs."""

    office_file: Path
    data: Path
    http: Address
    mqtt: Address
    headless: bool
    demo: bool
    python: tuple[str, ...]  # the interpreter and its flags
    windows: Mapping[str, Geometry] = field(default_factory=dict)  # when several share one display
    database: str | None = None  # --database of the server


def users_of(office: Office) -> dict[str, MqttRole]:
    """The MQTT users: a process each, a ready-made MQTT button each, the demo, and one who only listens."""
    users = {SERVER_ID: MqttRole.SERVER, DEMO_ID: MqttRole.DEMO, MONITOR_ID: MqttRole.MONITOR}
    users |= {row.id: MqttRole.KIOSK for row in office.kiosk}
    users |= {row.id: MqttRole.BOARD for row in office.board}
    users |= {row.id: MqttRole.SIGNS for row in office.signs}
    users |= {row.id: MqttRole.BRIDGE for row in office.bridge}
    users |= {row.id: MqttRole.GATEWAY for row in office.device if row.kind.startswith("button-")}
    return users


def simulated(office: Office) -> list[Device]:
    """The devices that have no url of their own and for which there is a simulator."""
    kinds = TCP_SIMULATORS | PTY_SIMULATORS.keys()
    return [row for row in office.device if row.url is None and row.kind in kinds]


def endpoints_of(office: Office, data: Path, free_port: Callable[[], int]) -> dict[str, str]:
    """Device id → url of its simulator."""
    urls = {}
    for device in simulated(office):
        if device.kind in TCP_SIMULATORS:
            urls[device.id] = f"tcp://127.0.0.1:{free_port()}?width={PAPER_DOTS[device.paper_mm]}"
        else:
            urls[device.id] = f"serial://{data / 'run' / 'dev' / device.id}?baud={device.baud}"
    return urls


def windows_of(office: Office, display: tuple[int, int] | None) -> dict[str, Geometry]:
    """Process id → its window, when several share one display; a window alone takes all of it."""
    kiosks, boards = [row.id for row in office.kiosk], [row.id for row in office.board]
    if display is None or len(kiosks) + len(boards) < 2:
        return {}
    upright, lying = share_display(*display, len(kiosks), len(boards))
    return dict(zip((*kiosks, *boards), (*upright, *lying), strict=True))


def _part(place: Place, module: str, name: str, *, windowed: bool = False) -> Spec:
    argv = [*place.python, "-m", module, "--id", name]
    argv += ["--office", str(place.office_file), "--broker", f"mqtt://{place.mqtt.reachable}"]
    argv += ["--data", str(place.data), "--http", str(place.http)]
    if windowed and place.headless:
        argv.append("--headless")
    elif windowed and name in place.windows:
        argv += ["--window", str(place.windows[name])]
    return Spec(name, tuple(argv), stage=PARTS, after=(BROKER_NAME,))


def _control(place: Place, device: Device) -> list[str]:
    path = place.data / "run" / "dev" / f"{device.id}.control"
    return ["--control", str(path)] if len(str(path).encode()) < UNIX_PATH_BYTES_MAX else []


def _pty_simulator(place: Place, device: Device) -> list[str]:
    link = place.data / "run" / "dev" / device.id
    options = ["--link", str(link), "--office", str(place.office_file), "--device", device.id]
    if device.kind.startswith("sign-"):
        options += ["--out", str(place.data / "signs")]
    if device.kind == "scanner-serial":
        options += [f"--prefix={device.prefix}", f"--suffix={device.suffix}"]
    return ["firmware_bridge.simulators", PTY_SIMULATORS[device.kind], *options, *_control(place, device)]


def _printer_simulator(place: Place, device: Device, url: str, tray: Path) -> list[str]:
    parts = urlsplit(url)
    options = ["--host", str(parts.hostname), "--port", str(parts.port), "--out", str(tray)]
    options += ["--width", str(PAPER_DOTS[device.paper_mm])]
    return ["kiosk.printing.simulator", *options, *_control(place, device)]


def _simulators(office: Office, place: Place, endpoints: Mapping[str, str]) -> list[Spec]:
    rows = simulated(office)
    printers = [row for row in rows if row.kind in TCP_SIMULATORS]
    specs = []
    for row in rows:
        if row in printers:  # one printer has DATA/printed for itself, several have a folder each
            tray = place.data / "printed" / (row.id if len(printers) > 1 else "")
            module = _printer_simulator(place, row, endpoints[row.id], tray)
        else:
            module = _pty_simulator(place, row)
        specs.append(Spec(row.id, (*place.python, "-m", *module), stage=BASE))
    return specs


def specs_of(office: Office, place: Place, broker: list[str], endpoints: Mapping[str, str]) -> list[Spec]:
    """The children, in the order in which they start."""
    reach = place.mqtt.reachable
    specs = [Spec(BROKER_NAME, tuple(broker), stage=BASE, probe=(reach.host, reach.port))]
    specs += _simulators(office, place, endpoints)
    server = _part(place, "queue_server", SERVER_ID)
    database = () if place.database is None else ("--database", place.database)
    specs.append(Spec(server.name, (*server.argv, *database), stage=SERVER, after=server.after))
    specs += [_part(place, "kiosk", row.id, windowed=True) for row in office.kiosk]
    specs += [_part(place, "displays.tv", row.id, windowed=True) for row in office.board]
    specs += [_part(place, "displays.signs", row.id) for row in office.signs]
    specs += [_part(place, "firmware_bridge", row.id) for row in office.bridge]
    if place.demo:
        others = tuple(spec.name for spec in specs)
        demo = _part(place, "queue_server.demo", DEMO_ID)
        specs.append(Spec(demo.name, demo.argv, stage=DEMO, after=others, counts=False))
    return specs
