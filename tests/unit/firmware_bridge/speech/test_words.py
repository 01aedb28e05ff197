"""The word lists are data: complete, and refused when they are not."""

from pathlib import Path

import pytest

from contracts.errors import Rejected
from contracts.phrases import announcement, clip_keys, phrase_text
from firmware_bridge.speech.words import WORDS_DIR, load_words


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_clip_has_a_word(lang: str) -> None:
    assert tuple(load_words(lang).words) == clip_keys(lang)
    assert set(load_words(lang).engine_voices) == {"espeak", "gtts"}


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("vi", "Xin mời công dân có số A, không, không, một, đến quầy số ba"),
        ("en", "Ticket A, zero, zero, one, please go to counter three"),
    ],
)
def test_the_shipped_words_make_the_agreed_sentence(lang: str, text: str) -> None:
    assert phrase_text(announcement("A001", 3, lang), load_words(lang).texts) == text


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('5 = "năm"\n', ""),
        lambda text: text.replace('5 = "năm"', '5 = ""'),
        lambda text: text.replace('5 = "năm"', "5 = 5"),
        lambda text: text + '\nseventeen = "x"\n',
        lambda text: text + "\n[",
    ],
)
def test_a_damaged_word_list_is_refused(tmp_path: Path, change: object) -> None:
    text = (WORDS_DIR / "vi.toml").read_text(encoding="utf-8")
    (tmp_path / "vi.toml").write_text(change(text), encoding="utf-8")  # type: ignore[operator]
    with pytest.raises(Rejected) as refused:
        load_words("vi", tmp_path)
    assert refused.value.code == "config_invalid"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(Rejected) as refused:
        load_words("../../etc/passwd")
    assert refused.value.code == "usage"
