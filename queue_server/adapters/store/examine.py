"""A look at the database before anything is written to it: a damaged file is left as it is, so that it can be saved."""

from queue_server.adapters.store import loading
from queue_server.adapters.store.database import Database
from queue_server.adapters.store.faults import coded
from queue_server.adapters.store.migrate import is_current


def examine(database: Database) -> None:
    """Reads what the start will read, on a read-only connection. Raises Rejected `database_corrupt`.

    A database that is not there yet, or is of another version, is the migrations' matter.
    """
    if not database.exists():
        return
    engine = database.reading_engine()
    try:
        with coded(database), engine.connect() as connection:
            if is_current(connection):
                loading.load(connection, ())
    finally:
        engine.dispose()
