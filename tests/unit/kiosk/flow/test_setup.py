"""What a kiosk takes from the office file."""

import pytest

from contracts.errors import Rejected
from kiosk.flow.setup import setup_from
from runtime.config import load_office
from tests.support.kiosk_pictures import SAMPLE


def test_the_sample_kiosk_offers_every_service() -> None:
    setup = setup_from(load_office(SAMPLE), "kiosk-1", has_printer=True)
    assert [s.code for s in setup.services] == list("ACEFHLSU")
    assert setup.languages == ("vi", "en")
    assert setup.service("A") is setup.services[0]
    assert setup.service("Z") is None
    assert setup.service(None) is None
    assert setup.priority("elderly") is not None
    assert setup.priority("normal") is None


def test_a_kiosk_that_the_office_does_not_have() -> None:
    with pytest.raises(Rejected) as caught:
        setup_from(load_office(SAMPLE), "kiosk-9", has_printer=True)
    assert caught.value.code == "unknown_device"
    assert "kiosk-1" in caught.value.detail
