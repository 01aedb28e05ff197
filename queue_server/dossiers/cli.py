"""`motcua dossiers import FILE`: prints what it did and every bad row; exit 0 when all rows were good, else 2."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from queue_server.dossiers.client import ServerAway, ServerStore
from queue_server.dossiers.importing import OnError, Reading, read_file, store_all, to_store
from queue_server.dossiers.ports import DossierStore, UpsertCounts
from queue_server.dossiers.records import DossierRecord
from queue_server.dossiers.status import fold
from runtime.cli_options import EXIT_USAGE, CodedParser
from runtime.config import load_office
from runtime.paths import DataDir

ERRORS_SHOWN_MAX = 200

OpenStore = Callable[[Path], DossierStore]


def parser() -> CodedParser:
    """The options of `motcua dossiers`."""
    top = CodedParser(prog="motcua dossiers", allow_abbrev=False)
    verb = top.add_subparsers(dest="verb", required=True).add_parser("import", allow_abbrev=False)
    verb.add_argument("file", type=Path, help=".csv, .xlsx or .json with the national portal's field names")
    verb.add_argument("--data", type=Path, default=Path("data"), metavar="DIR", help="data directory; default ./data")
    verb.add_argument("--office", type=Path, metavar="FILE", help="office file: warns of fields no service takes")
    verb.add_argument(
        "--on-error", type=OnError, choices=list(OnError), default=OnError.ABORT, metavar="skip|abort",
        help="a bad row: skip it and keep the good ones, or (default) keep nothing",
    )  # fmt: skip
    return top


def main(argv: Sequence[str], open_store: OpenStore | None = None) -> int:
    """Run the command. `open_store` opens the database directly when no server runs; tests pass their own."""
    options = parser().parse_args(argv)
    reading = read_file(options.file)
    for error in reading.errors[:ERRORS_SHOWN_MAX]:
        sys.stderr.write(f"motcua: error[{error.code}]: {options.file.name}: {error}\n")
    if len(reading.errors) > ERRORS_SHOWN_MAX:
        sys.stderr.write(f"motcua: … and {len(reading.errors) - ERRORS_SHOWN_MAX} more bad rows\n")
    if options.office is not None:
        _warn_of_fields(reading, options.office)
    records = to_store(reading, options.on_error)
    counts = _store(records, options.data, open_store or _open_store) if records else UpsertCounts(0, 0)
    skipped = len(reading.records) - len(records)
    sys.stdout.write(
        f"{options.file.name}: {counts.inserted} new, {counts.updated} updated, {len(reading.errors)} bad"
        + (f", {skipped} good rows not imported (--on-error skip keeps them)" if skipped else "")
        + "\n"
    )
    return EXIT_USAGE if reading.errors else 0


def _store(records: Sequence[DossierRecord], data: Path, open_store: OpenStore) -> UpsertCounts:
    try:
        return store_all(records, ServerStore(DataDir(data).server_socket))
    except ServerAway:
        return store_all(records, open_store(data))


def _open_store(data: Path) -> DossierStore:
    from queue_server.adapters.store import open_store

    return open_store(data)


def _warn_of_fields(reading: Reading, office_file: Path) -> None:
    known = {fold(field) for service in load_office(office_file).service for field in service.fields}
    strange = sorted({r.field_name for r in reading.records if r.field_name and fold(r.field_name) not in known})
    for field in strange[:ERRORS_SHOWN_MAX]:
        sys.stderr.write(f"motcua: note: no service of the office takes the field {field!r}\n")
