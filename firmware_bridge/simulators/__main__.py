"""`motcua sim NAME --link PATH`: a simulated device on a pseudo-terminal."""

from collections.abc import Sequence
from pathlib import Path

from contracts.errors import Rejected
from contracts.ids import is_username
from firmware_bridge.simulators.buttons import ButtonsSim
from firmware_bridge.simulators.device import SimulatedDevice
from firmware_bridge.simulators.host import Host
from firmware_bridge.simulators.scanner import SUFFIXES, ScannerSim
from firmware_bridge.simulators.sign_alpha import AlphaSim
from firmware_bridge.simulators.sign_candle import CELLS_DEFAULT, CandleSim
from runtime.cli_options import CodedParser, run_command
from runtime.config import load_office
from runtime.lifecycle import notify_ready, on_stop_signal

NAMES = ("sign-candle", "sign-alpha", "buttons", "scanner")


def parser() -> CodedParser:
    """The options of every simulator; each uses those that concern it."""
    top = CodedParser(prog="motcua sim", description="a simulated device on a pseudo-terminal", allow_abbrev=False)
    top.add_argument("name", metavar="NAME", help=", ".join(NAMES))
    top.add_argument("--link", type=Path, required=True, metavar="PATH", help="where the port appears (a link)")
    top.add_argument("--out", type=Path, metavar="DIR", help="signs: keep <sign>.json and <sign>.png fresh there")
    top.add_argument("--control", type=Path, metavar="PATH", help="Unix datagram socket for commands (also on stdin)")
    top.add_argument("--sign", action="append", default=[], metavar="ID=ADDRESS", help="a sign of the bus; repeatable")
    top.add_argument("--cells", type=int, default=CELLS_DEFAULT, help="characters of a counter sign")
    top.add_argument("--office", type=Path, metavar="FILE", help="take signs and cells from --device of this office")
    top.add_argument("--device", metavar="ID", help="row of the office file that is simulated")
    top.add_argument("--prefix", default="", help="scanner: what it sends before the text")
    top.add_argument("--suffix", default="CR", choices=sorted(SUFFIXES), help="scanner: what it sends after the text")
    return top


def signs_given(pairs: Sequence[str]) -> dict[int, str]:
    """["sign-1=32"] → {32: "sign-1"}. Raises `usage`."""
    signs: dict[int, str] = {}
    for pair in pairs:
        name, _, address = pair.partition("=")
        try:
            number = int(address, 0)
        except ValueError:
            number = -1
        if number < 0 or not is_username(name):  # the id names files
            raise Rejected("usage", f"--sign {pair!r} is not ID=ADDRESS")
        signs[number] = name
    return signs


def signs_of_office(office_file: Path, device_id: str) -> tuple[dict[int, str], int]:
    """The signs on a bus of the office file, and their cells. Raises `unknown_device`, `config_invalid`…"""
    office = load_office(office_file)
    device = next((d for d in office.device if d.id == device_id), None)
    if device is None:
        raise Rejected("unknown_device", f"{office_file} has no device {device_id!r}")
    rows = [c for c in office.counter if c.sign_bus == device_id and c.sign and c.sign_address is not None]
    signs = {c.sign_address: c.sign for c in rows if c.sign and c.sign_address is not None}
    return signs or {device.address: device.id}, device.width


def build(name: str, signs: dict[int, str], cells: int, prefix: str, suffix: str) -> SimulatedDevice:
    """The device of that name. Raises `usage`."""
    match name.replace("_", "-"):
        case "sign-candle":
            return CandleSim(signs, cells)
        case "sign-alpha":
            address, sign = next(iter(signs.items()), (1, "sign-alpha"))
            return AlphaSim(sign, address)
        case "buttons":
            return ButtonsSim()
        case "scanner":
            return ScannerSim(prefix, suffix)
    raise Rejected("usage", f"no simulator {name!r} (known: {', '.join(NAMES)})")


def main(argv: Sequence[str]) -> int:
    """Run until told to stop. Prints `ready PATH` when the port is there."""
    options = parser().parse_args(argv)
    signs, cells = signs_given(options.sign), options.cells
    if options.office and options.device and not signs:
        signs, cells = signs_of_office(options.office, options.device)
    device = build(options.name, signs, cells, options.prefix, options.suffix)
    try:
        host = Host(device, options.link, options.out, options.control)
    except OSError as error:
        raise Rejected("data_unwritable", f"{error.filename or options.link}: {error.strerror}") from None
    on_stop_signal(host.stop)
    host.listen_to_stdin()
    print(f"ready {options.link}", flush=True)
    notify_ready()
    host.run()
    return 0


if __name__ == "__main__":
    run_command(main)
