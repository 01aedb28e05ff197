"""Real randomness for ids and tokens."""

import os

from contracts.ids import TOKEN_BYTES, token_from, uuid_from


class SystemFresh:
    """Implements Fresh from the kernel's generator."""

    def uuid(self) -> str:
        """A version 4 UUID."""
        return uuid_from(os.urandom(16))

    def token(self) -> str:
        """A ticket token."""
        return token_from(os.urandom(TOKEN_BYTES))
