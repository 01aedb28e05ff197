"""The spoken grammar of a call: which clips are said in which order, and where the voice pauses (domain.md §7).

Pure. The words themselves are data (`assets/voices/<lang>.toml`); here are only their keys.
"""

from contracts.phrases.closed_set import clip_keys
from contracts.phrases.grammar import COUNTER_MAX, LANGS, Options, Reading, Region, announcement, phrase_text
from contracts.phrases.tokens import Pause, Token, clips_of

__all__ = [
    "COUNTER_MAX",
    "LANGS",
    "Options",
    "Pause",
    "Reading",
    "Region",
    "Token",
    "announcement",
    "clip_keys",
    "clips_of",
    "phrase_text",
]
