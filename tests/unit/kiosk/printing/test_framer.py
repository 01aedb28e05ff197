"""ESC/POS bytes → operations, in any chunking, with limits."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.printing.escpos import raster_job, text_job
from kiosk.printing.layout import render
from kiosk.printing.simulator.framer import (
    RASTER_BYTES_MAX,
    TEXT_RUN_BYTES_MAX,
    Command,
    Cut,
    Framer,
    LineFeed,
    Op,
    Raster,
    StatusQuery,
    Text,
    Transmit,
)
from tests.support.tickets import FULL


@pytest.mark.parametrize(
    ("data", "ops"),
    [
        (b"\x1b@", [Command(b"\x1b@")]),
        (b"A001\n", [Text(b"A001"), LineFeed()]),
        (b"\x1ba\x01", [Command(b"\x1ba", b"\x01")]),
        (b"\x1d!\x55", [Command(b"\x1d!", b"\x55")]),
        (b"\x1dv0\x00\x01\x00\x02\x00\xaa\x55", [Raster(1, 2, b"\xaa\x55")]),
        (b"\x1dv0\x03\x01\x00\x01\x00\xaa", [Raster(1, 1, b"\xaa", 2, 2)]),
        (b"\x1dV\x01", [Cut()]),
        (b"\x1dV\x42\x00", [Cut()]),
        (b"\x1bi\x1bm", [Cut(), Cut()]),
        (b"\x10\x04\x01\x10\x04\x04", [StatusQuery(1), StatusQuery(4)]),
        (b"\x1dr\x01", [Transmit(1)]),
        # known, without effect: gone with their parameters
        (b"\x10\x05\x02X", [Text(b"X")]),
        (b"\x10\x14\x01\x00\x01X", [Text(b"X")]),
        (b"\x1b*\x21\x02\x00abcdefX", [Text(b"X")]),
        (b"\x1b*\x00\x02\x00abX", [Text(b"X")]),
        (b"\x1d(k\x03\x00\x31\x43\x03X", [Text(b"X")]),
        (b"\x1d8L\x02\x00\x00\x00abX", [Text(b"X")]),
        (b"\x1dk\x04ABC\x00X", [Text(b"X")]),
        (b"\x1dk\x49\x03ABCX", [Text(b"X")]),
        (b"\x1bD\x08\x10\x00X", [Text(b"X")]),
        # a picture that holds the bytes of a question is a picture
        (b"\x1dv0\x00\x03\x00\x01\x00\x10\x04\x01", [Raster(3, 1, b"\x10\x04\x01")]),
        # unknown: two bytes gone, the rest lives
        (b"\x1b\xeeX", [Text(b"X")]),
        (b"\x1d\xeeX", [Text(b"X")]),
        (b"\r\x00\x07X", [Text(b"X")]),
    ],
)
def test_operations(data: bytes, ops: list[Op]) -> None:
    # settings such as ESC * leave no operation; everything else must be there
    assert Framer().feed(data) == ops


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_any_chunking_of_real_jobs_gives_the_same_operations(data: st.DataObject) -> None:
    stream = text_job(FULL) + b"\x10\x04\x01" + raster_job(render(FULL).crop((0, 0, 576, 20))) + b"\x1dr\x01"
    whole = _joined(Framer().feed(stream))
    framer, ops = Framer(), []
    while stream:
        size = data.draw(st.integers(1, 400))
        ops += framer.feed(stream[:size])
        stream = stream[size:]
    assert _joined(ops) == whole


def _joined(ops: list[Op]) -> list[Op]:
    """Text runs may end where a chunk ended."""
    out: list[Op] = []
    for op in ops:
        if isinstance(op, Text) and out and isinstance(out[-1], Text):
            out[-1] = Text(out[-1].data + op.data)
        else:
            out.append(op)
    return out


@settings(deadline=None)
@given(st.binary(max_size=600))
def test_noise_never_breaks_it_and_never_fills_it(noise: bytes) -> None:
    framer = Framer()
    for start in range(0, len(noise), 7):
        framer.feed(noise[start : start + 7])
    assert len(framer._buffer) <= len(noise)


def test_an_oversized_picture_is_swallowed_and_counted() -> None:
    framer = Framer()
    rows = RASTER_BYTES_MAX // 72 + 1
    header = b"\x1dv0\x00\x48\x00" + rows.to_bytes(2, "little")
    assert framer.feed(header) == []
    for _ in range(rows):
        assert framer.feed(b"\xff" * 72) == []
        assert len(framer._buffer) == 0
    assert framer.feed(b"X") == [Text(b"X")]
    assert framer.skipped == 1


def test_endless_text_comes_in_bounded_runs() -> None:
    ops = Framer().feed(b"x" * (3 * TEXT_RUN_BYTES_MAX))
    assert [len(op.data) for op in ops if isinstance(op, Text)] == [TEXT_RUN_BYTES_MAX] * 3


def test_an_endless_list_is_given_up() -> None:
    framer = Framer()
    framer.feed(b"\x1bD" + b"\x08" * 400)
    assert framer.skipped == 1
    assert len(framer._buffer) < 300
