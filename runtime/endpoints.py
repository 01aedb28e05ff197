"""Where the devices are: the office file says it, or `up` found a place for a simulator at run time."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from contracts.errors import Rejected

ENDPOINTS_BYTES_MAX = 100_000


class HasUrl(Protocol):
    """What this module needs of a device row: its id, and its url (None: left out, "": switched off)."""

    @property
    def id(self) -> str:
        """The id of the row."""

    @property
    def url(self) -> str | None:
        """The url of the row."""


def endpoints_path(data: Path) -> Path:
    """The file that `up` writes."""
    return data / "run" / "endpoints.json"


def write_endpoints(data: Path, urls: Mapping[str, str]) -> None:
    """Replace the file whole or not at all: device id → url."""
    path = endpoints_path(data)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".new")
    with temporary.open("w") as file:
        json.dump(dict(sorted(urls.items())), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def read_endpoints(data: Path) -> dict[str, str]:
    """Device id → url of the simulators of this run; empty when there are none. Raises `config_invalid` on rubbish."""
    path = endpoints_path(data)
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return {}
    try:
        found = json.loads(raw) if len(raw) <= ENDPOINTS_BYTES_MAX else None
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(url, str) for url in found.values()):
        raise Rejected("config_invalid", f"{path} is not a table of urls")
    return found


def resolve(device: HasUrl, data: Path) -> str:
    """The url of a device: its own, else its simulator's; "" when it is switched off or nobody simulates it."""
    if device.url is not None:
        return device.url
    return read_endpoints(data).get(device.id, "")
