"""Printer addresses."""

import pytest

from contracts.errors import Rejected
from kiosk.printing.layout import Paper
from kiosk.printing.url import LinkKind, PrinterUrl, TicketLayout, parse_printer_url


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp://10.0.0.9", PrinterUrl(LinkKind.TCP, "10.0.0.9", 9100)),
        ("tcp://printer.lan:9101?width=384", PrinterUrl(LinkKind.TCP, "printer.lan", 9101, paper=Paper.MM58)),
        ("tcp://h:1?proof=off", PrinterUrl(LinkKind.TCP, "h", 1, proof=False)),
        ("serial:///dev/ttyUSB0?baud=115200", PrinterUrl(LinkKind.SERIAL, "/dev/ttyUSB0", baud=115200)),
        ("serial:///dev/ttyS0", PrinterUrl(LinkKind.SERIAL, "/dev/ttyS0", baud=9600, layout=TicketLayout.TEXT)),
        (
            "serial:///dev/ttyS0?baud=19200&bytes=7E1&layout=raster",
            PrinterUrl(LinkKind.SERIAL, "/dev/ttyS0", baud=19200, data_bits=7, parity="E"),
        ),
        ("usb://04b8:0E15", PrinterUrl(LinkKind.USB, vendor_id=0x04B8, product_id=0x0E15)),
        ("file:///dev/usb/lp0?layout=text", PrinterUrl(LinkKind.FILE, "/dev/usb/lp0", layout=TicketLayout.TEXT)),
    ],
)
def test_good(text: str, expected: PrinterUrl) -> None:
    assert parse_printer_url(text) == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "need tcp"),
        ("10.0.0.9:9100", "need tcp"),
        ("http://10.0.0.9", "need tcp"),
        ("tcp://", "need tcp"),
        ("tcp://h:99999", "ort"),
        ("tcp://h:x", "ort"),
        ("serial://ttyUSB0", "need tcp"),
        ("usb://4b8:e15", "need tcp"),
        ("file://lp0", "need tcp"),
        ("tcp://h?widht=576", "unknown option 'widht'"),
        ("tcp://h?width=512", "width='512'"),
        ("tcp://h?layout=pdf", "layout='pdf'"),
        ("serial:///dev/x?baud=12345", "baud='12345'"),
        ("serial:///dev/x?bytes=9N1", "bytes='9N1'"),
        ("tcp://h?proof=maybe", "proof='maybe'"),
    ],
)
def test_bad_ones_name_their_wrong_part(text: str, part: str) -> None:
    with pytest.raises(Rejected, match=part) as caught:
        parse_printer_url(text)
    assert caught.value.code == "config_invalid"


def test_the_devices_paper_counts_unless_the_address_has_a_width() -> None:
    assert parse_printer_url("tcp://h", Paper.MM58).paper is Paper.MM58
    assert parse_printer_url("tcp://h?width=576", Paper.MM58).paper is Paper.MM80
