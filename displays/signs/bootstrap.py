"""Wires `motcua signs`: options, office file, broker, service."""

from collections.abc import Sequence

from displays.rows import row_of
from displays.signs.service import SignsService
from runtime import log
from runtime.cli_options import part_parser
from runtime.config import load_office
from runtime.lifecycle import run_until_signal
from runtime.mqtt import Broker
from runtime.secrets import read_secret


def main(argv: Sequence[str]) -> int:
    """Runs until told to stop; the exit code. Raises Rejected for wrong options, office file or secret."""
    options = part_parser("signs", "decides what every LED sign shows").parse_args(argv)
    office = load_office(options.office)
    row = row_of(office.signs, options.id, "signs")
    broker = Broker.from_url(options.broker, row.id, read_secret(options.data, row.id))
    log.configure(row.id)
    service = SignsService(office, row.id, broker)
    return run_until_signal(service.start, service.stop)
