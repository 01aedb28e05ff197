"""Brings the database to this version's schema, or refuses one that a newer version made.

The migrations' library is loaded only when there is something to migrate: it costs 11 MB and a tenth of a second.
"""

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from contracts.errors import Rejected
from queue_server.adapters.store.session import Session

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"


@functools.cache
def head() -> str:
    """The newest revision; files of migrations are named after theirs."""
    return max(path.stem.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def config(connection: Connection | None = None) -> "Config":
    """Alembic's configuration, made here so that no ini file can disagree."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["connection"] = connection
    return made


def upgrade(session: Session) -> None:
    """To the newest revision, on the connection that holds the lock. Raises Rejected `database_newer`."""
    with session.transaction() as connection:
        if is_current(connection):
            return
        from alembic import command
        from alembic.util.exc import CommandError

        made, current = config(connection), _revision(connection)
        try:
            command.upgrade(made, "head")
        except CommandError as error:
            raise Rejected("database_newer", f"database has revision {current}: {error}") from error


def is_current(connection: Connection) -> bool:
    """True when it has this version's schema."""
    return _revision(connection) == head()


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found
