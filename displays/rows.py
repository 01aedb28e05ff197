"""Which row of the office file this process is."""

import difflib
from collections.abc import Sequence
from typing import Protocol, TypeVar

from contracts.errors import Rejected


class _Row(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Row)


def row_of(rows: Sequence[T], wanted: str, table: str) -> T:
    """The row with this id. Raises `usage` with the nearest id of that table."""
    found = next((row for row in rows if row.id == wanted), None)
    if found is not None:
        return found
    ids = [row.id for row in rows]
    near = difflib.get_close_matches(wanted, ids, 1)
    hint = f", did you mean {near[0]!r}?" if near else ""
    raise Rejected("usage", f"the office file has no [[{table}]] {wanted!r}{hint} (known: {', '.join(ids) or 'none'})")
