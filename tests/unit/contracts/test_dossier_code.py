"""Dossier codes: what is one, what is not, and why."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.dossier_code import TEXT_CHARS_MAX, DossierCode, NotDossierCode, Reason, Style, parse, read
from contracts.errors import Rejected

OLD = "000.00.01.H00-261118-0001"
NEW = "H00.12-261118-0001"

GOOD = [
    (OLD, OLD, Style.OLD, "000.00.01.H00"),
    (NEW, NEW, Style.NEW, "H00.12"),
    ("000.00.16.H58-200603-0001", "000.00.16.H58-200603-0001", Style.OLD, "000.00.16.H58"),
    ("000.A0.01.H26-210212-9090", "000.A0.01.H26-210212-9090", Style.OLD, "000.A0.01.H26"),
    ("H74-260901-0028", "H74-260901-0028", Style.NEW, "H74"),
    ("H00.12.3.456-240229-123456", "H00.12.3.456-240229-123456", Style.NEW, "H00.12.3.456"),
    (f"  {OLD.lower()}\r\n", OLD, Style.OLD, "000.00.01.H00"),
    (f"\t{NEW}\t", NEW, Style.NEW, "H00.12"),
    (f"https://dvc.example/tra-cuu?mahoso={OLD}&x=1", OLD, Style.OLD, "000.00.01.H00"),
    ("https://dvc.example/tra-cuu?id=H00.12%2D261118%2D0001", NEW, Style.NEW, "H00.12"),
    (f"https://dvc.example/{NEW}?again={NEW}", NEW, Style.NEW, "H00.12"),
]

BAD = [
    ("", Reason.EMPTY),
    (" \r\n\t", Reason.EMPTY),
    ("X" * (TEXT_CHARS_MAX + 1), Reason.TOO_LONG),
    ("9" * 65, Reason.TOO_LONG),
    ("H00.12–261118–0001", Reason.CHARACTERS),
    ("ĐH00-261118-0001", Reason.CHARACTERS),
    ("H00.12\x00-261118-0001", Reason.CHARACTERS),
    ("٠٠٠.٠٠.٠١.H00-261118-0001", Reason.CHARACTERS),
    ("A015", Reason.PATTERN),
    ("4006381333931", Reason.PATTERN),
    ("000.00.01.H00-261118-00012", Reason.PATTERN),
    ("000.00.01.H00-261118-001", Reason.PATTERN),
    ("000.00.01.H00-26111-0001", Reason.PATTERN),
    (f"{OLD} {NEW}", Reason.PATTERN),
    ("000.00.01.H00-261318-0001", Reason.DATE),
    ("H00.12-250229-0001", Reason.DATE),
    ("H00.12-261100-0001", Reason.DATE),
    ("03706/2026/07906", Reason.SOCIAL_INSURANCE),
    ("https://dvc.example/", Reason.PATTERN),
    (f"https://dvc.example/X{NEW}", Reason.PATTERN),
    (f"https://dvc.example/{OLD}9", Reason.PATTERN),
    (f"https://dvc.example/{NEW}/{OLD}", Reason.AMBIGUOUS),
    ("https://dvc.example/H00.12-261340-0001", Reason.DATE),
]


@pytest.mark.parametrize(("text", "code", "style", "unit"), GOOD)
def test_reads(text: str, code: str, style: Style, unit: str) -> None:
    result = read(text)
    assert isinstance(result, DossierCode)
    assert (str(result), result.style, result.unit) == (code, style, unit)


def test_parts() -> None:
    assert parse(OLD) == DossierCode(OLD, Style.OLD, "000.00.01.H00", date(2026, 11, 18), 1)


@pytest.mark.parametrize(("text", "reason"), BAD)
def test_says_why_not(text: str, reason: Reason) -> None:
    assert read(text) == NotDossierCode(reason)
    with pytest.raises(Rejected) as refusal:
        parse(text)
    assert refusal.value.code == "bad_dossier_code"
    assert refusal.value.params == {"reason": str(reason)}


@given(st.text(max_size=80))
def test_any_text_has_an_answer_and_a_code_is_a_fixed_point(text: str) -> None:
    result = read(text)
    if isinstance(result, DossierCode):
        assert read(result.text) == result
