"""Identifiers: their forms and limits. Randomness is an argument, so that a simulation can repeat itself."""

import base64
import re
import uuid

from contracts.errors import Rejected

COMMAND_ID_CHARS_MAX = 64
TOKEN_BYTES = 10  # 80 bits: a ticket token cannot be guessed during a business day

_COMMAND_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{7,63}")
_USERNAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_TICKET_NUMBER = re.compile(r"([A-Z])([0-9]{3})")


def check_command_id(text: str) -> str:
    """Return `text` when it is a usable command id (UUID or 8-64 safe characters); raise `malformed` otherwise."""
    if not _COMMAND_ID.fullmatch(text):
        raise Rejected("malformed", "id must be a UUID or 8-64 letters, digits and . _ : -")
    return text


def is_username(text: str) -> bool:
    """True when `text` may be an MQTT username: it becomes a level of a topic, so no wildcard and no slash."""
    return _USERNAME.fullmatch(text) is not None


def parse_ticket_number(text: str) -> tuple[str, int]:
    """Split "A015" into ("A", 15); accepts lower case and blanks around. Raises `bad_number`."""
    match = _TICKET_NUMBER.fullmatch(text.strip().upper())
    if match is None:
        raise Rejected("bad_number", f"{text[:20]!r} is not a prefix letter and three digits")
    return match[1], int(match[2])


def format_ticket_number(prefix: str, serial: int) -> str:
    """("A", 15) → "A015". The serial must be 1-999 (the signs have four cells)."""
    if not 1 <= serial <= 999:
        raise Rejected("numbers_exhausted", f"serial {serial} of {prefix} does not fit three digits")
    return f"{prefix}{serial:03d}"


def uuid_from(random_bytes: bytes) -> str:
    """A version 4 UUID from 16 random bytes that the caller drew."""
    return str(uuid.UUID(bytes=random_bytes[:16], version=4))


def ordered_uuid_from(at_ms: int, random_bytes: bytes) -> str:
    """A version 7 UUID (RFC 9562, 5.7): the time in ms, then 74 random bits. Those of one day lie together in an index:
    with random ones each insert into a table of a million rows touches a page of its own."""
    bits = (at_ms & (1 << 48) - 1) << 80 | int.from_bytes(random_bytes[:10])
    text = f"{bits & ~(0xF << 76 | 0x3 << 62) | 0x7 << 76 | 0x2 << 62:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def token_from(random_bytes: bytes) -> str:
    """A ticket token (lower-case base32) from TOKEN_BYTES random bytes."""
    return base64.b32encode(random_bytes[:TOKEN_BYTES]).decode().lower()
