"""The printer's address in the office file → a typed address with its line settings.

`tcp://host:9100` · `serial:///dev/ttyUSB0?baud=115200` · `usb://04b8:0e15` ·
`file:///dev/usb/lp0`; options after `?`: width=384|576, layout=raster|text, proof=on|off, baud=N,
bytes=8N1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from contracts.errors import Rejected
from kiosk.printing.layout import Paper

TCP_PORT: Final = 9100
BAUD_DEFAULT: Final = 9600
BAUD_RASTER_MIN: Final = 38400
"""Below this a picture takes more than 15 s: text is the default layout."""
_BAUDS: Final = (2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400)
_OPTIONS: Final = frozenset({"width", "layout", "proof", "baud", "bytes"})
_FRAME: Final = re.compile(r"([78])([NEO])([12])")
_USB: Final = re.compile(r"([0-9a-f]{4}):([0-9a-f]{4})")


class LinkKind(StrEnum):
    """How the printer is attached."""

    TCP = "tcp"
    SERIAL = "serial"
    USB = "usb"
    FILE = "file"


class TicketLayout(StrEnum):
    """Dots, or ASCII text for a slow line."""

    RASTER = "raster"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class PrinterUrl:
    """A checked address. `target` is a host or a device path; unused numbers are 0."""

    kind: LinkKind
    target: str = ""
    port: int = 0
    baud: int = 0
    vendor_id: int = 0
    product_id: int = 0
    data_bits: int = 8
    parity: str = "N"
    stop_bits: int = 1
    paper: Paper = Paper.MM80
    layout: TicketLayout = TicketLayout.RASTER
    proof: bool = True
    """Ask GS r 1 after a job: answered only when all before it is done. Off for printers without."""


def parse_printer_url(text: str, paper: Paper = Paper.MM80) -> PrinterUrl:
    """The address behind `text`, on `paper` unless it has a width of its own.

    Raises `Rejected("config_invalid")` that names the wrong part.
    """
    try:
        parts = urlsplit(text)
        port = parts.port if parts.scheme == "tcp" else None
    except ValueError as error:
        raise _bad(text, str(error)) from error
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(set(options) - _OPTIONS)
    if unknown:
        raise _bad(text, f"unknown option {unknown[0]!r}; known: {', '.join(sorted(_OPTIONS))}")
    return _addressed(text, parts, port, _line_settings(text, parts.scheme, options, paper))


def _line_settings(text: str, scheme: str, options: dict[str, str], paper: Paper) -> PrinterUrl:
    """Everything after the `?`, on an address still to be filled in."""
    baud = int(_choice(text, options, "baud", str(BAUD_DEFAULT), tuple(map(str, _BAUDS))))
    slow = scheme == LinkKind.SERIAL and baud < BAUD_RASTER_MIN
    usual = TicketLayout.TEXT if slow else TicketLayout.RASTER
    frame = _FRAME.fullmatch(options.get("bytes", "8N1"))
    if frame is None:
        raise _bad(text, f"bytes={options['bytes']!r}: like 8N1, 7E1")
    return PrinterUrl(
        LinkKind.SERIAL,
        baud=baud if scheme == LinkKind.SERIAL else 0,
        data_bits=int(frame[1]),
        parity=frame[2],
        stop_bits=int(frame[3]),
        paper=Paper(int(_choice(text, options, "width", str(int(paper)), ("384", "576")))),
        layout=TicketLayout(_choice(text, options, "layout", usual.value, ("raster", "text"))),
        proof=_choice(text, options, "proof", "on", ("on", "off")) == "on",
    )


def _addressed(text: str, parts: SplitResult, port: int | None, line: PrinterUrl) -> PrinterUrl:
    if parts.scheme == LinkKind.TCP and parts.hostname:
        port = TCP_PORT if port is None else port
        return replace(line, kind=LinkKind.TCP, target=parts.hostname, port=port)
    if parts.scheme == LinkKind.USB and (usb_id := _USB.fullmatch(parts.netloc.lower())):
        vendor_id, product_id = int(usb_id[1], 16), int(usb_id[2], 16)
        return replace(line, kind=LinkKind.USB, vendor_id=vendor_id, product_id=product_id)
    path_kinds = {LinkKind.SERIAL.value, LinkKind.FILE.value}
    if parts.scheme in path_kinds and parts.path.startswith("/") and not parts.netloc:
        return replace(line, kind=LinkKind(parts.scheme), target=parts.path)
    raise _bad(text, "need tcp://HOST:PORT, serial:///DEV?baud=N, usb://VVVV:PPPP or file:///DEV")


def _choice(url: str, options: dict[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = options.get(name, default)
    if value not in allowed:
        raise _bad(url, f"{name}={value!r}: one of {', '.join(allowed)}")
    return value


def _bad(url: str, reason: str) -> Rejected:
    return Rejected("config_invalid", f"printer url {url!r}: {reason}", url=url)
