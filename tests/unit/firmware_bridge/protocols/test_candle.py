"""Candle goldens: captured or printed by the vendor and QSystem; sources in docs/hardware/candle.md."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import Rejected
from firmware_bridge.protocols import candle
from firmware_bridge.protocols.framing import BadFrame, Frame

VECTORS = [
    # SOH addr blink text...                BEL
    ("01 21 20 41 31 33 35 3c 37 32 07", candle.Show(0x21, "A135<72")),  # manual: steady
    ("01 20 26 41 30 34 35 07", candle.Show(0x20, "A045", 5)),  # manual: five blinks
    ("01 20 20 c0 c1 31 32 07", candle.Show(0x20, "\u0410\u041112")),  # cp1251 cells
    ("01 20 21 41 31 34 3e 31 32 20 07", candle.Show(0x20, "A14>12 ", None)),  # QSystem: called, blinks for ever
    ("01 20 20 20 20 20 3e 31 32 20 07", candle.Show(0x20, "   >12 ")),  # QSystem: finished
    ("01 7f 7f 2d 07", candle.Show(0x7F, "-", candle.BLINK_TIMES_MAX)),  # upper edges
    ("02 20 20 07", candle.Brightness(0x20, 0)),  # brightest
    ("02 21 23 07", candle.Brightness(0x21, 3)),
    ("03 ff 21 07", candle.Readdress(None, 0x21)),  # broadcast
    ("03 20 22 07", candle.Readdress(0x20, 0x22)),
]


@pytest.mark.parametrize(("wire", "command"), VECTORS)
def test_golden(wire: str, command: candle.Command) -> None:
    assert candle.encode(command).hex(" ") == wire


@pytest.mark.parametrize(("wire", "command"), VECTORS)
def test_golden_decodes(wire: str, command: candle.Command) -> None:
    assert candle.decode(Frame(bytes.fromhex(wire))) == command


def test_older_sign_has_no_blink_byte() -> None:
    assert candle.encode(candle.ShowPlain(0x20, "A045")).hex(" ") == "01 20 41 30 34 35 07"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (candle.Show(0x1F, "1"), "malformed"),  # low
        (candle.Show(0x80, "1"), "malformed"),  # high
        (candle.Show("33", "1"), "malformed"),  # type: ignore[arg-type] # a wrong type must be refused as well
        (candle.Show(True, "1"), "malformed"),
        (candle.Show(0x20, "1", -1), "malformed"),
        (candle.Show(0x20, "1", candle.BLINK_TIMES_MAX + 1), "malformed"),
        (candle.Show(0x20, "1" * 65), "text_too_long"),
        (candle.Show(0x20, "R1"), "bad_glyph"),
        (candle.Show(0x20, "A\x07B"), "bad_glyph"),  # a text can never forge framing
        (candle.Show(0x20, "\u6c34"), "bad_glyph"),
        (candle.Brightness(0x20, -1), "malformed"),
        (candle.Brightness(0x20, 4), "malformed"),
        (candle.Readdress(0x20, 0xFF), "malformed"),
        (candle.Readdress(0x10, 0x20), "malformed"),
    ],
)
def test_refused(command: candle.Command, code: str) -> None:
    with pytest.raises(Rejected) as refusal:
        candle.encode(command)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("d12", "d12"),
        ("D12", "d12"),
        ("\u0110 12", "d 12"),
        ("a1", "A1"),
        ("\u1ebe1", "E1"),
        ("12\u21923", "12>3"),
        ("Y1", "\u04231"),
    ],
)
def test_text_is_fitted_to_the_glyphs(text: str, shown: str) -> None:
    assert candle.fitted(text) == shown


@pytest.mark.parametrize(
    "wire",
    [
        "01 20 07",
        "01 1f 20 31 07",
        "01 80 20 31 07",
        "01 20 80 31 07",
        "02 20 24 07",
        "02 20 20 20 07",
        "03 20 80 07",
        "01 20 20",
    ],
)
def test_bad_frame_is_refused(wire: str) -> None:
    with pytest.raises(Rejected) as refusal:
        candle.decode(Frame(bytes.fromhex(wire)))
    assert refusal.value.code == "bad_frame"


commands = st.one_of(
    st.builds(
        candle.Show,
        st.integers(0x20, 0x7F),
        st.text(sorted(candle.GLYPHS), max_size=candle.TEXT_CELLS_MAX),
        st.none() | st.integers(0, candle.BLINK_TIMES_MAX),
    ),
    st.builds(candle.Brightness, st.integers(0x20, 0x7F), st.integers(0, 3)),
    st.builds(candle.Readdress, st.none() | st.integers(0x20, 0x7F), st.integers(0x20, 0x7F)),
)


@given(commands)
def test_decode_undoes_encode(command: candle.Command) -> None:
    (frame,) = candle.framer().feed(candle.encode(command))
    assert isinstance(frame, Frame)
    assert candle.decode(frame) == command


def test_framer_resynchronises() -> None:
    wire = bytes.fromhex("ff 41 01 20 20 41 01 20 20 41 30 07 01 20 05 41 07")
    assert candle.framer().feed(wire) == [
        BadFrame("noise", bytes.fromhex("ff 41")),
        BadFrame("truncated", bytes.fromhex("01 20 20 41")),
        Frame(bytes.fromhex("01 20 20 41 30 07")),
        BadFrame("control_byte", bytes.fromhex("01 20 05")),
    ]


def test_framer_buffer_is_bounded() -> None:
    out = candle.framer().feed(b"\x01" + b"A" * 1000 + candle.encode(candle.Show(0x20, "1")))
    assert out[0] == BadFrame("too_long", b"\x01" + b"A" * (candle.FRAME_BYTES_MAX - 1))
    assert all(isinstance(part, BadFrame) and len(part.raw) <= candle.FRAME_BYTES_MAX for part in out[:-1])
    assert out[-1] == Frame(bytes.fromhex("01 20 20 31 07"))


def test_silence_gives_up_the_unfinished_frame() -> None:
    framer = candle.framer()
    assert framer.feed(b"\x01 A") == []
    assert framer.reset() == [BadFrame("silence", b"\x01 A")]
    assert framer.reset() == []
