"""Numbers as words (domain.md §7): Vietnamese with its sound changes after a ten, and English.

Every function returns clip names inside a language ("digit/3", "number/ten"), without the language itself.
"""

from collections.abc import Callable
from dataclasses import dataclass

NUMBER_MAX = 9999


@dataclass(frozen=True)
class Words:
    """Regional choices of Vietnamese: the word for an empty tens place, and the word for a thousand."""

    empty_tens: str
    thousand: str


NORTH = Words(empty_tens="number/linh", thousand="number/nghin")
SOUTH = Words(empty_tens="number/le", thousand="number/ngan")

_VI_AFTER_TENS = {1: "number/one_after_tens", 4: "number/four_after_tens", 5: "number/five_after_ten"}


def digit(value: int) -> str:
    """The clip of one digit in its base form."""
    return f"digit/{value}"


def vietnamese(value: int, words: Words) -> list[str]:
    """0-9999 as Vietnamese words: 15 ends in "five after ten", 21 in "one after tens", 105 has the empty-tens word."""
    thousands, rest = divmod(value, 1000)
    if thousands == 0:
        return _vi_below_1000(rest, words)
    head = [digit(thousands), words.thousand]
    if rest == 0:
        return head
    if rest < 100:  # an empty hundreds place is said: "one thousand zero hundred ..."
        return [*head, digit(0), "number/hundred", *_vi_tail(rest, words)]
    return [*head, *_vi_below_1000(rest, words)]


def _vi_below_1000(value: int, words: Words) -> list[str]:
    hundreds, rest = divmod(value, 100)
    if hundreds == 0:
        return _vi_below_100(rest)
    tail = _vi_tail(rest, words) if rest else []
    return [digit(hundreds), "number/hundred", *tail]


def _vi_tail(value: int, words: Words) -> list[str]:
    """1-99 after a hundreds place."""
    return [words.empty_tens, digit(value)] if value < 10 else _vi_below_100(value)


def _vi_below_100(value: int) -> list[str]:
    tens, unit = divmod(value, 10)
    if tens == 0:
        return [digit(unit)]
    if tens == 1:
        after_ten = "number/five_after_ten" if unit == 5 else digit(unit)
        return ["number/ten", after_ten] if unit else ["number/ten"]
    head = [digit(tens), "number/tens"]
    return [*head, _VI_AFTER_TENS.get(unit, digit(unit))] if unit else head


def english(value: int, words: Words) -> list[str]:  # noqa: ARG001 - one signature for every language
    """0-9999 as English words, with "and" before the last part."""
    thousands, rest = divmod(value, 1000)
    hundreds, tail = divmod(rest, 100)
    head: list[str] = []
    if thousands:
        head += [digit(thousands), "number/thousand"]
    if hundreds:
        head += [digit(hundreds), "number/hundred"]
    if tail == 0 and head:
        return head
    return [*head, "number/and", *_en_below_100(tail)] if head else _en_below_100(tail)


def _en_below_100(value: int) -> list[str]:
    if value < 10:
        return [digit(value)]
    if value < 20:
        return [f"number/{value}"]
    tens, unit = divmod(value, 10)
    return [f"number/{tens * 10}", *([digit(unit)] if unit else [])]


READERS: dict[str, Callable[[int, Words], list[str]]] = {"vi": vietnamese, "en": english}
"""Language → number reader."""
