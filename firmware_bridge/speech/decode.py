"""Any audio file → our PCM format (miniaudio decodes wav, mp3, ogg, flac and converts rate and channels)."""

import miniaudio
import numpy as np

from contracts.errors import Rejected
from firmware_bridge.speech.pcm import RATE_HZ, Pcm


def decode(data: bytes) -> Pcm:
    """PCM of an audio file's bytes. Raises Rejected `engine_failed` when it is none or empty."""
    try:
        sound = miniaudio.decode(data, output_format=miniaudio.SampleFormat.SIGNED16, nchannels=1, sample_rate=RATE_HZ)
    except miniaudio.MiniaudioError as problem:
        raise Rejected("engine_failed", f"not an audio file ({len(data)} bytes): {problem}") from problem
    pcm: Pcm = np.array(sound.samples, dtype=np.int16)
    if not pcm.size:
        raise Rejected("engine_failed", "an audio file without a sample")
    return pcm
