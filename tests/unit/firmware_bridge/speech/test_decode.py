"""Audio files of any kind, also those that say they are endless."""

import struct

import numpy as np
import pytest

from contracts.errors import Rejected
from firmware_bridge.speech.decode import DECODED_S_MAX, decode
from firmware_bridge.speech.pcm import RATE_HZ, to_wav


def wav(rate_hz: int, samples: int, channels: int = 1) -> bytes:
    data = b"\x11\x22" * samples * channels
    head = struct.pack("<IHHIIHH", 16, 1, channels, rate_hz, rate_hz * 2 * channels, 2 * channels, 16)
    return (
        b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + head + b"data" + struct.pack("<I", len(data)) + data
    )


def test_our_own_format_comes_back_as_it_was() -> None:
    tone = (np.sin(np.arange(RATE_HZ * 3) / 9) * 9000).astype(np.int16)
    assert (decode(to_wav(tone)) == tone).all()


def test_rate_and_channels_are_converted() -> None:
    assert len(decode(wav(8_000, 4_000, channels=2))) == pytest.approx(RATE_HZ / 2, abs=20)


@pytest.mark.parametrize(
    "sound",
    [
        wav(1, 500_000),  # half a MB that lasts six days
        wav(1_000, DECODED_S_MAX * 1_000 + 2_000),
    ],
)
def test_a_sound_that_lasts_too_long_is_refused_before_it_is_unpacked(sound: bytes) -> None:
    with pytest.raises(Rejected, match="more than 60 s") as why:
        decode(sound)
    assert why.value.code == "engine_failed"


@pytest.mark.parametrize("junk", [b"", b"RIFF", b"\xff" * 5_000, wav(8_000, 0), wav(0, 10)])
def test_what_is_no_sound_is_refused(junk: bytes) -> None:
    with pytest.raises(Rejected) as why:
        decode(junk)
    assert why.value.code == "engine_failed"
