"""The address of a device: its url, with the line speed of its row where the url has none of its own."""

from urllib.parse import parse_qs, urlsplit

from contracts.settings.model import Device


def with_line_speed(device: Device, url: str) -> str:
    """`serial:///dev/ttyUSB0` and baud = 57600 → `serial:///dev/ttyUSB0?baud=57600`; other urls as they are."""
    parts = urlsplit(url)
    if parts.scheme != "serial" or "baud" in parse_qs(parts.query):
        return url
    return f"{url}{'&' if parts.query else '?'}baud={device.baud}"
