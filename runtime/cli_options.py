"""The options every part shares (design.md §8), and how a command line fails: one coded line on stderr."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from contracts.errors import Rejected

BROKER_DEFAULT = "mqtt://127.0.0.1:1883"
HTTP_DEFAULT = "127.0.0.1:8080"
SAMPLE_OFFICE = Path(__file__).resolve().parents[1] / "assets" / "samples" / "office.toml"

EXIT_ENVIRONMENT = 1
EXIT_USAGE = 2
ENVIRONMENT_CODES = frozenset(
    {"port_in_use", "data_unwritable", "already_running", "install_failed", "start_failed", "storage_unavailable",
     "device_unreachable", "no_sound_card", "engine_failed", "database_newer", "database_corrupt", "fenced", "busy"}
)  # fmt: skip
"""Codes that say something about the machine and not about what was typed: exit 1, all others exit 2."""


class CodedParser(argparse.ArgumentParser):
    """An ArgumentParser whose errors look like all others: `motcua: error[usage]: …`, exit 2."""

    def error(self, message: str) -> NoReturn:
        """Print the coded line and leave with 2."""
        sys.stderr.write(f"motcua: error[usage]: {message} ({self.prog} --help tells the options)\n")
        raise SystemExit(EXIT_USAGE)


def part_parser(prog: str, description: str = "") -> CodedParser:
    """The parser of one part: id, office (Path), broker, data (Path), http, headless; a part may add options."""
    parser = CodedParser(prog=f"motcua {prog}", description=description, allow_abbrev=False)
    parser.add_argument("--id", required=True, metavar="NAME", help="row of the office file, and MQTT user name")
    parser.add_argument("--office", type=Path, default=SAMPLE_OFFICE, metavar="FILE", help="office file (TOML)")
    parser.add_argument("--broker", default=BROKER_DEFAULT, metavar="URL", help=f"default {BROKER_DEFAULT}")
    parser.add_argument("--data", type=Path, default=Path("data"), metavar="DIR", help="data directory; default ./data")
    parser.add_argument(
        "--http", default=HTTP_DEFAULT, metavar="HOST:PORT", help=f"of the web server; default {HTTP_DEFAULT}"
    )
    parser.add_argument("--headless", action="store_true", help="render off-screen")
    return parser


def report(rejected: Rejected) -> int:
    """Print a rejection as a command line does and return the exit code."""
    sys.stderr.write(f"motcua: error[{rejected.code}]: {rejected.detail}\n")
    return EXIT_ENVIRONMENT if rejected.code in ENVIRONMENT_CODES else EXIT_USAGE


def run_command(main: Callable[[Sequence[str]], int], argv: Sequence[str] | None = None) -> NoReturn:
    """Run `main(argv)` and exit with its code; a Rejected becomes its coded line, Ctrl-C exit 130."""
    try:
        code = main(sys.argv[1:] if argv is None else argv)
    except Rejected as rejected:
        code = report(rejected)
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:  # the reader of our output went away, as in `motcua report … | head`
        sys.stdout = None  # nothing may flush into the broken pipe at exit
        code = 0
    raise SystemExit(code)
