"""Keys of the office: 32 random bytes each in DATA/secrets, made at first use. `access.key` signs every token,
`persons.key` hashes who booked."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from contracts.errors import Rejected

KEY_BYTES = 32
ACCESS, PERSONS = "access", "persons"


def key_path(folder: Path, name: str = ACCESS) -> Path:
    """Where a key lies in the secrets folder."""
    return folder / f"{name}.key"


def ensure_key(folder: Path, draw: Callable[[int], bytes] = secrets.token_bytes, *, name: str = ACCESS) -> bytes:
    """A key of the office, made now (0600) when there is none. Raises `data_unwritable` or `unauthorised` (damaged)."""
    path = key_path(folder, name)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make(path, draw(KEY_BYTES))
        path.chmod(0o600)
        text = path.read_text()
    except OSError as error:
        raise Rejected("data_unwritable", f"{path}: {error.strerror}") from None
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise Rejected("unauthorised", f"{path} holds no key; remove it to make a new one (what it made is void)")
    return key


def _make(path: Path, key: bytes) -> None:
    # Linked into place, not renamed: when the server and a command make it at once, the first one wins for both.
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
