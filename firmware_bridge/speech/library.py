"""The clips an office speaks with: loaded at start, read again when a pack was built, holes filled offline."""

import threading
from collections.abc import Callable
from pathlib import Path

from contracts.errors import Rejected
from contracts.phrases import LANGS, Options, announcement
from contracts.settings import Speech as SpeechSettings
from firmware_bridge.speech.build import build
from firmware_bridge.speech.chime import chime
from firmware_bridge.speech.engines import Engine, Espeak, make_engine
from firmware_bridge.speech.mix import missing, mix
from firmware_bridge.speech.pack import load_clips
from firmware_bridge.speech.pcm import Pcm

RETRY_S = 60.0  # between two tries to fill a hole


class Library:
    """The clips of all languages. Only its owner's thread calls it."""

    def __init__(self, settings: SpeechSettings, pack_dir: Path, offline: Engine | None = None) -> None:
        self._settings = settings
        self._pack_dir = pack_dir
        self._offline = offline or Espeak(settings.rate)
        self._options = Options(reading=settings.reading)
        self._clips: dict[str, Pcm] = {}
        self._tried_s: float | None = None

    def open(self, now_s: float) -> Rejected | None:
        """Load every language, making what is missing with the offline engine (0.3 s a language). Returns why not."""
        own = self._settings.engine == "espeak-ng"
        self._tried_s = now_s
        failure: Rejected | None = None
        for lang in LANGS:
            try:
                build(self._offline, lang, self._pack_dir, keep="others" if own else "all")
            except Rejected as problem:
                failure = problem
        self.reload()
        return failure

    def reload(self) -> None:
        """Read the packs again."""
        for lang in LANGS:
            self._clips |= load_clips(self._pack_dir, lang)

    def speak(
        self, number: str, counter: int, lang: str, with_chime: bool, now_s: float
    ) -> tuple[Pcm, Rejected | None]:
        """The sound of one announcement; the chime alone, and why, when clips are missing and cannot be made."""
        tokens = announcement(number, counter, lang, self._options)
        if missing(tokens, self._clips) and (self._tried_s is None or now_s - self._tried_s > RETRY_S):
            self.open(now_s)
        absent = missing(tokens, self._clips)
        if absent:
            return chime(), Rejected("voice_missing", f"no clip {', '.join(absent)}; the chime alone was played")
        return mix(tokens, self._clips, with_chime=with_chime), None

    def build_online(self, done: Callable[[Rejected | None], None]) -> threading.Thread | None:
        """Build the online voice the office chose, in a thread of its own; None when it chose none."""
        if self._settings.engine != "gtts":
            return None

        def work() -> None:
            try:
                for lang in LANGS:
                    build(make_engine("gtts"), lang, self._pack_dir)
            except Rejected as problem:
                done(problem)
            else:
                done(None)

        thread = threading.Thread(target=work, name="speech-build", daemon=True)
        thread.start()
        return thread
