"""Sound as numbers: one format everywhere (mono, 16 bit, 22,050 Hz), levels, trimming. Pure."""

import io
import wave

import numpy as np
import numpy.typing as npt

from contracts.errors import Rejected

Pcm = npt.NDArray[np.int16]

RATE_HZ = 22_050  # what espeak-ng makes; enough for speech over a lobby loudspeaker
FULL_SCALE = 32_767
EDGE_MS = 30  # silence kept before and after a clip: two clips join with 60 ms, which nobody hears as a gap
FADE_MS = 3  # against clicks at a cut
FRAME_MS = 5
SILENCE_DB = -42.0  # a frame this far under the clip's loudest frame is silence; keeps the breath of "h" and "th"
TARGET_RMS_DB = -20.0  # of the voiced part, relative to full scale
PEAK_DB_MAX = -1.0
CLIP_S_MAX = 15.0  # longer than any phrase part: what is longer is a broken engine


def samples(ms: float) -> int:
    """Number of samples in `ms` milliseconds."""
    return round(RATE_HZ * ms / 1000)


def duration_s(pcm: Pcm) -> float:
    """Length of `pcm` in seconds."""
    return len(pcm) / RATE_HZ


def silence(ms: float) -> Pcm:
    """`ms` milliseconds of digital silence."""
    return np.zeros(samples(ms), dtype=np.int16)


def from_db(level_db: float) -> float:
    """Decibels below full scale → linear 0-1."""
    return float(10 ** (level_db / 20))


def peak_db(pcm: Pcm) -> float:
    """Highest sample in dB of full scale; -inf for silence."""
    return _db(float(np.max(np.abs(pcm.astype(np.int32)), initial=0)) / FULL_SCALE)


def rms_db(pcm: Pcm) -> float:
    """Root mean square of the voiced frames in dB of full scale; -inf for silence."""
    levels = _frame_rms(pcm)
    voiced = levels[levels > levels.max(initial=0) * from_db(SILENCE_DB)]
    return _db(float(np.sqrt(np.mean(voiced**2)))) if voiced.size else float("-inf")


def _db(ratio: float) -> float:
    return float(20 * np.log10(ratio)) if ratio > 0 else float("-inf")


def _frame_rms(pcm: Pcm) -> npt.NDArray[np.float64]:
    frame = samples(FRAME_MS)
    count = -(-len(pcm) // frame)
    padded = np.zeros(count * frame)
    padded[: len(pcm)] = pcm / FULL_SCALE
    return np.asarray(np.sqrt(np.mean(padded.reshape(count, frame) ** 2, axis=1)), dtype=np.float64)


def clean(pcm: Pcm) -> Pcm:
    """A clip ready to be joined: trimmed to EDGE_MS of silence at both ends, level set, peaks under PEAK_DB_MAX.

    Raises Rejected `engine_failed` for silence and for more than CLIP_S_MAX seconds.
    """
    if duration_s(pcm) > CLIP_S_MAX:
        raise Rejected("engine_failed", f"a clip of {duration_s(pcm):.0f} s is no word")
    levels = _frame_rms(pcm)
    loud = np.flatnonzero(levels > max(levels.max(initial=0) * from_db(SILENCE_DB), 1e-4))
    if not loud.size:
        raise Rejected("engine_failed", "the engine made silence")
    frame = samples(FRAME_MS)
    voiced = pcm[loud[0] * frame : (loud[-1] + 1) * frame]
    return np.concatenate([silence(EDGE_MS), _fade(_level(voiced)), silence(EDGE_MS)])


def _level(pcm: Pcm) -> Pcm:
    gain_rms = from_db(TARGET_RMS_DB - rms_db(pcm))
    gain_peak = from_db(PEAK_DB_MAX - peak_db(pcm))
    scaled = pcm.astype(np.float64) * min(gain_rms, gain_peak)
    return np.rint(scaled).astype(np.int16)


def _fade(pcm: Pcm) -> Pcm:
    count = min(samples(FADE_MS), len(pcm) // 2)
    ramp = np.ones(len(pcm))
    ramp[:count] = np.linspace(0, 1, count, endpoint=False)
    ramp[len(pcm) - count :] = np.linspace(1, 0, count)
    return np.rint(pcm * ramp).astype(np.int16)


def to_wav(pcm: Pcm) -> bytes:
    """The bytes of a wav file holding `pcm`."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(pcm.astype("<i2").tobytes())
    return target.getvalue()


def from_wav(data: bytes) -> Pcm:
    """PCM of a wav in our own format. Raises `voice_missing` for anything else: a damaged clip is a missing one."""
    try:
        with wave.open(io.BytesIO(data), "rb") as file:
            shape = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as problem:
        raise Rejected("voice_missing", f"not a wav file: {problem}") from problem
    if shape != (1, 2, RATE_HZ) or len(frames) % 2 or not frames:
        raise Rejected("voice_missing", f"a wav of another format {shape}, {len(frames)} bytes")
    return np.frombuffer(frames, dtype="<i2").astype(np.int16)
