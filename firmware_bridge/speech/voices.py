"""The clips of a language, whatever state the pack on disk is in."""

import os
from pathlib import Path

from contracts.errors import Rejected
from contracts.phrases import clip_keys
from firmware_bridge.speech.build import build
from firmware_bridge.speech.engines import Engine, Espeak
from firmware_bridge.speech.pack import load_clips
from firmware_bridge.speech.pcm import Pcm


def default_pack_dir(data_dir: Path | None = None) -> Path:
    """Where voices live: DATA/voices of the given or the usual data directory, else the user's cache."""
    usual = data_dir or Path("data")
    if data_dir is not None or (usual / "voices").is_dir():
        return usual / "voices"
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "motcua" / "voices"


def voice(lang: str, pack_dir: Path, offline: Engine | None = None) -> dict[str, Pcm]:
    """All clips of `lang`. Missing and damaged ones are made by the offline engine first.

    Raises Rejected `engine_failed` or `data_unwritable` when the pack has holes that cannot be filled.
    """
    clips = load_clips(pack_dir, lang)
    if holes(lang, clips):
        build(offline or Espeak(), lang, pack_dir, keep="all")
        clips = load_clips(pack_dir, lang)
    if holes(lang, clips):
        raise Rejected("voice_missing", f"no clip {', '.join(holes(lang, clips)[:5])} in {pack_dir}")
    return clips


def holes(lang: str, clips: dict[str, Pcm]) -> list[str]:
    """The clip keys of the language's closed set that `clips` lacks."""
    return [key for key in clip_keys(lang) if key not in clips]
