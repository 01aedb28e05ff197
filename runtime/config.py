"""Loads the office file from disk."""

import tomllib
from pathlib import Path

from contracts.errors import Rejected
from contracts.settings import Office, office_from

OFFICE_FILE_BYTES_MAX = 1_000_000
LINE_BYTES_MAX = 4_000
"""The parser takes time and memory by the square of the parts of a dotted key: 50,000 of them took 5 GB."""


def load_office(path: Path) -> Office:
    """The office of this file. Raises `file_unreadable`, `too_large` or `config_invalid` (every error listed)."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Rejected("file_unreadable", f"{path}: {error.strerror}") from None
    if len(data) > OFFICE_FILE_BYTES_MAX:
        raise Rejected("too_large", f"{path}: {len(data)} bytes, at most {OFFICE_FILE_BYTES_MAX}")
    if len(max(data.splitlines(), default=b"", key=len)) > LINE_BYTES_MAX:
        raise Rejected("too_large", f"{path}: a line is longer than {LINE_BYTES_MAX} bytes")
    try:
        raw = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:  # not TOML, not UTF-8, a number of 5,000 digits, a thousand brackets
        raise Rejected("config_invalid", f"{path}: {error}") from None
    office, errors = office_from(raw)
    if office is None:
        listed = "\n".join(f"  {error}" for error in errors)
        raise Rejected("config_invalid", f"{path}: {len(errors)} error(s)\n{listed}", count=len(errors))
    return office
