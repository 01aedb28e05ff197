"""Every clip that any announcement can ask for: the list a voice pack must hold."""

import string

from contracts.errors import Rejected
from contracts.phrases.grammar import LANGS, TEMPLATES
from contracts.phrases.numbers import NORTH, NUMBER_MAX, READERS, SOUTH
from contracts.phrases.tokens import clips_of


def clip_keys(lang: str) -> tuple[str, ...]:
    """The clip keys of `lang` (phrase parts, letters, digits, number words), derived from the grammar, sorted by use.

    Raises Rejected `usage` for an unknown language.
    """
    if lang not in TEMPLATES:
        raise Rejected("usage", f"no spoken language {lang!r}; known: {', '.join(LANGS)}")
    phrases = [part for part in clips_of(TEMPLATES[lang]) if not part.startswith("{")]
    letters = [f"letter/{letter}" for letter in string.ascii_uppercase]
    digits = [f"digit/{value}" for value in range(10)]
    names = [*phrases, *letters, *digits, *sorted(_number_words(lang) - set(digits))]
    return tuple(f"{lang}/{name}" for name in names)


def _number_words(lang: str) -> set[str]:
    reader = READERS[lang]
    return {name for words in (NORTH, SOUTH) for value in range(NUMBER_MAX + 1) for name in reader(value, words)}
