"""Brings the database to this version's schema, or refuses one that a newer version made."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Engine, inspect, text

from contracts.errors import Rejected

MIGRATIONS = Path(__file__).parent / "migrations"


def config(engine: Engine) -> Config:
    """Alembic's configuration, made here so that no ini file can disagree."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["engine"] = engine
    return made


def upgrade(engine: Engine) -> None:
    """To the newest revision. Raises Rejected `database_newer`."""
    made = config(engine)
    current = _revision(engine)
    if current == ScriptDirectory.from_config(made).get_current_head():
        return
    try:
        command.upgrade(made, "head")
    except CommandError as error:
        raise Rejected("database_newer", f"database has revision {current}: {error}") from error


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found
