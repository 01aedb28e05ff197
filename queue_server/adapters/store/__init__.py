"""The office database: SQLite in DATA, or PostgreSQL; the same tables, the same migrations, the same tests."""

from pathlib import Path

from queue_server.adapters.store.database import Where
from queue_server.adapters.store.dossier_store import SqlDossiers
from queue_server.adapters.store.office_store import OfficeStore
from runtime.clock import Clock
from runtime.database import database_of
from runtime.paths import DataDir

__all__ = ["OfficeStore", "SqlDossiers", "Where", "open_store"]


class _LockedDossiers(SqlDossiers):
    """Dossiers of an office whose server is down: holds the server's own lock meanwhile."""

    def __init__(self, where: Where, beside: Path) -> None:
        self._office = OfficeStore(where, Clock().wall_ms(), beside)
        super().__init__(where)

    def close(self) -> None:
        """Closes the dossiers, then gives the lock back."""
        super().close()
        self._office.close()


def open_store(data: Path) -> SqlDossiers:
    """For commands when no server runs. Raises Rejected `already_running` when one does."""
    folder = DataDir(data)
    return _LockedDossiers(database_of(folder), folder.database.parent)
