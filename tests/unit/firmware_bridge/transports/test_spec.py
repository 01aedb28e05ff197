"""Device urls, right and wrong."""

import pytest

from contracts.errors import Rejected
from firmware_bridge.transports.spec import PortSpec, port_spec


@pytest.mark.parametrize(
    ("url", "spec"),
    [
        ("serial:///dev/ttyUSB0", PortSpec("/dev/ttyUSB0", 19200)),
        ("serial:///dev/ttyUSB0?baud=57600", PortSpec("/dev/ttyUSB0", 57600)),
        ("serial:///dev/ttyUSB0?baud=9600&bytes=7e1", PortSpec("/dev/ttyUSB0", 9600, 7, "E", 1)),
        ("/data/run/dev/bus", PortSpec("/data/run/dev/bus", 19200)),
        ("socket://127.0.0.1:4001", PortSpec("socket://127.0.0.1:4001")),
        ("tcp://box.lan:4001", PortSpec("socket://box.lan:4001")),
    ],
)
def test_urls(url: str, spec: PortSpec) -> None:
    assert port_spec(url, 19200) == spec


@pytest.mark.parametrize(
    "url",
    [
        "usb://04b8:0202", "serial://dev/ttyUSB0", "ttyUSB0", "socket://host", "socket://:4001", "socket://h:99999",
        "serial:///dev/x?baud=12", "serial:///dev/x?baud=fast", "serial:///dev/x?bytes=9N1", "serial:///dev/x?speed=9600",
        "serial:///dev/x?baud=9999999", "", "loop://",
    ],
)  # fmt: skip
def test_bad_urls(url: str) -> None:
    with pytest.raises(Rejected) as refusal:
        port_spec(url, 9600)
    assert refusal.value.code == "config_invalid"


def test_the_familys_line_is_the_default() -> None:
    assert port_spec("serial:///dev/x", 9600, "7E1") == PortSpec("/dev/x", 9600, 7, "E", 1)
