"""Dossiers in the office database: imported in bulk, looked up one at a time. A table of its own: it is personal."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from queue_server.adapters.store.database import Where, database_at
from queue_server.adapters.store.dialects import insert_for
from queue_server.adapters.store.faults import coded
from queue_server.adapters.store.schema import dossiers
from queue_server.dossiers.ports import UpsertCounts
from queue_server.dossiers.records import DossierRecord
from runtime.clock import Clock


class SqlDossiers:
    """DossierStore (writing) and the source of look-ups (reading), over two engines of the same database."""

    def __init__(self, where: Where, now_ms: Callable[[], int] | None = None) -> None:
        self._database = database_at(where)
        self._writer, self._reader = self._database.writing_engine(), self._database.reading_engine()
        self._now_ms = now_ms or Clock().wall_ms

    def upsert_many(self, records: Sequence[DossierRecord]) -> UpsertCounts:
        """All of them in one transaction, or none. Raises `storage_unavailable`."""
        unique = {record.code: record for record in records}
        if not unique:
            return UpsertCounts(0, 0)
        now_ms = self._now_ms()
        values = [
            {"code": code, "record": msgspec.json.encode(record).decode(), "updated_ms": now_ms}
            for code, record in unique.items()
        ]
        with coded(self._database), self._writer.begin() as connection:
            known = {c for (c,) in connection.execute(select(dossiers.c.code).where(dossiers.c.code.in_(unique)))}
            connection.execute(self._upsert(), values)
        return UpsertCounts(len(unique) - len(known), len(known))

    def _upsert(self) -> Any:
        statement = insert_for(self._database.dialect)(dossiers)
        changed = {name: statement.excluded[name] for name in ("record", "updated_ms")}
        return statement.on_conflict_do_update(index_elements=["code"], set_=changed)

    def get(self, code: str) -> DossierRecord | None:
        """The dossier with this normalised code."""
        with coded(self._database), self._reader.connect() as connection:
            found = connection.execute(select(dossiers.c.record).where(dossiers.c.code == code)).scalar()
        return None if found is None else msgspec.json.decode(found, type=DossierRecord)

    def empty(self) -> bool:
        """True when the office has no dossier."""
        with coded(self._database), self._reader.connect() as connection:
            return connection.execute(select(dossiers.c.code).limit(1)).first() is None

    def close(self) -> None:
        """Closes both engines."""
        self._writer.dispose()
        self._reader.dispose()
