"""Words that are not yet in a language: resolved when a screen is rendered, so that a switch only re-renders."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from contracts.settings import model


@dataclass(frozen=True)
class Plain:
    """A fact that reads the same in every language: a ticket number, a code, a time of day."""

    text: str


@dataclass(frozen=True)
class Local:
    """A text of the office file: language → text."""

    texts: Mapping[str, str]


@dataclass(frozen=True)
class Text:
    """A key of `assets/i18n` with its parameters, which may be words themselves."""

    key: str
    params: "Mapping[str, Words | int]" = field(default_factory=dict)


@dataclass(frozen=True)
class Sentence:
    """The same words with a capital first letter."""

    words: "Words"


Words = Plain | Local | Text | Sentence
EMPTY = Plain("")

Lookup = Callable[..., str]
"""`text(key, **params) -> str` of one language's catalog."""


def say(words: Words, lang: str, lookup: Lookup) -> str:
    """`words` in `lang`; keys are looked up with `lookup`."""
    if isinstance(words, Plain):
        return words.text
    if isinstance(words, Local):
        return model.say(dict(words.texts), lang)
    if isinstance(words, Sentence):
        inner = say(words.words, lang, lookup)
        return inner[:1].upper() + inner[1:]
    return lookup(
        words.key,
        **{name: value if isinstance(value, int) else say(value, lang, lookup) for name, value in words.params.items()},
    )
