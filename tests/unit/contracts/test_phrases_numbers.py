"""Number words 0-9999: the hard cases by hand, and the rest by a parser written the other way round."""

import itertools

import pytest

from contracts.phrases.numbers import NORTH, NUMBER_MAX, SOUTH, english, vietnamese

WORD = {
    **{
        f"digit/{n}": word
        for n, word in enumerate(["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"])
    },
    "number/ten": "mười",
    "number/tens": "mươi",
    "number/hundred": "trăm",
    "number/linh": "linh",
    "number/le": "lẻ",
    "number/nghin": "nghìn",
    "number/ngan": "ngàn",
    "number/one_after_tens": "mốt",
    "number/four_after_tens": "tư",
    "number/five_after_ten": "lăm",
}


def vi(value: int, south: bool = False) -> str:
    return " ".join(WORD[name] for name in vietnamese(value, SOUTH if south else NORTH))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "không"), (4, "bốn"), (5, "năm"), (10, "mười"), (11, "mười một"), (14, "mười bốn"), (15, "mười lăm"),
        (20, "hai mươi"), (21, "hai mươi mốt"), (24, "hai mươi tư"), (25, "hai mươi lăm"), (44, "bốn mươi tư"),
        (55, "năm mươi lăm"), (91, "chín mươi mốt"), (101, "một trăm linh một"), (104, "một trăm linh bốn"),
        (105, "một trăm linh năm"), (110, "một trăm mười"), (115, "một trăm mười lăm"), (121, "một trăm hai mươi mốt"),
        (500, "năm trăm"), (999, "chín trăm chín mươi chín"), (1000, "một nghìn"),
        (1005, "một nghìn không trăm linh năm"),
        (1015, "một nghìn không trăm mười lăm"), (1100, "một nghìn một trăm"),
        (2021, "hai nghìn không trăm hai mươi mốt"),
        (9999, "chín nghìn chín trăm chín mươi chín"),
    ],
)  # fmt: skip
def test_hard_cases(value: int, text: str) -> None:
    assert vi(value) == text


def test_southern_words() -> None:
    assert vi(1005, south=True) == "một ngàn không trăm lẻ năm"


def parse(text: str) -> int:
    """Words → number, independent of the product's composition."""
    units = {"không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "sáu": 6}
    units |= {"bảy": 7, "tám": 8, "chín": 9}
    total = last = 0
    for word in text.split():
        if word in units:
            last = units[word]
        elif word in ("linh", "lẻ"):
            last = 0
        else:
            scale = {"mười": 10, "mươi": 10, "trăm": 100, "nghìn": 1000, "ngàn": 1000}[word]
            total += scale * (1 if word == "mười" else last)
            last = 0
    return total + last


@pytest.mark.parametrize("south", [False, True])
def test_every_number_reads_back(south: bool) -> None:
    texts = [vi(value, south) for value in range(NUMBER_MAX + 1)]
    assert [parse(text) for text in texts] == list(range(NUMBER_MAX + 1))
    assert len(set(texts)) == len(texts)
    for text in texts:  # the sound changes happen only after a ten
        words = ["", *text.split()]
        for before, word in itertools.pairwise(words):
            assert (word in ("mốt", "tư")) <= (before == "mươi"), text
            assert (word == "lăm") == (before in ("mươi", "mười") and parse(word) == 5), text


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (0, ["digit/0"]),
        (13, ["number/13"]),
        (40, ["number/40"]),
        (42, ["number/40", "digit/2"]),
        (100, ["digit/1", "number/hundred"]),
        (105, ["digit/1", "number/hundred", "number/and", "digit/5"]),
        (1005, ["digit/1", "number/thousand", "number/and", "digit/5"]),
        (7654, ["digit/7", "number/thousand", "digit/6", "number/hundred", "number/and", "number/50", "digit/4"]),
    ],
)
def test_english(value: int, names: list[str]) -> None:
    assert english(value, NORTH) == names
