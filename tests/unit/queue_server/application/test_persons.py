"""One number is one person however it is written; what is kept does not give it back."""

import hashlib

import pytest

from contracts.errors import Rejected
from contracts.messages.appointments import BookAppointment, CheckIn
from queue_server.application.persons import Persons, normalised


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("0912345678", "0912345678"),
        ("091 234 56 78", "0912345678"),
        ("091.234-5678", "0912345678"),
        ("+84912345678", "0912345678"),
        ("+84 912 345 678", "0912345678"),
        ("0084 912345678", "0912345678"),
        ("84912345678", "0912345678"),
        ("001099012345", "001099012345"),  # a citizen card
        ("084099012345", "084099012345"),  # a citizen card of Tra Vinh, no country code
        ("84912345", "84912345"),  # too short for a country code and a number
        ("+4930123456", "4930123456"),
    ],
)
def test_one_number_is_one_person(written: str, same: str) -> None:
    assert normalised(written) == same
    assert Persons(b"k").hashed(written) == Persons(b"k").hashed(same)


@pytest.mark.parametrize("text", ["", "1234567", "0" * 16, "+........", "0912 34a 567", "٠٩١٢٣٤٥٦٧٨", "09123456 +7"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(Rejected) as why:
        normalised(text)
    assert why.value.code == "malformed"
    assert text == "" or text not in why.value.detail


def test_the_hash_needs_the_offices_key() -> None:
    number = "0912345678"
    hashed = Persons(b"one").hashed(number)
    assert hashed != Persons(b"two").hashed(number)
    assert hashed != hashlib.blake2b(number.encode(), digest_size=20).hexdigest()
    assert Persons.throwaway().hashed(number) != Persons.throwaway().hashed(number)


def test_only_a_booking_names_a_person() -> None:
    persons = Persons(b"k")
    check_in = CheckIn(id="command-0001", token="t")
    assert persons.hidden(check_in) is check_in
    wish = BookAppointment(id="command-0001", service="A", date="2026-11-23", start="10:30", person="0912345678")
    assert persons.hidden(wish).person == persons.hashed("0912345678")
    assert "0912345678" not in repr(persons.hidden(wish))
