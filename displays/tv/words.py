"""Texts of the board: in its language, and titles a second time in the office's second language."""

import re
from dataclasses import dataclass

from displays.board import Words
from runtime.i18n import Catalog

_NUMBERED = re.compile(r"(?:(.*\S)\s+)?(\d{1,2})")


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


def split_name(name: str) -> tuple[str, str] | None:
    """("Quầy", "3") of "Quầy 3", ("", "3") of "3"; None for a counter that is not named by a number."""
    found = _NUMBERED.fullmatch(name)
    return (found[1] or "", found[2]) if found else None


def say_for(languages: list[str]) -> Say:
    """The first two languages of an office."""
    return Say(Catalog.load(languages[0]), Catalog.load(languages[1]) if len(languages) > 1 else None)
