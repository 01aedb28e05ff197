"""What SQLAlchemy has in a module for each database. Of a module only what is used is loaded: PostgreSQL's takes a
tenth of a server's start."""

from typing import Any


def insert_for(dialect: str) -> Any:
    """The INSERT that knows `on_conflict_do_update`. `dialect`: "sqlite" or "postgresql"."""
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as of_postgresql

        return of_postgresql
    from sqlalchemy.dialects.sqlite import insert as of_sqlite

    return of_sqlite


def compiler_for(dialect: str, mark: str) -> Any:
    """The dialect that compiles statements for the driver itself, with placeholders of the style `mark`."""
    made: Any
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql.psycopg import dialect as made
    else:
        from sqlalchemy.dialects.sqlite import dialect as made
    return made(paramstyle=mark)
