"""Any audio file → our PCM format (miniaudio decodes wav, mp3, ogg, flac and converts rate and channels)."""

import miniaudio
import numpy as np

from contracts.errors import Rejected
from firmware_bridge.speech.pcm import RATE_HZ, Pcm

DECODED_S_MAX = 60
"""A clip is a few seconds. A small file may say it holds days (silence packs well, a rate of 1 Hz unpacks to 22,050
samples a sample): decoded at once, half a MB took 12 GB."""
PIECE_SAMPLES = RATE_HZ


def decode(data: bytes) -> Pcm:
    """PCM of an audio file's bytes. Raises Rejected `engine_failed` when it is none, empty or over DECODED_S_MAX."""
    pieces: list[Pcm] = []
    try:
        stream = miniaudio.stream_memory(
            data, miniaudio.SampleFormat.SIGNED16, nchannels=1, sample_rate=RATE_HZ, frames_to_read=PIECE_SAMPLES
        )
        for piece in stream:
            pieces.append(np.array(piece, dtype=np.int16))
            if sum(map(len, pieces)) > DECODED_S_MAX * RATE_HZ:
                raise Rejected("engine_failed", f"an audio file of more than {DECODED_S_MAX} s")
    except miniaudio.MiniaudioError as problem:
        raise Rejected("engine_failed", f"not an audio file ({len(data)} bytes): {problem}") from problem
    pcm: Pcm = np.concatenate(pieces) if pieces else np.empty(0, dtype=np.int16)
    if not pcm.size:
        raise Rejected("engine_failed", "an audio file without a sample")
    return pcm
