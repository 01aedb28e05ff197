"""Dossier look-ups of this office: code checked, record found, only the citizen's view given out."""

from collections.abc import Sequence
from pathlib import Path

import structlog

from contracts.dossier_code import parse
from contracts.errors import Rejected
from contracts.messages.dossiers import DossierView, LookupDossier
from contracts.settings import Office
from queue_server.adapters.store.dossier_store import SqlDossiers
from queue_server.domain.clock import local
from queue_server.dossiers.importing import OnError, read_file, store_all, to_store
from queue_server.dossiers.ports import UpsertCounts
from queue_server.dossiers.records import DossierRecord
from queue_server.dossiers.secret import secret_matches
from queue_server.dossiers.status import Desk, view_of


class OfficeDossiers:
    """Implements the Lookup port over the store."""

    def __init__(self, office: Office, store: SqlDossiers) -> None:
        self._office, self._store = office, store
        by_field = {field: s.code for s in office.service for field in s.fields}
        by_role = {s.role: s.code for s in reversed(office.service)}
        self._desk = Desk(by_field, by_role.get("result"), by_role.get("guide"))

    def find(self, command: LookupDossier, now_ms: int) -> DossierView:
        """Raises Rejected bad_dossier_code, dossier_unknown, secret_wrong."""
        record = self._store.get(parse(command.code).text)
        if record is None:
            raise Rejected("dossier_unknown", "no such dossier was imported")
        if self._office.dossiers.secret_required and command.secret is None:
            raise Rejected("secret_wrong", "this office asks for the look-up characters of the receipt")
        if command.secret is not None and not secret_matches(record, command.secret):
            raise Rejected("secret_wrong", "the second factor does not match")
        return view_of(record, local(now_ms, self._office.office.timezone), self._desk)

    def upsert_many(self, records: Sequence[DossierRecord]) -> UpsertCounts:
        """Stores a batch."""
        return self._store.upsert_many(records)


def import_first(office: Office, office_file: Path, store: SqlDossiers) -> None:
    """Fills an office that has no dossier yet from the file its office file names; bad rows are told and left out."""
    name = office.dossiers.first_import
    if not name or not store.empty():
        return
    log = structlog.get_logger("dossiers")
    try:
        reading = read_file(office_file.parent / name)
        counts = store_all(to_store(reading, OnError.SKIP), store)
    except Rejected as why:
        log.error("first import failed", code=why.code, detail=why.detail)
        return
    log.info("first import", file=name, inserted=counts.inserted, bad_rows=len(reading.errors))
