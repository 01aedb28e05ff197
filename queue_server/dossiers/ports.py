"""Where imported dossiers go: the store of this office, whoever implements it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from queue_server.dossiers.records import DossierRecord

BATCH_MAX = 1000
"""Most records in one call, one transaction and one request body."""


@dataclass(frozen=True)
class UpsertCounts:
    """How many dossiers were new and how many replaced one of the same code."""

    inserted: int
    updated: int

    def __add__(self, other: "UpsertCounts") -> "UpsertCounts":
        return UpsertCounts(self.inserted + other.inserted, self.updated + other.updated)


class DossierStore(Protocol):
    """Keeps dossiers by code."""

    def upsert_many(self, records: Sequence[DossierRecord]) -> UpsertCounts:
        """Store up to BATCH_MAX records, all of them or none. Raises `storage_unavailable` or `busy`."""
        ...
