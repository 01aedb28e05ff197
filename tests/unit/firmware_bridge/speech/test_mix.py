"""One stream: chime, clips in order, pauses only where the phrase has one."""

from pathlib import Path

import numpy as np
import pytest

from contracts.errors import Rejected
from contracts.phrases import Options, Pause, announcement, clips_of
from firmware_bridge.speech.chime import DECAY_MS, STEP_MS, TONES_HZ, chime
from firmware_bridge.speech.mix import AFTER_CHIME_MS, TAIL_MS, mix
from firmware_bridge.speech.pack import load_clips
from firmware_bridge.speech.pcm import EDGE_MS, RATE_HZ, duration_s, peak_db, rms_db, samples
from tests.support.pcm import find_clips, locate_clips, silences_ms


def loudest_hz(pcm: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm)), 65536))
    return float(np.argmax(spectrum)) * RATE_HZ / 65536


def test_chime_is_three_tones_160_ms_apart_that_fade() -> None:
    sound = chime()
    assert duration_s(sound) == pytest.approx((2 * STEP_MS + DECAY_MS) / 1000, abs=0.001)
    for index, tone_hz in enumerate(TONES_HZ):
        start = samples(STEP_MS * index)
        assert loudest_hz(sound[start : start + samples(STEP_MS)]) == pytest.approx(tone_hz, abs=6)
    assert -12 < peak_db(sound) < -3
    tail = sound[-samples(20) :]
    assert peak_db(tail) < -40


@pytest.mark.parametrize(
    ("number", "counter", "lang"), [("A001", 3, "vi"), ("C555", 12, "vi"), ("H770", 24, "vi"), ("Z015", 12, "en")]
)
def test_the_stream_holds_the_clips_in_order(pack: Path, number: str, counter: int, lang: str) -> None:
    clips = load_clips(pack, lang)
    tokens = announcement(number, counter, lang)
    assert find_clips(mix(tokens, clips), clips) == clips_of(tokens)


def test_numbers_that_differ_by_one_sound_are_told_apart(pack: Path) -> None:
    clips = load_clips(pack, "vi")
    for number in ("A021", "A024", "A011", "A114"):
        tokens = announcement(number, 21, "vi", Options(reading="number"))
        assert find_clips(mix(tokens, clips, with_chime=False), clips) == clips_of(tokens)


def test_every_clip_of_both_languages_is_recognised_and_only_it(pack: Path) -> None:
    clips = load_clips(pack, "vi") | load_clips(pack, "en")
    for key, clip in clips.items():
        assert find_clips(clip, clips) == [key]


def test_silence_only_where_the_phrase_pauses(pack: Path) -> None:
    clips = load_clips(pack, "vi")
    tokens = announcement("A015", 3)
    stream = mix(tokens, clips)
    begin = locate_clips(stream, clips)[0].at
    spoken = stream[begin : len(stream) - samples(TAIL_MS + EDGE_MS)]
    planned = [token.ms for token in tokens if isinstance(token, Pause)]
    gaps = [ms for _, ms in silences_ms(spoken, RATE_HZ, level=20)]
    assert len(gaps) == len(planned)
    for gap, ms in zip(gaps, planned, strict=True):
        assert gap == pytest.approx(ms + 2 * EDGE_MS, abs=30)


def test_no_clipping_and_an_even_level(pack: Path) -> None:
    for lang in ("vi", "en"):
        clips = load_clips(pack, lang)
        stream = mix(announcement("A999", 99, lang), clips)
        assert peak_db(stream) < -0.5
        assert rms_db(stream) == pytest.approx(-20, abs=1)
        levels = [rms_db(clip) for clip in clips.values()]
        assert max(levels) - min(levels) < 2


def test_without_chime_the_words_begin_at_once(pack: Path) -> None:
    clips = load_clips(pack, "vi")
    tokens = announcement("A015", 3)
    saved = len(mix(tokens, clips)) - len(mix(tokens, clips, with_chime=False))
    assert saved == len(chime()) + samples(AFTER_CHIME_MS)


def test_a_missing_clip_is_named(pack: Path) -> None:
    clips = load_clips(pack, "vi")
    del clips["vi/digit/5"]
    with pytest.raises(Rejected, match="vi/digit/5") as refused:
        mix(announcement("A555", 3), clips)
    assert refused.value.code == "voice_missing"
