"""Which command ids have an outcome, in memory: a batch of new ones costs no query.

Only a hash of each is kept, so that a day of a big office takes a few MB. A hash that two commands share costs one
query; an id that is not in the set was never seen.
"""

from collections.abc import Iterable, Sequence

KEYS_MAX = 200_000
"""More than that, and every batch asks the database again: about 15 MB."""

Key = tuple[str, str]


class Remembered:
    """Not known until `fill`ed; unknown again after `forget()`. Then everything may be remembered."""

    def __init__(self) -> None:
        self._hashes: set[int] | None = None

    def fill(self, keys: Iterable[Key]) -> None:
        """Exactly these."""
        self._hashes = set()
        self.add(keys)

    def add(self, keys: Iterable[Key]) -> None:
        """Committed now."""
        if self._hashes is not None:
            self._hashes.update(map(hash, keys))
            if len(self._hashes) > KEYS_MAX:
                self._hashes = None

    def forget(self) -> None:
        """What is in the database is not known: a commit failed, and may have happened."""
        self._hashes = None

    def perhaps(self, keys: Sequence[Key]) -> Sequence[Key]:
        """Those that the database must be asked for."""
        known = self._hashes
        return keys if known is None else [key for key in keys if hash(key) in known]
