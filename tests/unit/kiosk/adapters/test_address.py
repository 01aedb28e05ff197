"""A device's url and its row's line speed."""

import pytest

from contracts.settings.model import Device
from kiosk.adapters.address import with_line_speed


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("serial:///dev/ttyUSB0", "serial:///dev/ttyUSB0?baud=57600"),
        ("serial:///dev/ttyUSB0?bytes=7E1", "serial:///dev/ttyUSB0?bytes=7E1&baud=57600"),
        ("serial:///dev/ttyUSB0?baud=9600", "serial:///dev/ttyUSB0?baud=9600"),
        ("tcp://127.0.0.1:9100", "tcp://127.0.0.1:9100"),
        ("", ""),
    ],
)
def test_the_row_s_speed_counts_where_the_url_has_none(url: str, address: str) -> None:
    device = Device(id="scanner-1", kind="scanner-serial", at="kiosk-1", baud=57600)
    assert with_line_speed(device, url) == address
