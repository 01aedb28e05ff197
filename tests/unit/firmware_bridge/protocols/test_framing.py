"""Properties every framer has: any chunking gives the same frames, memory is bounded, noise costs no later frame."""

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.protocols import alpha, candle
from firmware_bridge.protocols.framing import NOISE_BYTES_MAX, BadFrame, Frame, Framer

FRAMERS = [pytest.param(candle.framer, id="candle"), pytest.param(alpha.framer, id="alpha")]
GOOD = {
    candle.framer: candle.encode(candle.Show(0x21, "A045")),
    alpha.framer: alpha.encode(alpha.Packet(0, (alpha.WriteString("1", "A045"),), checksum=True)),
}
# bytes that matter to the framers, thick in the mixture
streams = st.lists(
    st.one_of(st.binary(max_size=8), st.sampled_from([b"\x01", b"\x07", b"\x04", b"\x00" * 6, *GOOD.values()])),
    max_size=12,
).map(b"".join)


def chunked(wire: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(wire), *(cut % (len(wire) + 1) for cut in cuts)})
    return [wire[a:b] for a, b in itertools.pairwise(edges)]


@pytest.mark.parametrize("make", FRAMERS)
@given(wire=streams, cuts=st.lists(st.integers(0, 500), max_size=10))
def test_any_chunking_gives_the_same_frames(make: Callable[[], Framer], wire: bytes, cuts: list[int]) -> None:
    whole, pieces, bytewise = make(), make(), make()
    expected = whole.feed(wire)
    assert [part for chunk in chunked(wire, cuts) for part in pieces.feed(chunk)] == expected
    assert [part for byte in wire for part in bytewise.feed(bytes([byte]))] == expected
    assert whole.reset() == pieces.reset() == bytewise.reset()


@pytest.mark.parametrize("make", FRAMERS)
@given(noise=streams)
def test_a_frame_after_noise_is_found(make: Callable[[], Framer], noise: bytes) -> None:
    framer = make()
    framer.feed(noise)
    assert framer.feed(GOOD[make])[-1] == Frame(GOOD[make].lstrip(b"\x00"))


@pytest.mark.parametrize("make", FRAMERS)
def test_noise_is_reported_in_bounded_pieces(make: Callable[[], Framer]) -> None:
    out = make().feed(b"z" * (3 * NOISE_BYTES_MAX))
    assert out == [BadFrame("noise", b"z" * NOISE_BYTES_MAX)] * 3
