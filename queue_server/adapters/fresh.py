"""Real randomness for ids and tokens."""

import os

from contracts.ids import TOKEN_BYTES, token_from, uuid_from

UUID_BYTES = 16
POOL_BYTES = 4096
"""Drawn at once: a call of the kernel for each id costs more than deciding the ticket."""


class SystemFresh:
    """Implements Fresh from the kernel's generator. For one thread (the writer): no byte is given out twice."""

    def __init__(self) -> None:
        self._pool, self._used = b"", 0

    def uuid(self) -> str:
        """A version 4 UUID."""
        return uuid_from(self._draw(UUID_BYTES))

    def token(self) -> str:
        """A ticket token."""
        return token_from(self._draw(TOKEN_BYTES))

    def _draw(self, count: int) -> bytes:
        if self._used + count > len(self._pool):
            self._pool, self._used = os.urandom(POOL_BYTES), 0
        self._used += count
        return self._pool[self._used - count : self._used]
