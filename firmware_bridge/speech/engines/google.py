"""gTTS: the online voice of Google Translate. Clips are made ahead and on the spot, never shipped.

gTTS has no time-out unless given one and does not verify TLS; its `save()` leaves a 0-byte file on failure. So the
bytes are collected in memory, checked by the builder's decoder, and only then become a file.
"""

import importlib.metadata
import io

from contracts.errors import Rejected
from firmware_bridge.speech.words import Word

TIMEOUT_S = 10.0
CLIP_BYTES_MAX = 1_000_000  # a phrase part is about 20 kB


class GoogleTts:
    """Asks translate.google.com through gTTS; `timeout_s` bounds connecting and each read."""

    name = "gtts"
    licence = "made by Google Translate through gTTS (MIT); Google's terms apply, do not redistribute"
    workers = 2  # an unofficial end point: be gentle

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s

    def version(self) -> str:
        """The version of the gTTS package; the voice behind it has none."""
        return importlib.metadata.version("gtts")

    def synthesise(self, word: Word, voice: str) -> bytes:
        """An mp3 of `word.say`."""
        import gtts

        target = io.BytesIO()
        try:
            speech = gtts.gTTS(text=word.say, lang=voice, lang_check=False, timeout=self._timeout_s)
            for chunk in speech.stream():
                target.write(chunk)
                if target.tell() > CLIP_BYTES_MAX:
                    raise Rejected("engine_failed", f"gTTS sent over {CLIP_BYTES_MAX} bytes for {word.key}")
        except (gtts.gTTSError, OSError, ValueError, AssertionError) as problem:
            raise Rejected("engine_failed", f"gTTS: {problem or type(problem).__name__}") from problem
        if not target.tell():
            raise Rejected("engine_failed", f"gTTS sent no sound for {word.key}")
        return target.getvalue()
