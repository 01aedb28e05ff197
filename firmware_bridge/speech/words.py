"""The words of a voice: reads `assets/voices/<lang>.toml` and checks it against the grammar."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from contracts.errors import Rejected
from contracts.phrases import LANGS, clip_keys
from runtime.paths import ASSETS

WORDS_DIR = ASSETS / "voices"
_SECTIONS = {"phrase": "", "letter": "letter/", "digit": "digit/", "number": "number/"}


@dataclass(frozen=True)
class Word:
    """One clip: what a person reads, and what the engine is given to say."""

    key: str
    text: str
    say: str


@dataclass(frozen=True)
class WordList:
    """The words of one language and the name each engine has for that language."""

    lang: str
    engine_voices: Mapping[str, str]
    words: Mapping[str, Word]

    @property
    def texts(self) -> dict[str, str]:
        """Clip key → readable text, for `contracts.phrases.phrase_text`."""
        return {key: word.text for key, word in self.words.items()}


@cache
def load_words(lang: str, words_dir: Path = WORDS_DIR) -> WordList:
    """The word list of `lang`. Raises Rejected `usage` (unknown language) or `config_invalid` (a damaged file)."""
    if lang not in LANGS:
        raise Rejected("usage", f"no spoken language {lang!r}; known: {', '.join(LANGS)}")
    path = words_dir / f"{lang}.toml"
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise Rejected("config_invalid", f"{path.name}: {problem}") from problem
    words = {word.key: word for section in _SECTIONS for word in _section(lang, section, raw.get(section, {}))}
    wanted = clip_keys(lang)
    wrong = sorted(set(wanted) ^ set(words))
    if wrong:
        raise Rejected("config_invalid", f"{path.name}: missing or surplus words: {', '.join(wrong)}")
    voices = {str(name): str(voice) for name, voice in raw.get("engine", {}).items()}
    return WordList(lang=lang, engine_voices=voices, words={key: words[key] for key in wanted})


def _section(lang: str, section: str, rows: Mapping[str, Any]) -> list[Word]:
    return [_word(f"{lang}/{_SECTIONS[section]}{name}", value) for name, value in rows.items()]


def _word(key: str, value: object) -> Word:
    if isinstance(value, str) and value:
        return Word(key=key, text=value, say=value)
    if isinstance(value, dict) and isinstance(value.get("text"), str) and isinstance(value.get("say"), str):
        return Word(key=key, text=value["text"], say=value["say"])
    raise Rejected("config_invalid", f"{key}: a word is a text or {{ text, say }}")
