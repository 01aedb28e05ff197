"""Texts for people: `assets/i18n/<lang>.po`, msgid = key, msgstr = text with {named} parameters.

Vietnamese is complete (a test compares the keys); another language falls back to it text by text. A new language is a
new .po file (and a voice pack).
"""

from functools import cache
from pathlib import Path
from typing import Any

import polib

from runtime.paths import ASSETS

FALLBACK = "vi"


class Catalog:
    """The texts of one language."""

    def __init__(self, lang: str, texts: dict[str, str], fallback: "Catalog | None" = None) -> None:
        self.lang = lang
        self._texts, self._fallback = texts, fallback

    @classmethod
    def load(cls, lang: str) -> "Catalog":
        """The catalog of `lang`; of Vietnamese when there is none for `lang`."""
        return _load(lang)

    @property
    def keys(self) -> frozenset[str]:
        """The keys this language has itself."""
        return frozenset(self._texts)

    def text(self, key: str, **params: Any) -> str:
        """The text of `key` with its parameters filled. Raises KeyError for a key that Vietnamese does not have."""
        found = self._texts.get(key)
        if not found:
            if self._fallback is None:
                raise KeyError(f"no text {key!r} in {self.lang}.po")
            return self._fallback.text(key, **params)
        return found.format(**params) if params else found


def languages(folder: Path = ASSETS / "i18n") -> list[str]:
    """The languages that have a .po file."""
    return sorted(p.stem for p in folder.glob("*.po"))


@cache
def _load(lang: str) -> Catalog:
    path = ASSETS / "i18n" / f"{lang}.po"
    if not path.exists():
        return _load(FALLBACK)
    texts = {entry.msgid: entry.msgstr for entry in polib.pofile(str(path))}
    return Catalog(lang, texts, None if lang == FALLBACK else _load(FALLBACK))
