"""Text-to-speech engines that make the clips ahead of time; none of them runs while a call is announced."""

from contracts.errors import Rejected
from firmware_bridge.speech.engines.base import Engine
from firmware_bridge.speech.engines.espeak import RATE_DEFAULT, Espeak
from firmware_bridge.speech.engines.google import GoogleTts

ENGINE_NAMES = ("espeak", "espeak-ng", "gtts")


def make_engine(name: str, rate: float = RATE_DEFAULT) -> Engine:
    """The engine called `name`; `rate` 1.0 is its own speed (gTTS has no other). Raises `usage` for an unknown one."""
    if name in {"espeak", "espeak-ng"}:
        return Espeak(rate)
    if name == "gtts":
        return GoogleTts()
    raise Rejected("usage", f"no speech engine {name!r}; known: {', '.join(ENGINE_NAMES)}")


__all__ = ["ENGINE_NAMES", "Engine", "Espeak", "GoogleTts", "make_engine"]
