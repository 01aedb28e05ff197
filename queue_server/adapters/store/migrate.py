"""Brings the database to this version's schema, or refuses one that a newer version made."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, inspect, text

from contracts.errors import Rejected
from queue_server.adapters.store.session import Session

MIGRATIONS = Path(__file__).parent / "migrations"


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, made here so that no ini file can disagree."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["connection"] = connection
    return made


def upgrade(session: Session) -> None:
    """To the newest revision, on the connection that holds the lock. Raises Rejected `database_newer`."""
    with session.transaction() as connection:
        if is_current(connection):
            return
        made, current = config(connection), _revision(connection)
        try:
            command.upgrade(made, "head")
        except CommandError as error:
            raise Rejected("database_newer", f"database has revision {current}: {error}") from error


def is_current(connection: Connection) -> bool:
    """True when it has this version's schema."""
    return _revision(connection) == ScriptDirectory.from_config(config()).get_current_head()


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found
