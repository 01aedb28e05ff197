"""The options of `up` (design.md §8)."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runtime.address import Address
from runtime.cli_options import HTTP_DEFAULT, SAMPLE_OFFICE, CodedParser
from runtime.database import HELP, database_option

MQTT_DEFAULT = "127.0.0.1:1883"


@dataclass(frozen=True)
class UpOptions:
    """What was asked for; a port 0 means any free one."""

    data: Path
    office: Path
    http: Address
    mqtt: Address
    headless: bool
    demo: bool
    database: str | None = None


def _address(text: str) -> Address:
    try:
        return Address.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def parse_options(argv: Sequence[str]) -> UpOptions:
    """Options from a command line; leaves the process with 2 and a coded line when they are wrong."""
    parser = CodedParser(prog="motcua up", description="Start a whole office on this machine.", allow_abbrev=False)
    parser.add_argument("--data", type=Path, default=Path("data"), metavar="DIR", help="data directory; default ./data")
    parser.add_argument("--office", type=Path, default=SAMPLE_OFFICE, metavar="FILE.toml", help="office file")
    parser.add_argument("--http", type=_address, default=HTTP_DEFAULT, metavar="HOST:PORT", help="port 0: a free one")
    parser.add_argument("--mqtt", type=_address, default=MQTT_DEFAULT, metavar="HOST:PORT", help="port 0: a free one")
    parser.add_argument("--headless", action="store_true", help="windows off-screen, kept fresh in DATA/screens")
    parser.add_argument("--demo", action="store_true", help="also play a lobby: simulated citizens and clerks")
    parser.add_argument("--database", type=database_option, metavar="URL", help=HELP)
    parser.add_argument("--yes", action="store_true", help="install what is missing without asking")
    found = parser.parse_args(argv)
    return UpOptions(
        data=found.data.absolute(),
        office=found.office.absolute(),
        http=found.http,
        mqtt=found.mqtt,
        headless=found.headless,
        demo=found.demo,
        database=found.database,
    )
