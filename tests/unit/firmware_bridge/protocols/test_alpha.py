"""Alpha goldens: specification 9708-8061F, readerboard 0.7.0, alphasignpy; sources in docs/hardware/alpha.md."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import Rejected
from firmware_bridge.protocols import alpha
from firmware_bridge.protocols.alpha import MemoryFile, Mode, Packet, Position, WriteString, WriteText
from firmware_bridge.protocols.framing import BadFrame, Frame

NULS = "00 00 00 00 00 00 "
PRIORITY = WriteText("0", "NOW 12")
VECTORS = [
    # SOH type addr  STX cmd ... EOT
    ("01 5a 30 30 02 41 41 1b 20 62 48 49 04", Packet(0, (WriteText("A", "HI"),))),
    ("01 5a 30 30 02 41 41 1b 20 62 48 49 03 30 31 42 35 04", Packet(0, (WriteText("A", "HI"),), checksum=True)),
    (
        "01 5a 30 30 02 41 41 1b 26 62 48 49 03 30 31 42 42 04",
        Packet(0, (WriteText("A", "HI", Position.BOTTOM),), checksum=True),
    ),
    (
        "01 5a 30 31 02 41 41 1b 20 63 1c 31 41 30 34 35 20 2d 3e 20 33 04",
        Packet(1, (WriteText("A", "A045 -> 3", mode=Mode.FLASH, colour=alpha.Colour.RED),)),
    ),
    ("01 5a 30 30 02 41 30 1b 20 62 4e 4f 57 20 31 32 04", Packet(0, (PRIORITY,))),
    ("01 5a 30 30 02 41 30 04", Packet(0, (alpha.ReleasePriority(),))),
    ("01 5a 30 30 02 47 31 41 30 34 35 03 30 31 35 37 04", Packet(0, (WriteString("1", "A045"),), checksum=True)),
    ("01 5a 30 30 02 47 31 33 36 34 04", Packet(0, (WriteString("1", "364"),))),  # specification, table 36
    (
        "01 5a 30 30 02 45 24 41 41 55 30 31 30 30 46 46 30 30 31 42 4c 30 30 32 30 30 30 30 30 04",
        Packet(0, (alpha.SetMemory((MemoryFile("A", 0x100), MemoryFile("1", 0x20, is_string=True))),)),
    ),
    (
        # specification, table 34: E$AAU0400FF001BL00200000
        "01 5a 30 30 02 " + b"E$AAU0400FF001BL00200000".hex(" ") + " 04",
        Packet(0, (alpha.SetMemory((MemoryFile("A", 0x400), MemoryFile("1", 0x20, is_string=True))),)),
    ),
    ("01 5a 30 30 02 45 2c 04", Packet(0, (alpha.SoftReset(),))),
    ("01 5a 30 30 02 45 28 31 04", Packet(0, (alpha.Beep(),))),
    ("01 5a 30 30 02 45 28 30 04", Packet(0, (alpha.Beep(continuous=True),))),
    ("01 5a 30 30 02 45 20 30 39 34 31 04", Packet(0, (alpha.SetTime(9, 41),))),
    # ours: TEXT A calls STRING 1 (10h), a flashing STRING (07h 1 … 07h 0)
    ("01 5a 30 30 02 41 41 1b 20 62 10 31 04", Packet(0, (WriteText("A", call="1"),))),
    ("01 5a 30 30 02 47 31 07 31 41 31 07 30 04", Packet(0, (WriteString("1", "A1", flash=True),))),
]


@pytest.mark.parametrize(("wire", "packet"), VECTORS)
def test_golden(wire: str, packet: Packet) -> None:
    assert alpha.encode(packet).hex(" ") == NULS + wire


def test_nested_commands_as_captured_over_usb() -> None:
    """tenderlove/betabrite's shape: each section closed by ETX, no checksum, five NULs (with legal labels)."""
    packet = Packet(0, (WriteString("1", "1045.28 "), WriteString("2", "X")), preamble_nuls=5)
    assert alpha.encode(packet).hex(" ") == (
        "00 00 00 00 00 01 5a 30 30 02 47 31 31 30 34 35 2e 32 38 20 03 02 47 32 58 03 04"
    )


@pytest.mark.parametrize(
    ("packet", "code"),
    [
        (Packet(-1, (PRIORITY,)), "malformed"),
        (Packet(256, (PRIORITY,)), "malformed"),
        (Packet("0", (PRIORITY,)), "malformed"),  # type: ignore[arg-type] # a wrong type must be refused as well
        (Packet(0, ()), "malformed"),
        (Packet(0, (PRIORITY,), preamble_nuls=4), "malformed"),
        (Packet(0, (PRIORITY,), sign_type="\x01"), "malformed"),
        (Packet(0, (PRIORITY,), sign_type="ZZ"), "malformed"),
        (Packet(0, (WriteString("0", "1"),)), "malformed"),  # the priority label is no STRING
        (Packet(0, (WriteString("?", "1"),)), "malformed"),
        (Packet(0, (WriteString("12", "1"),)), "malformed"),
        (Packet(0, (WriteText("\x04", "1"),)), "malformed"),
        (Packet(0, (WriteString("1", "x" * 126),)), "text_too_long"),  # would EMPTY the string on the sign
        (Packet(0, (WriteString("1", "x" * 122, flash=True),)), "text_too_long"),
        (Packet(0, (WriteText("0", "x" * 126),)), "text_too_long"),
        (Packet(0, (WriteText("A", "x" * 251),)), "text_too_long"),
        (Packet(0, (WriteString("1", "A\x04"),)), "bad_glyph"),
        (Packet(0, (WriteString("1", "\u6c34"),)), "bad_glyph"),
        (Packet(0, (alpha.SetMemory(()),)), "malformed"),
        (Packet(0, (alpha.SetMemory((MemoryFile("1", 126, is_string=True),)),)), "malformed"),
        (Packet(0, (alpha.SetMemory((MemoryFile("A", 0),)),)), "malformed"),
        (Packet(0, (alpha.SetTime(24, 0),)), "malformed"),
        (Packet(0, (alpha.SetTime(0, 60),)), "malformed"),
    ],
)
def test_refused(packet: Packet, code: str) -> None:
    with pytest.raises(Rejected) as refusal:
        alpha.encode(packet)
    assert refusal.value.code == code


def test_longest_string_passes() -> None:
    assert b"x" * 125 in alpha.encode(Packet(0, (WriteString("1", "x" * 125),)))


@pytest.mark.parametrize(("text", "shown"), [("Mời số A045 → 3", "Moi so A045 > 3"), ("Đến quầy 3", "Den quay 3")])
def test_vietnamese_loses_its_marks(text: str, shown: str) -> None:
    assert alpha.fitted(text) == shown


@given(st.text(sorted(alpha.GLYPHS), max_size=125), st.integers(0, 255), st.booleans())
def test_framer_finds_what_encode_made(text: str, address: int, checksum: bool) -> None:
    wire = alpha.encode(Packet(address, (WriteString("1", text),), checksum=checksum))
    (frame,) = alpha.framer().feed(wire)
    assert frame == Frame(wire.lstrip(b"\x00"))


def test_framer_resynchronises() -> None:
    good = bytes.fromhex("01 5a 30 30 02 41 30 04")
    wire = b"??" + good[:4] + bytes(6) + good + good[:3] + good
    assert alpha.framer().feed(wire) == [
        BadFrame("noise", b"??"),
        BadFrame("control_byte", good[:4] + b"\x00"),
        Frame(good),
        BadFrame("truncated", good[:3]),
        Frame(good),
    ]
