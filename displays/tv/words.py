"""Texts of the board: in its language, and titles a second time in the office's second language."""

from dataclasses import dataclass

from displays.board import Words
from runtime.i18n import Catalog

BETWEEN = "   "


@dataclass(frozen=True)
class Say:
    """`second` None: one language only."""

    first: Catalog
    second: Catalog | None = None

    def words(self, words: Words) -> str:
        """A text of the frame."""
        return self.first.text(words.key, **words.params)

    def key(self, key: str) -> str:
        """A title."""
        return self.first.text(key)

    def also(self, key: str) -> str:
        """The title in the second language; empty when there is none."""
        return self.second.text(key) if self.second else ""


def say_for(languages: list[str]) -> Say:
    """The first two languages of an office."""
    return Say(Catalog.load(languages[0]), Catalog.load(languages[1]) if len(languages) > 1 else None)
