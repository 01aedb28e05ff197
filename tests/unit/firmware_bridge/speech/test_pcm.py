"""Levels, trimming and the wav form."""

import numpy as np
import pytest

from contracts.errors import Rejected
from firmware_bridge.speech.pcm import (
    CLIP_S_MAX,
    EDGE_MS,
    PEAK_DB_MAX,
    RATE_HZ,
    TARGET_RMS_DB,
    Pcm,
    clean,
    from_wav,
    peak_db,
    rms_db,
    samples,
    silence,
    to_wav,
)


def tone(ms: float, level: float, hz: float = 440.0) -> Pcm:
    wave = np.sin(2 * np.pi * hz * np.arange(samples(ms)) / RATE_HZ)
    return np.rint(wave * level * 32767).astype(np.int16)


@pytest.mark.parametrize("level", [0.01, 0.1, 0.9])
def test_clean_sets_the_level_and_trims_to_the_edge(level: float) -> None:
    raw = np.concatenate([silence(400), tone(300, level), silence(700)])
    clip = clean(raw)
    assert rms_db(clip) == pytest.approx(TARGET_RMS_DB, abs=0.3)
    assert len(clip) / RATE_HZ * 1000 == pytest.approx(300 + 2 * EDGE_MS, abs=11)
    assert not clip[: samples(EDGE_MS)].any()
    assert not clip[-samples(EDGE_MS) :].any()


def test_clean_never_clips_a_spiky_sound() -> None:
    raw = tone(500, 0.01)
    raw[:: samples(50)] = 20_000  # a click every 50 ms: level alone would push it over full scale
    assert peak_db(clean(raw)) <= PEAK_DB_MAX + 0.01


@pytest.mark.parametrize("raw", [silence(500), np.zeros(0, dtype=np.int16), tone(CLIP_S_MAX * 1000 + 100, 0.5)])
def test_clean_refuses_what_is_no_word(raw: Pcm) -> None:
    with pytest.raises(Rejected) as refused:
        clean(raw)
    assert refused.value.code == "engine_failed"


def test_wav_round_trip() -> None:
    pcm = tone(50, 0.3)
    assert np.array_equal(from_wav(to_wav(pcm)), pcm)


@pytest.mark.parametrize(
    "data", [b"", b"RIFF", to_wav(silence(0)), to_wav(tone(10, 0.1)).replace(b"\x22\x56", b"\x44\xac")]
)
def test_a_damaged_wav_is_a_missing_clip(data: bytes) -> None:
    with pytest.raises(Rejected) as refused:
        from_wav(data)
    assert refused.value.code == "voice_missing"
