"""`motcua report waits`: the same report as over HTTP, from the database of a running or a stopped office."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from contracts.errors import Rejected
from queue_server.application.waits import By, waits_query
from queue_server.reports.source import ReportSource
from runtime.cli_options import SAMPLE_OFFICE, CodedParser
from runtime.clock import Clock
from runtime.config import load_office
from runtime.database import database_of, database_option
from runtime.i18n import languages
from runtime.paths import DataDir

NICE = 15
"""A report has time: whoever gives tickets on the same machine comes first."""


def step_back() -> None:
    """This process gives way to all others (nice(2)); one that gives way already stays as it is."""
    os.nice(max(0, NICE - os.nice(0)))


def _parser() -> CodedParser:
    parser = CodedParser(prog="motcua report waits", description="Waits by service and hour.", allow_abbrev=False)
    parser.add_argument("what", choices=["waits"], help="which report")
    parser.add_argument(
        "--from", dest="first", metavar="DAY", help="first business day, like 2026-11-23; default today"
    )
    parser.add_argument("--to", dest="last", metavar="DAY", help="last business day; default the first")
    parser.add_argument("--by", default="service", help=f"default service; of {', '.join(By)}, several with commas")
    parser.add_argument("--format", choices=["json", "csv"], default="json", help="default json")
    parser.add_argument("--lang", choices=languages(), default="vi", help="language of headers and definitions")
    parser.add_argument("--data", type=Path, default=Path("data"), metavar="DIR", help="data directory; default ./data")
    parser.add_argument(
        "--office", type=Path, default=SAMPLE_OFFICE, metavar="FILE", help="office file (names, targets)"
    )
    parser.add_argument("--database", type=_database, metavar="FILE|URL", help="another database than that of --data")
    return parser


def _database(text: str) -> Path | str:
    return database_option(text) if "://" in text else Path(text)


def main(argv: Sequence[str], clock: Clock | None = None) -> int:
    """Writes the report to standard output. Raises Rejected."""
    options = _parser().parse_args(argv)
    office = load_office(options.office)
    where = options.database or database_of(DataDir(options.data))
    if isinstance(where, Path) and not where.exists():
        raise Rejected("file_unreadable", f"{where}: there is no office database")
    today = (clock or Clock()).now().astimezone(ZoneInfo(office.office.timezone)).date()
    source = ReportSource(where, office)
    report = source.waits_now(waits_query(options.first, options.last, options.by, today=today), options.lang)
    out = source.csv(report, options.lang) if options.format == "csv" else msgspec.json.encode(report) + b"\n"
    sys.stdout.buffer.write(out)
    return 0
