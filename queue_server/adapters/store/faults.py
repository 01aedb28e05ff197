"""What a database error means for whoever asked (design.md §4, Storage trouble)."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from contracts.errors import Rejected
from queue_server.adapters.store.database import Database

DETAIL_CHARS_MAX = 200
_OURS = frozenset({"IntegrityError", "DataError"})  # PEP 249 gives them these names in every driver


class BadRow(Exception):  # noqa: N818 - says what it is
    """The database refused a row that contradicts another or its columns cannot hold: a bug, no storage trouble."""


@contextmanager
def coded(database: Database) -> Iterator[None]:
    """Full, busy, read-only, away → `storage_unavailable`; damaged → `database_corrupt`. A bad row raises BadRow."""
    try:
        yield
    except Rejected:
        raise
    except Exception as error:
        cause = driver_error(error)
        detail = str(cause).strip()[:DETAIL_CHARS_MAX]
        if any(kind.__name__ in _OURS for kind in type(cause).__mro__):
            raise BadRow(detail) from error
        code = database.code_of(cause)
        if code is None:
            raise
        raise Rejected(code, detail) from error


def driver_error(error: BaseException) -> BaseException:
    """What the driver said, without SQLAlchemy's words around it."""
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
