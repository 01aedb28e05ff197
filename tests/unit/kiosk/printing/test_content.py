"""The content's limits."""

import pytest

from contracts.errors import Rejected
from kiosk.printing.content import TEXT_CHARS_MAX, URL_CHARS_MAX
from tests.support.tickets import FULL, ticket


def test_accents_are_composed_and_controls_become_spaces() -> None:
    assert ticket(service_name="Hộ\ttịch\x1b@").service_name == "Hộ tịch @"


@pytest.mark.parametrize("number", ["", "A1", "A0001", "1234", "AA01", "A001\n@", "Đ001"])
def test_what_is_no_ticket_number_is_refused(number: str) -> None:
    with pytest.raises(Rejected) as caught:
        ticket(number=number)
    assert caught.value.code == "bad_number"


@pytest.mark.parametrize(("field", "limit"), [("footer", TEXT_CHARS_MAX), ("qr_url", URL_CHARS_MAX)])
def test_limits(field: str, limit: int) -> None:
    assert ticket(**{field: "x" * limit}) != FULL
    with pytest.raises(Rejected) as caught:
        ticket(**{field: "x" * (limit + 1)})
    assert caught.value.code == "too_large"
