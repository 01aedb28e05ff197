"""Real randomness for ids and tokens."""

import os
from collections.abc import Callable

from contracts.ids import TOKEN_BYTES, ordered_uuid_from, token_from
from runtime.clock import Clock

UUID_BYTES = 10
POOL_BYTES = 4096
"""Drawn at once: a call of the kernel for each id costs more than deciding the ticket."""


class SystemFresh:
    """Implements Fresh from the kernel's generator. For one thread (the writer): no byte is given out twice."""

    def __init__(self, wall_ms: Callable[[], int] | None = None) -> None:
        self._wall_ms = wall_ms or Clock().wall_ms
        self._pool, self._used = b"", 0

    def uuid(self) -> str:
        """A UUID that begins with the time: new rows of the database lie beside each other."""
        return ordered_uuid_from(self._wall_ms(), self._draw(UUID_BYTES))

    def token(self) -> str:
        """A ticket token."""
        return token_from(self._draw(TOKEN_BYTES))

    def _draw(self, count: int) -> bytes:
        if self._used + count > len(self._pool):
            self._pool, self._used = os.urandom(POOL_BYTES), 0
        self._used += count
        return self._pool[self._used - count : self._used]
