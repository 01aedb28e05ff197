"""The secrets of the MQTT users: one random text a user in DATA/secrets/mqtt/USER (0600 in 0700)."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from contracts.errors import Rejected
from contracts.ids import is_username

SECRET_BYTES = 24  # 192 bits
SECRET_CHARS_MAX = 256


def secret_path(data: Path, username: str) -> Path:
    """Where the secret of this user is. Raises `usage` when the text is no username: it names a file."""
    if not is_username(username):
        raise Rejected("usage", f"{username!r} is not a user name")
    return data / "secrets" / "mqtt" / username


def read_secret(data: Path, username: str) -> str:
    """The secret of a user that `up` made. Raises `unauthorised` when there is none that can be read."""
    path = secret_path(data, username)
    try:
        text = path.read_text().strip()
    except OSError as error:
        raise Rejected("unauthorised", f"{path}: {error.strerror}; `motcua up` makes the secrets") from None
    if not text or len(text) > SECRET_CHARS_MAX:
        raise Rejected("unauthorised", f"{path} holds no secret")
    return text


def private_dir(path: Path) -> Path:
    """Make a directory that only this user may open (0700), or make an old one so."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def write_private(path: Path, text: str) -> None:
    """Replace a file whole or not at all; 0600 from its first byte on."""
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def ensure_secret(data: Path, username: str, draw: Callable[[int], str] = secrets.token_urlsafe) -> str:
    """The secret of this user, made now when it has none. A secret that others could read loses those rights."""
    path = secret_path(data, username)
    private_dir(data / "secrets")
    private_dir(path.parent)
    if path.exists():
        path.chmod(0o600)
        return read_secret(data, username)
    write_private(path, draw(SECRET_BYTES) + "\n")
    return read_secret(data, username)
