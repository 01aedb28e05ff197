"""Words become texts, in any language, with words inside words."""

import pytest

from kiosk.flow.words import EMPTY, Local, Plain, Sentence, Text, Words, say

TEXTS = {"hello": "xin chào {name}", "plain": "một"}


def look(key: str, **params: object) -> str:
    return TEXTS[key].format(**params)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (Plain("A015"), "A015"),
        (EMPTY, ""),
        (Local({"vi": "Hộ tịch", "en": "Civil status"}), "Hộ tịch"),
        (Text("plain"), "một"),
        (Text("hello", {"name": Local({"vi": "Quầy 1"})}), "xin chào Quầy 1"),
        (Text("hello", {"name": 3}), "xin chào 3"),
        (Sentence(Text("hello", {"name": Plain("An")})), "Xin chào An"),
        (Sentence(EMPTY), ""),
    ],
)
def test_say(words: Words, text: str) -> None:
    assert say(words, "vi", look) == text


def test_the_office_s_own_texts_follow_the_language_and_fall_back_to_vietnamese() -> None:
    both = Local({"vi": "Hộ tịch", "en": "Civil status"})
    assert say(both, "en", look) == "Civil status"
    assert say(both, "fr", look) == "Hộ tịch"


def test_a_key_nobody_wrote_is_an_error() -> None:
    with pytest.raises(KeyError):
        say(Text("missing"), "vi", look)
