"""A device url → how to open its port."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from contracts.errors import Rejected

BAUD_MIN, BAUD_MAX = 300, 921_600
_LINE = re.compile(r"([78])([NEO])([12])")


@dataclass(frozen=True)
class PortSpec:
    """`address`: a path, or `socket://HOST:PORT` for an adapter on the network (then the line settings are its own)."""

    address: str
    baud: int = 9600
    bytesize: int = 8
    parity: str = "N"
    stopbits: int = 1


def port_spec(url: str, baud: int, line: str = "8N1") -> PortSpec:
    """`serial:///dev/ttyUSB0?baud=57600&bytes=8N1`, a bare path, `socket://HOST:PORT` or `tcp://HOST:PORT`.

    `baud` and `line` are the defaults. Raises `config_invalid`.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Rejected("config_invalid", f"device url {url!r}: {error}") from None
    if parts.scheme in {"socket", "tcp"}:
        if not parts.hostname or not port:
            raise Rejected("config_invalid", f"device url {url!r} needs HOST:PORT")
        return PortSpec(f"socket://{parts.netloc}")
    if parts.scheme not in {"serial", ""} or parts.netloc or not parts.path.startswith("/"):
        raise Rejected("config_invalid", f"device url {url!r} is not serial:///PATH or socket://HOST:PORT")
    query = parse_qs(parts.query)
    unknown = sorted(set(query) - {"baud", "bytes"})
    if unknown:
        raise Rejected("config_invalid", f"device url {url!r}: unknown {', '.join(unknown)}")
    settings = _LINE.fullmatch(query.get("bytes", [line])[-1].upper())
    speed = _baud(url, query.get("baud", [str(baud)])[-1])
    if settings is None:
        raise Rejected("config_invalid", f"device url {url!r}: bytes is like 8N1 or 7E1")
    return PortSpec(parts.path, speed, int(settings[1]), settings[2], int(settings[3]))


def _baud(url: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or not BAUD_MIN <= int(text) <= BAUD_MAX:
        raise Rejected("config_invalid", f"device url {url!r}: baud is {BAUD_MIN} to {BAUD_MAX}")
    return int(text)
