"""A mapping whose copy costs what changed last, not what is in it: the state is copied before every batch, and a day
has thousands of tickets (measured with 10,000: 1.1 ms a copy with plain dicts, as much as deciding 40 tickets)."""

from collections.abc import Iterator, MutableMapping
from math import isqrt
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")

TOP_MAX = 256  # changed entries that are copied as they are; with more of them a new base is made
TOP_GROWTH = 64
"""The more a new base costs, the more rarely it is made: at the root of this times its size both ways of copying cost
the same, with some 30 changes a fork."""


class Layered(MutableMapping[K, V]):
    """As a dict, in the order of insertion. `fork()` is a copy: neither sees what becomes of the other.

    The base is shared by forks and never changes. Entries are set, or all of them cleared; a single one is not deleted.
    """

    __slots__ = ("_base", "_top")

    def __init__(self) -> None:
        self._base: dict[K, V] = {}
        self._top: dict[K, V] = {}

    def fork(self) -> "Layered[K, V]":
        """A copy that may be changed."""
        if len(self._top) > max(TOP_MAX, isqrt(TOP_GROWTH * len(self._base))):
            # In this order, and everybody else looks at the top first: a reader in another thread misses nothing.
            self._base = {**self._base, **self._top}
            self._top = {}
        made: Layered[K, V] = Layered()
        made._base, made._top = self._base, dict(self._top)
        return made

    def __getitem__(self, key: K) -> V:
        """The newest value. Raises KeyError."""
        top = self._top
        return top[key] if key in top else self._base[key]

    def get(self, key: K, default: Any = None) -> Any:
        """As of a dict."""
        top = self._top
        return top[key] if key in top else self._base.get(key, default)

    def __contains__(self, key: object) -> bool:
        """As of a dict."""
        return key in self._top or key in self._base

    def __setitem__(self, key: K, value: V) -> None:
        """Sets an entry here only."""
        self._top[key] = value

    def __delitem__(self, key: K) -> None:
        """Raises TypeError: nobody needs it."""
        raise TypeError(f"{key!r}: a single entry is not deleted")

    def clear(self) -> None:
        """Empties it, here only."""
        self._base, self._top = {}, {}

    def __iter__(self) -> Iterator[K]:
        """Keys as they were set first."""
        top = self._top
        base = self._base
        yield from base
        yield from (key for key in top if key not in base)

    def __len__(self) -> int:
        """How many keys."""
        top = self._top
        base = self._base
        return len(base) + sum(key not in base for key in top)

    def __repr__(self) -> str:
        """As of a dict."""
        return repr(dict(self))
