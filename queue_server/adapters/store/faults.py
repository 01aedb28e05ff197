"""What a database error means for whoever asked (design.md §4, Storage trouble)."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError, IntegrityError

from contracts.errors import Rejected

_CORRUPT = ("malformed", "not a database", "disk image")


@contextmanager
def coded() -> Iterator[None]:
    """Full, busy, read-only → `storage_unavailable`; corrupt → `database_corrupt`. A broken constraint is a bug."""
    try:
        yield
    except IntegrityError:
        raise
    except DatabaseError as error:
        text = str(error.orig)
        code = "database_corrupt" if any(word in text for word in _CORRUPT) else "storage_unavailable"
        raise Rejected(code, text[:200]) from error
