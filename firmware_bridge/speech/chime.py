"""The chime before a call: three sine tones, generated (domain.md §7). Pure."""

import numpy as np

from firmware_bridge.speech.pcm import FULL_SCALE, RATE_HZ, Pcm, from_db, samples

TONES_HZ = (880.0, 1174.0, 1568.0)
STEP_MS = 160
DECAY_MS = 340  # each tone has faded to -40 dB by then
ATTACK_MS = 4
PEAK_DB = -9.0  # of one tone; the overlapping tails stay under full scale


def chime() -> Pcm:
    """The chime: 880, 1174, 1568 Hz, 160 ms apart, each fading over 340 ms."""
    length = samples(STEP_MS * (len(TONES_HZ) - 1) + DECAY_MS)
    mix = np.zeros(length)
    for index, tone_hz in enumerate(TONES_HZ):
        start = samples(STEP_MS * index)
        tone = _tone(tone_hz)
        mix[start : start + len(tone)] += tone[: length - start]
    return np.rint(mix * from_db(PEAK_DB) * FULL_SCALE).astype(np.int16)


def _tone(tone_hz: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    count = samples(DECAY_MS)
    seconds = np.arange(count) / RATE_HZ
    envelope = 10 ** (-2.0 * np.arange(count) / count)  # 0 dB → -40 dB
    attack = samples(ATTACK_MS)
    release = samples(ATTACK_MS)
    envelope[:attack] *= np.linspace(0, 1, attack)
    envelope[count - release :] *= np.linspace(1, 0, release)
    return np.sin(2 * np.pi * tone_hz * seconds) * envelope
