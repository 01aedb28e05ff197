"""Who books, without knowing who: a keyed hash in place of a telephone or citizen-card number.

The number ends here, before the writer: a plain hash would give it back to whoever tries all numbers, a hash with the
office's own key does not. What is kept of it, and until when: docs/appointments.md.
"""

import hashlib
import os
import re
from typing import Any, Self

import msgspec

from contracts.errors import Rejected
from contracts.messages.appointments import BookAppointment

HASH_BYTES = 20
DIGITS_MIN, DIGITS_MAX = 8, 15  # ITU-T E.164: a telephone number has at most 15
_COUNTRY = re.compile(r"(?:\+|00)84|84(?=[0-9]{9}$)")  # Viet Nam; a citizen-card number begins with 0


def normalised(number: str) -> str:
    """The same number however it is written: "+84 912.345.678" and "0912345678" are one. Raises `malformed`."""
    text = re.sub(r"[ .-]", "", number)
    text = _COUNTRY.sub("0", text, count=1) if _COUNTRY.match(text) else text.removeprefix("+")
    if not (text.isascii() and text.isdigit() and DIGITS_MIN <= len(text) <= DIGITS_MAX):
        raise Rejected("malformed", f"person: {DIGITS_MIN} to {DIGITS_MAX} digits of a telephone or citizen card")
    return text


class Persons:
    """Hashes with the key of one office."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def throwaway(cls) -> Self:
        """With a key that ends with this process: for offices that live no longer."""
        return cls(os.urandom(32))

    def hashed(self, number: str) -> str:
        """Raises `malformed` for what is no number."""
        return hashlib.blake2b(normalised(number).encode(), key=self._key, digest_size=HASH_BYTES).hexdigest()

    def hidden(self, message: Any) -> Any:
        """The same command without a number in it. Raises `malformed`."""
        if not isinstance(message, BookAppointment):
            return message
        return msgspec.structs.replace(message, person=self.hashed(message.person))
