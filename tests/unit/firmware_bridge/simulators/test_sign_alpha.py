"""The simulated Alpha sign against frames of the specification and of other people's programs (not our encoder)."""

import pytest

from firmware_bridge.simulators.sign_alpha import AlphaSim

NULS = "00 00 00 00 00 00 "
TEXT_HI = NULS + "01 5a 30 30 02 41 41 1b 20 62 48 49 04"
MEMORY = NULS + "01 5a 30 30 02 45 24 41 41 55 30 31 30 30 46 46 30 30 31 42 4c 30 30 32 30 30 30 30 30 04"
TEXT_CALLS_1 = NULS + "01 5a 30 30 02 41 41 1b 20 62 10 31 04"
STRING_A045 = NULS + "01 5a 30 30 02 47 31 41 30 34 35 03 30 31 35 37 04"
PRIORITY = NULS + "01 5a 30 30 02 41 30 1b 20 62 4e 4f 57 20 31 32 04"
RELEASE = NULS + "01 5a 30 30 02 41 30 04"
BLANKED = NULS + "01 5a 30 30 02 41 30 1b 20 62 04"


def heard(*wires: str, sim: AlphaSim | None = None) -> AlphaSim:
    sim = sim or AlphaSim(address=1)
    for wire in wires:
        assert sim.received(bytes.fromhex(wire), 0) == b""
    return sim


def test_plain_text_on_a_bare_sign() -> None:
    assert heard(TEXT_HI).text == "HI"


def test_string_shows_through_the_text_that_calls_it() -> None:
    assert heard(MEMORY, TEXT_CALLS_1, STRING_A045).text == "A045"


def test_a_string_that_was_not_laid_out_does_not_exist() -> None:
    assert heard(TEXT_CALLS_1, STRING_A045).text == ""


def test_a_new_memory_layout_erases_everything() -> None:
    assert heard(MEMORY, TEXT_CALLS_1, STRING_A045, MEMORY).text == ""


def test_an_overlong_string_empties_it() -> None:
    long = NULS + "01 5a 30 30 02 47 31 " + "58 " * 33 + "04"
    assert heard(MEMORY, TEXT_CALLS_1, STRING_A045, long).text == ""


def test_priority_takes_the_screen_and_gives_it_back() -> None:
    sim = heard(TEXT_HI, PRIORITY)
    assert sim.text == "NOW 12"
    assert heard(BLANKED, sim=sim).text == ""
    assert heard(RELEASE, sim=sim).text == "HI"


def test_wrong_checksum_is_not_obeyed() -> None:
    sim = heard(MEMORY, TEXT_CALLS_1, STRING_A045.replace("30 31 35 37", "30 31 35 38"))
    assert sim.text == ""
    assert sim.rubbish == 1


def test_colour_and_flash_are_seen_but_not_read() -> None:
    flash = NULS + "01 5a 30 31 02 41 41 1b 20 63 1c 31 41 30 34 35 20 2d 3e 20 33 04"
    sim = heard(flash)
    assert sim.text == "A045 -> 3"
    assert sim.flashing


def test_nested_commands_captured_from_betabrite() -> None:
    nested = "00 00 00 00 00 01 5a 30 30 02 47 31 31 30 34 35 03 02 41 41 1b 20 62 10 31 03 04"
    assert heard(MEMORY, nested).text == "1045"


@pytest.mark.parametrize("address", ["30 32", "46 46"])
def test_another_signs_frame_is_ignored(address: str) -> None:
    assert heard(TEXT_HI.replace("5a 30 30", f"5a {address}")).text == ""


def test_a_silence_inside_a_frame_drops_it() -> None:
    sim = AlphaSim(address=1)
    wire = bytes.fromhex(TEXT_HI)
    sim.received(wire[:12], 0)
    sim.received(wire[12:], 1_001)
    assert sim.text == ""
    assert heard(TEXT_HI, sim=sim).text == "HI"


@pytest.mark.parametrize("wire", ["41 42 43", "01 5a 30 30 04", "01 51 30 30 02 41 41 04", "01 5a 30 30 02 5a 04"])
def test_rubbish_changes_nothing(wire: str) -> None:
    sim = heard(TEXT_HI, wire)
    assert sim.text == "HI"
    assert sim.rubbish > 0


def test_description_tells_text_and_bytes() -> None:
    sim = heard(TEXT_HI)
    assert sim.describe()["text"] == "HI"
    assert sim.describe()["frames"] == ["01 5a 30 30 02 41 41 1b 20 62 48 49 04"]
    assert sim.picture().startswith(b"\x89PNG")
