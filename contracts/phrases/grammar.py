"""From a ticket number and a counter to tokens, and from tokens to the readable sentence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from contracts.errors import Rejected
from contracts.ids import parse_ticket_number
from contracts.phrases.numbers import NORTH, READERS, SOUTH, digit
from contracts.phrases.tokens import Pause, Token

LANGS = ("vi", "en")
COUNTER_MAX = 99
DIGIT_GAP_MS = 80  # with the 30 ms edges of two clips: about 140 ms between digits
PHRASE_GAP_MS = 220  # before "go to counter", where a speaker breathes

Reading = Literal["digits", "number", "hybrid"]
Region = Literal["north", "south"]

_NUMBER = "{number}"
_COUNTER = "{counter}"
TEMPLATES: dict[str, tuple[Token, ...]] = {
    "vi": ("xin_moi_cong_dan_co_so", _NUMBER, Pause(PHRASE_GAP_MS), "den_quay_so", _COUNTER),
    "en": ("ticket", _NUMBER, Pause(PHRASE_GAP_MS), "please_go_to_counter", _COUNTER),
}


@dataclass(frozen=True)
class Options:
    """How an office says numbers.

    `reading`: "digits" one by one in their base form (the safe default), "number" as one number, "hybrid" with the
    leading zeros one by one and the rest as a number. `region` chooses the words of the number reading.
    """

    reading: Reading = "digits"
    region: Region = "north"


DEFAULT_OPTIONS = Options()


def announcement(number: str, counter: int, lang: str = "vi", options: Options = DEFAULT_OPTIONS) -> list[Token]:
    """The tokens that call ticket `number` ("A015") to `counter` (1-99) in `lang`.

    Raises Rejected `bad_number` for a number or counter that is none, `usage` for an unknown language.
    """
    if lang not in TEMPLATES:
        raise Rejected("usage", f"no spoken language {lang!r}; known: {', '.join(LANGS)}")
    prefix, serial = parse_ticket_number(number)
    check_counter(counter)
    tokens: list[Token] = []
    for part in TEMPLATES[lang]:
        if part == _NUMBER:
            tokens += _number(prefix, serial, lang, options)
        elif part == _COUNTER:
            tokens += [f"{lang}/{name}" for name in _read(counter, lang, options)]
        else:
            tokens.append(part if isinstance(part, Pause) else f"{lang}/{part}")
    return tokens


def check_counter(counter: int) -> int:
    """Return `counter` when it is 1-99; raise `bad_number` otherwise."""
    if not 1 <= counter <= COUNTER_MAX:
        raise Rejected("bad_number", f"counter {counter} is not 1-{COUNTER_MAX}")
    return counter


def _read(value: int, lang: str, options: Options) -> list[str]:
    return READERS[lang](value, SOUTH if options.region == "south" else NORTH)


def _number(prefix: str, serial: int, lang: str, options: Options) -> list[Token]:
    """The letter, then the groups of the serial: a pause stands between groups, none inside one."""
    groups = [[f"letter/{prefix}"], *_groups(serial, lang, options)]
    tokens: list[Token] = []
    for group in groups:
        if tokens:
            tokens.append(Pause(DIGIT_GAP_MS))
        tokens += [f"{lang}/{name}" for name in group]
    return tokens


def _groups(serial: int, lang: str, options: Options) -> list[list[str]]:
    digits = f"{serial:03d}"
    if options.reading == "number":
        return [_read(serial, lang, options)]
    if options.reading == "hybrid" and serial > 0:
        zeros = len(digits) - len(str(serial))
        return [*([digit(0)] for _ in range(zeros)), _read(serial, lang, options)]
    return [[digit(int(character))] for character in digits]


def phrase_text(tokens: Iterable[Token], texts: Mapping[str, str]) -> str:
    """The readable sentence: the `texts` of the clips with a blank between them, and a comma at every pause."""
    sentence = ""
    for token in tokens:
        if isinstance(token, Pause):
            sentence += ","
        else:
            sentence += f"{' ' if sentence else ''}{texts[token]}"
    return sentence
