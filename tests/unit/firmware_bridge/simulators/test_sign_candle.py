"""The simulated Candle signs against the manual's own walk-through and printed frames (not our encoder)."""

import pytest

from firmware_bridge.simulators.sign_candle import CandleSim


def heard(wire: str, sim: CandleSim | None = None) -> CandleSim:
    sim = sim or CandleSim({0x21: "sign-2"}, cells=8)
    assert sim.received(bytes.fromhex(wire), 0) == b""
    return sim


def test_the_manuals_walk_through() -> None:
    sim = heard("01 21 20 41 30 34 35 20 39 38 07")
    assert sim.boards[0x21].text == "A045 98"
    heard("01 21 20 41 31 33 07", sim)
    assert sim.boards[0x21].text == "A135 98"
    heard("01 21 20 41 31 33 35 3c 37 32 07", sim)
    assert sim.boards[0x21].text == "A135<72"


@pytest.mark.parametrize(("blink", "said"), [("20", "steady"), ("21", "always"), ("26", "5 times")])
def test_blinking(blink: str, said: str) -> None:
    assert heard(f"01 21 {blink} 41 07").boards[0x21].blink == said


def test_cyrillic_cells_and_unknown_glyphs() -> None:
    assert heard("01 21 20 c0 c1 52 31 07").boards[0x21].text == "\u0410\u0411 1"  # R has no glyph: dark


def test_brightness_and_new_address() -> None:
    sim = heard("02 21 23 07 03 21 22 07 01 22 20 31 07")
    assert sim.boards[0x22].brightness == 3
    assert sim.boards[0x22].text == "1"
    assert 0x21 not in sim.boards


def test_another_address_is_left_alone() -> None:
    sim = heard("01 20 20 41 07")
    assert sim.boards[0x21].text == ""
    assert list(sim.boards) == [0x21]


def test_without_a_list_boards_appear_where_they_are_addressed() -> None:
    sim = heard("01 20 20 41 07 01 7f 20 42 07 01 80 20 42 07", CandleSim())
    assert {a: b.sign for a, b in sim.boards.items()} == {0x20: "sign-32", 0x7F: "sign-127"}


@pytest.mark.parametrize("wire", ["41 42", "01 21 07", "01 21 20 05 07", "02 21 24 07", "01 21" + " 41" * 300 + " 07"])
def test_rubbish_changes_nothing(wire: str) -> None:
    sim = heard(wire)
    assert sim.boards[0x21].text == ""
    assert sim.rubbish > 0
    heard("01 21 20 41 07", sim)
    assert sim.boards[0x21].text == "A"


def test_faults() -> None:
    sim = CandleSim({0x21: "s"}, cells=8)
    sim.command("misbehave deaf")
    heard("01 21 20 41 07", sim)
    assert sim.boards[0x21].text == ""
    sim.command("misbehave drop")
    heard("01 21 20 41 30 34 35 07", sim)
    assert sim.boards[0x21].text == "A04"
    with pytest.raises(ValueError, match="known: none, deaf"):
        sim.command("misbehave dance")
    with pytest.raises(ValueError, match="misbehave"):
        sim.command("dance")


def test_description_tells_text_and_bytes() -> None:
    board = heard("01 21 20 41 31 07").boards[0x21]
    assert board.describe()["text"] == "A1"
    assert board.describe()["frames"] == ["01 21 20 41 31 07"]
    assert board.picture().startswith(b"\x89PNG")
