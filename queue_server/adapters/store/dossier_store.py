"""Dossiers in the office database: imported in bulk, looked up one at a time. A table of its own: it is personal."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from sqlalchemy import Engine, select
from sqlalchemy.dialects.sqlite import insert as upsert_insert

from queue_server.adapters.store.engine import reading_engine, writing_engine
from queue_server.adapters.store.faults import coded
from queue_server.adapters.store.schema import dossiers
from queue_server.dossiers.ports import UpsertCounts
from queue_server.dossiers.records import DossierRecord


class SqlDossiers:
    """DossierStore (writing) and the source of look-ups (reading), over two engines of the same file."""

    def __init__(self, path: Path, now_ms: int = 0, *, writer: Engine | None = None) -> None:
        self._writer = writer or writing_engine(path)
        self._reader = reading_engine(path)
        self._now_ms = now_ms

    def upsert_many(self, records: Sequence[DossierRecord]) -> UpsertCounts:
        """All of them in one transaction, or none. Raises `storage_unavailable`."""
        unique = {record.code: record for record in records}
        if not unique:
            return UpsertCounts(0, 0)
        values = [
            {"code": code, "record": msgspec.json.encode(record).decode(), "updated_ms": self._now_ms}
            for code, record in unique.items()
        ]
        statement = upsert_insert(dossiers)
        changed = {name: statement.excluded[name] for name in ("record", "updated_ms")}
        with coded(), self._writer.begin() as connection:
            known = {c for (c,) in connection.execute(select(dossiers.c.code).where(dossiers.c.code.in_(unique)))}
            connection.execute(statement.on_conflict_do_update(index_elements=["code"], set_=changed), values)
        return UpsertCounts(len(unique) - len(known), len(known))

    def get(self, code: str) -> DossierRecord | None:
        """The dossier with this normalised code."""
        with coded(), self._reader.connect() as connection:
            found = connection.execute(select(dossiers.c.record).where(dossiers.c.code == code)).scalar()
        return None if found is None else msgspec.json.decode(found, type=DossierRecord)

    def empty(self) -> bool:
        """True when the office has no dossier."""
        with coded(), self._reader.connect() as connection:
            return connection.execute(select(dossiers.c.code).limit(1)).first() is None

    def close(self) -> None:
        """Closes both engines."""
        self._writer.dispose()
        self._reader.dispose()
