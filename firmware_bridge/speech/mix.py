"""Joins chime, clips and pauses to one PCM stream: gapless but where the phrase has a pause. Pure."""

from collections.abc import Mapping, Sequence

import numpy as np

from contracts.errors import Rejected
from contracts.phrases import Pause, Token
from firmware_bridge.speech.chime import chime
from firmware_bridge.speech.pcm import Pcm, silence

AFTER_CHIME_MS = 120
TAIL_MS = 60  # so that a sound card that drops its last buffer cuts silence, not the counter


def missing(tokens: Sequence[Token], clips: Mapping[str, Pcm]) -> list[str]:
    """The clip keys of `tokens` that `clips` does not have, each once."""
    return list(dict.fromkeys(token for token in tokens if isinstance(token, str) and token not in clips))


def mix(tokens: Sequence[Token], clips: Mapping[str, Pcm], *, with_chime: bool = True) -> Pcm:
    """One stream: the chime, then `tokens` in order. Raises Rejected `voice_missing` when a clip is not there."""
    absent = missing(tokens, clips)
    if absent:
        raise Rejected("voice_missing", f"no clip {', '.join(absent)}")
    parts = [chime(), silence(AFTER_CHIME_MS)] if with_chime else []
    parts += [silence(token.ms) if isinstance(token, Pause) else clips[token] for token in tokens]
    return np.concatenate([*parts, silence(TAIL_MS)])
