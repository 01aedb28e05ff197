"""What a database error means for whoever asked (design.md §4, Storage trouble)."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from contracts.errors import Rejected
from queue_server.adapters.store.database import Database

DETAIL_CHARS_MAX = 200


class BrokenConstraint(Exception):  # noqa: N818 - says what it is
    """The database refused rows that contradict each other or what it has: never a storage trouble, always a bug."""


@contextmanager
def coded(database: Database) -> Iterator[None]:
    """Full, busy, read-only, away → `storage_unavailable`; damaged → `database_corrupt`. A broken constraint: a bug."""
    try:
        yield
    except Rejected:
        raise
    except Exception as error:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        if is_broken_constraint(cause):
            raise BrokenConstraint(str(cause).strip()[:DETAIL_CHARS_MAX]) from error
        code = database.code_of(cause)
        if code is None:
            raise
        raise Rejected(code, str(cause).strip()[:DETAIL_CHARS_MAX]) from error


def is_broken_constraint(error: BaseException) -> bool:
    """True for the IntegrityError of any driver (PEP 249 gives it this name)."""
    return any(kind.__name__ == "IntegrityError" for kind in type(error).__mro__)
