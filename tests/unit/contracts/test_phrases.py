"""The spoken grammar against expectations written by hand."""

import string

import pytest

from contracts.errors import Rejected
from contracts.phrases import Options, Pause, announcement, clip_keys, clips_of, phrase_text

# A second, independent word list: the test does not read the product's.
TEXTS = {
    "vi/xin_moi_cong_dan_co_so": "Xin mời công dân có số",
    "vi/den_quay_so": "đến quầy số",
    "en/ticket": "Ticket",
    "en/please_go_to_counter": "please go to counter",
    **{f"{lang}/letter/{letter}": letter for lang in ("vi", "en") for letter in string.ascii_uppercase},
    **{
        f"vi/digit/{n}": word
        for n, word in enumerate(["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"])
    },
    "vi/number/ten": "mười",
    "vi/number/tens": "mươi",
    "vi/number/hundred": "trăm",
    "vi/number/linh": "linh",
    "vi/number/le": "lẻ",
    "vi/number/one_after_tens": "mốt",
    "vi/number/four_after_tens": "tư",
    "vi/number/five_after_ten": "lăm",
    **{
        f"en/digit/{n}": w
        for n, w in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
    },
    "en/number/11": "eleven",
    "en/number/12": "twelve",
    "en/number/15": "fifteen",
    "en/number/20": "twenty",
    "en/number/90": "ninety",
    "en/number/hundred": "hundred",
    "en/number/and": "and",
}


def read(number: str, counter: int, lang: str = "vi", **options: str) -> str:
    return phrase_text(announcement(number, counter, lang, Options(**options)), TEXTS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("number", "counter", "lang", "text"),
    [
        ("A001", 3, "vi", "Xin mời công dân có số A, không, không, một, đến quầy số ba"),
        ("A015", 3, "vi", "Xin mời công dân có số A, không, một, năm, đến quầy số ba"),
        ("C214", 10, "vi", "Xin mời công dân có số C, hai, một, bốn, đến quầy số mười"),
        ("H999", 12, "vi", "Xin mời công dân có số H, chín, chín, chín, đến quầy số mười hai"),
        ("a105", 15, "vi", "Xin mời công dân có số A, một, không, năm, đến quầy số mười lăm"),
        ("A678", 21, "vi", "Xin mời công dân có số A, sáu, bảy, tám, đến quầy số hai mươi mốt"),
        ("A000", 55, "vi", "Xin mời công dân có số A, không, không, không, đến quầy số năm mươi lăm"),
        ("A001", 3, "en", "Ticket A, zero, zero, one, please go to counter three"),
        ("Z015", 12, "en", "Ticket Z, zero, one, five, please go to counter twelve"),
        ("B105", 99, "en", "Ticket B, one, zero, five, please go to counter ninety nine"),
    ],
)
def test_digit_by_digit(number: str, counter: int, lang: str, text: str) -> None:
    assert read(number, counter, lang) == text


@pytest.mark.parametrize(
    ("number", "region", "said"),
    [
        ("A000", "north", "không"),
        ("A005", "north", "năm"),
        ("A010", "north", "mười"),
        ("A014", "north", "mười bốn"),
        ("A015", "north", "mười lăm"),
        ("A021", "north", "hai mươi mốt"),
        ("A024", "north", "hai mươi tư"),
        ("A025", "north", "hai mươi lăm"),
        ("A100", "north", "một trăm"),
        ("A105", "north", "một trăm linh năm"),
        ("A105", "south", "một trăm lẻ năm"),
        ("A110", "south", "một trăm mười"),
        ("A111", "south", "một trăm mười một"),
        ("A115", "north", "một trăm mười lăm"),
        ("A555", "north", "năm trăm năm mươi lăm"),
        ("A941", "north", "chín trăm bốn mươi mốt"),
    ],
)
def test_full_number_vietnamese(number: str, region: str, said: str) -> None:
    assert read(number, 1, reading="number", region=region) == f"Xin mời công dân có số A, {said}, đến quầy số một"


@pytest.mark.parametrize(
    ("number", "said"),
    [("A025", "không, hai mươi lăm"), ("A005", "không, không, năm"), ("A105", "một trăm linh năm")],
)
def test_hybrid_keeps_leading_zeros(number: str, said: str) -> None:
    assert read(number, 2, reading="hybrid") == f"Xin mời công dân có số A, {said}, đến quầy số hai"


def test_full_number_english() -> None:
    assert read("A115", 20, "en", reading="number") == "Ticket A, one hundred and fifteen, please go to counter twenty"
    assert read("A200", 1, "en", reading="number") == "Ticket A, two hundred, please go to counter one"


def test_tokens_carry_keys_and_planned_pauses() -> None:
    tokens = announcement("A01" + "5", 3)
    assert clips_of(tokens) == [
        "vi/xin_moi_cong_dan_co_so", "vi/letter/A", "vi/digit/0", "vi/digit/1", "vi/digit/5", "vi/den_quay_so",
        "vi/digit/3",
    ]  # fmt: skip
    pauses = [token.ms for token in tokens if isinstance(token, Pause)]
    assert len(pauses) == 4
    assert pauses[-1] > pauses[0] > 0  # the breath before the counter is the longest


@pytest.mark.parametrize("number", ["", "A", "AA15", "A15", "A0155", "1234", "Đ001", "A-01", "A٠٠١", "A001\n;"])
def test_a_text_that_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(Rejected) as refused:
        announcement(number, 3)
    assert refused.value.code == "bad_number"


@pytest.mark.parametrize("counter", [0, -1, 100, 10_000])
def test_a_counter_outside_1_to_99_is_refused(counter: int) -> None:
    with pytest.raises(Rejected) as refused:
        announcement("A001", counter)
    assert refused.value.code == "bad_number"


@pytest.mark.parametrize("call", [lambda: announcement("A001", 1, "fr"), lambda: clip_keys("fr")])
def test_an_unknown_language_is_refused(call: object) -> None:
    with pytest.raises(Rejected) as refused:
        call()  # type: ignore[operator]
    assert refused.value.code == "usage"


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_clip_list_is_closed_and_has_no_dead_clip_for_tickets(lang: str) -> None:
    """Every token any announcement can produce is in the list, and the list has nothing else but words for 1000+."""
    produced: set[str] = set()
    for region in ("north", "south"):
        for reading in ("digits", "number", "hybrid"):
            options = Options(reading=reading, region=region)  # type: ignore[arg-type]
            for serial in range(1000):
                produced.update(clips_of(announcement(f"A{serial:03d}", serial % 99 + 1, lang, options)))
            for letter in string.ascii_uppercase:
                produced.update(clips_of(announcement(f"{letter}001", 1, lang, options)))
    listed = clip_keys(lang)
    assert len(set(listed)) == len(listed)
    assert produced <= set(listed)
    assert set(listed) - produced == ({"vi/number/nghin", "vi/number/ngan"} if lang == "vi" else {"en/number/thousand"})
