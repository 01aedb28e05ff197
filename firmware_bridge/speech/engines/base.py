"""What the builder asks of an engine."""

from typing import Protocol

from firmware_bridge.speech.words import Word


class Engine(Protocol):
    """Makes the sound of one word."""

    @property
    def name(self) -> str:
        """Its name in `--engine` and in the manifest, and its key in a word list's [engine] table."""

    @property
    def licence(self) -> str:
        """What a copier of the clips must know."""

    @property
    def workers(self) -> int:
        """How many words may be made at the same time."""

    def version(self) -> str:
        """The version that the manifest states. Raises Rejected `engine_failed` when the engine is not installed."""

    def synthesise(self, word: Word, voice: str) -> bytes:
        """An audio file (wav or mp3) of `word` in `voice`. Raises Rejected `engine_failed`, also after a time-out."""
