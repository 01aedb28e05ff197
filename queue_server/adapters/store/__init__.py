"""The office database (SQLite now; the same models for PostgreSQL later)."""

from pathlib import Path

from queue_server.adapters.store.dossier_store import SqlDossiers
from queue_server.adapters.store.office_store import OfficeStore
from runtime.clock import Clock
from runtime.paths import DataDir

__all__ = ["OfficeStore", "SqlDossiers", "open_store"]


class _LockedDossiers(SqlDossiers):
    """Dossiers of an office whose server is down: holds the server's own lock meanwhile."""

    def __init__(self, path: Path, now_ms: int) -> None:
        self._office = OfficeStore(path, now_ms)
        super().__init__(path, now_ms)

    def close(self) -> None:
        """Closes the dossiers, then gives the lock back."""
        super().close()
        self._office.close()


def open_store(data: Path) -> SqlDossiers:
    """For commands when no server runs. Raises Rejected `already_running` when one does."""
    return _LockedDossiers(DataDir(data).database, Clock().wall_ms())
