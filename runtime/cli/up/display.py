"""Is there a display to open windows on?"""

import re
import socket
from collections.abc import Mapping

X11_PORT = 6000
TRY_LIMIT_S = 1.0

_DISPLAY = re.compile(r"(?P<host>[^:/]*):(?P<number>\d{1,5})(\.\d+)?")


def _answers(family: socket.AddressFamily, address: str | tuple[str, int]) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(TRY_LIMIT_S)
        try:
            client.connect(address)
        except OSError:
            return False
    return True


def display_usable(environment: Mapping[str, str]) -> bool:
    """True when an X server answers at DISPLAY: a name alone may be a leftover."""
    match = _DISPLAY.fullmatch(environment.get("DISPLAY", ""))
    if match is None:
        return False
    host, number = match["host"], int(match["number"])
    if host in ("", "unix"):
        path = f"/tmp/.X11-unix/X{number}"  # noqa: S108 - fixed by X11
        return _answers(socket.AF_UNIX, path) or _answers(socket.AF_UNIX, "\0" + path)
    return X11_PORT + number <= 65_535 and _answers(socket.AF_INET, (host, X11_PORT + number))
