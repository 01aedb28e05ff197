"""Fit a text to the characters a sign has: the same meaning with other letters, or a coded refusal. Never a blank."""

import unicodedata
from collections.abc import Mapping

from contracts.errors import Rejected

_BASE_LETTERS = {"Đ": "D", "đ": "d"}
_SIGNS = {
    "\u2190": "<", "\u2192": ">",  # arrows
    "\u2010": "-", "\u2011": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",  # dashes
    "\u00a0": " ", "\u2009": " ", "\u202f": " ",  # blanks
}  # fmt: skip


def fit(text: str, glyphs: frozenset[str], substitutes: Mapping[str, str]) -> str:
    """Return `text` in `glyphs` only. A Vietnamese letter loses its marks, a case may change, `substitutes` apply.

    Raises `bad_glyph` naming the first character that has no honest likeness on the sign.
    """
    composed = unicodedata.normalize("NFC", text)
    return "".join(_one(char, place, glyphs, substitutes) for place, char in enumerate(composed))


def _one(char: str, place: int, glyphs: frozenset[str], substitutes: Mapping[str, str]) -> str:
    for likeness in _likenesses(char):
        if likeness in glyphs:
            return likeness
        if likeness in substitutes:
            return substitutes[likeness]
    raise Rejected("bad_glyph", f"the sign cannot show {char!a} (character {place + 1})", char=char)


def _likenesses(char: str) -> list[str]:
    """The character itself, then the same letter without marks, then in the other case."""
    plain = _SIGNS.get(char) or _BASE_LETTERS.get(char) or unicodedata.normalize("NFD", char)[0]
    return [char, plain, plain.swapcase()]
