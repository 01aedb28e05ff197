"""Reads an announcement back: which clips does a wav hold, and in which order (normalised cross-correlation)."""

import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[Any]
SAME = 0.98  # a copied clip scores 1.0; letters with one vowel ("Dê", "Vê") reach 0.985, so the best score wins


class Found(NamedTuple):
    """A clip and where it begins, in samples."""

    key: str
    at: int


def read_wav(path: Path) -> Samples:
    """The samples of a mono 16-bit wav."""
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)


def read_voice(pack_dir: Path, lang: str) -> dict[str, Samples]:
    """Every clip of DIR/<lang>/**.wav by its key ("vi/digit/3")."""
    return {
        str(path.relative_to(pack_dir).with_suffix("")): read_wav(path)
        for path in sorted((pack_dir / lang).rglob("*.wav"))
    }


def find_clips(wav: Path | Samples, clips: Mapping[str, Samples], same: float = SAME) -> list[str]:
    """The keys of `clips` heard in `wav`, in order; where two could be meant, the better match wins."""
    return [found.key for found in locate_clips(wav, clips, same)]


def locate_clips(wav: Path | Samples, clips: Mapping[str, Samples], same: float = SAME) -> list[Found]:
    """Like `find_clips`, with the position of each."""
    heard = (read_wav(wav) if isinstance(wav, Path) else wav).astype(np.float64)
    size = 1 << (len(heard) - 1).bit_length()  # enough: only lags where the clip lies inside are read
    spectrum = np.fft.rfft(heard, size)
    power = np.concatenate([[0.0], np.cumsum(heard**2)])
    candidates: list[tuple[float, int, Found]] = []
    for key, clip in clips.items():
        voiced = _voiced(clip)
        candidates += [
            (score, len(voiced), Found(key, at)) for at, score in _matches(spectrum, size, power, voiced, same)
        ]
    taken: list[tuple[int, int]] = []
    found: list[Found] = []
    for _, length, hit in sorted(candidates, key=lambda one: (-round(one[0], 4), -one[1], one[2])):
        if all(hit.at >= end or hit.at + length <= begin for begin, end in taken):
            taken.append((hit.at, hit.at + length))
            found.append(hit)
    return sorted(found, key=lambda item: item.at)


def _voiced(clip: Samples) -> Samples:
    sound = np.flatnonzero(clip)
    return clip[sound[0] : sound[-1] + 1].astype(np.float64)


def _matches(spectrum: Samples, size: int, power: Samples, clip: Samples, same: float) -> list[tuple[int, float]]:
    """(position, score) where the normalised correlation is a peak over `same`."""
    count = len(power) - len(clip)
    if count <= 0:
        return []
    product = np.fft.irfft(spectrum * np.conj(np.fft.rfft(clip, size)), size)[:count]
    energy = power[len(clip) :][:count] - power[:count]
    score = product / np.sqrt(np.maximum(energy, 1.0) * np.sum(clip**2))
    hits: list[tuple[int, float]] = []
    for at in np.flatnonzero(score >= same):
        hit = (int(at), float(score[at]))
        if hits and hit[0] - hits[-1][0] < len(clip):
            hits[-1] = max(hits[-1], hit, key=lambda one: one[1])
        else:
            hits.append(hit)
    return hits


def silences_ms(pcm: Samples, rate_hz: int, level: int = 60, shortest_ms: float = 80) -> list[tuple[float, float]]:
    """(start, length) in ms of every stretch of at least `shortest_ms` whose samples stay under `level`."""
    quiet = np.concatenate([[False], np.abs(pcm.astype(np.int32)) < level, [False]])
    edges = np.flatnonzero(quiet[1:] != quiet[:-1]).reshape(-1, 2)
    spans = [(begin * 1000 / rate_hz, (end - begin) * 1000 / rate_hz) for begin, end in edges]
    return [span for span in spans if span[1] >= shortest_ms]
