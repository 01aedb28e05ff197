"""Reads a whole file first and stores afterwards: what is wrong is known before anything changes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from queue_server.dossiers.ports import BATCH_MAX, DossierStore, UpsertCounts
from queue_server.dossiers.readers import Row, rows_of
from queue_server.dossiers.records import CODE_COLUMN, DossierRecord, RowError, record_from


class OnError(StrEnum):
    """What a bad row does to the good ones."""

    SKIP = "skip"  # good rows are kept
    ABORT = "abort"  # nothing is kept


@dataclass(frozen=True)
class Reading:
    """What a file held."""

    records: tuple[DossierRecord, ...]
    errors: tuple[RowError, ...]


def read_file(path: Path) -> Reading:
    """Read and check every row of the file. Raises what `rows_of` raises."""
    return check(rows_of(path))


def check(rows: Iterable[Row]) -> Reading:
    """Rows → records and errors; a code that stands in the file twice is an error in its second row."""
    records: dict[str, DossierRecord] = {}
    seen_in: dict[str, int] = {}
    errors: list[RowError] = []
    for number, cells in rows:
        result = cells if isinstance(cells, RowError) else record_from(number, cells)
        if isinstance(result, RowError):
            errors.append(result)
        elif result.code in records:
            errors.append(RowError(number, CODE_COLUMN, f"the same code as row {seen_in[result.code]}"))
        else:
            records[result.code], seen_in[result.code] = result, number
    return Reading(tuple(records.values()), tuple(errors))


def to_store(reading: Reading, on_error: OnError) -> tuple[DossierRecord, ...]:
    """The records that may be stored under the user's choice."""
    return () if reading.errors and on_error is OnError.ABORT else reading.records


def store_all(records: Sequence[DossierRecord], store: DossierStore) -> UpsertCounts:
    """Store in batches of BATCH_MAX. If one fails, those before it stay: run again, the same codes are replaced."""
    counts = UpsertCounts(0, 0)
    for start in range(0, len(records), BATCH_MAX):
        counts += store.upsert_many(records[start : start + BATCH_MAX])
    return counts
