"""The table of sign families, and `motcua sign encode`."""

import pytest

from contracts.errors import Rejected
from firmware_bridge.protocols.__main__ import main
from firmware_bridge.protocols.registry import DRIVERS, Face, driver
from runtime.cli_options import run_command


@pytest.mark.parametrize("family", DRIVERS)
def test_every_family_can_show_the_numbers_of_its_prefixes(family: str) -> None:
    row = driver(family)
    for prefix in "ABCE":
        wire = row.show(row.capabilities.address_max, Face(f"{prefix}045", 3), row.capabilities.cells_default)
        assert b"045" in wire
    assert row.showable("A045")
    assert not row.showable("\u6c34")


def test_unknown_family_names_the_nearest() -> None:
    with pytest.raises(Rejected, match="did you mean candle"):
        driver("candel")


def test_candle_overwrites_every_cell() -> None:
    assert driver("candle").show(0x21, Face("A1"), 6).hex(" ") == "01 21 20 41 31 20 20 20 20 07"


def test_candle_blinks_as_often_as_told() -> None:
    assert driver("candle").show(0x20, Face("A1", 5), 2).hex(" ") == "01 20 26 41 31 07"
    assert driver("candle").show(0x20, Face("A1", 9999), 2).hex(" ") == "01 20 7f 41 31 07"


def test_alpha_sets_its_memory_up_before_strings() -> None:
    memory, text = driver("alpha").setup(1)
    assert b"E$AAU0100FF001BL007D0000" in memory
    assert b"AA\x1b\x20\x62\x101" in text


def test_fitted_to_refuses_more_than_the_cells() -> None:
    assert driver("candle").fitted_to("A045>3", 6) == "A045>3"
    with pytest.raises(Rejected) as refusal:
        driver("candle").fitted_to("A045>12", 6)
    assert refusal.value.code == "text_too_long"


@pytest.mark.parametrize(
    ("args", "wire"),
    [
        (["candle", "--address", "0x21", "A135<72"], "01 21 20 41 31 33 35 3c 37 32 07"),
        (["candle", "--address", "32", "--blink", "5", "A045"], "01 20 26 41 30 34 35 07"),
        (["candle-plain", "--address", "32", "A045"], "01 20 41 30 34 35 07"),
        (["alpha", "--address", "0", "HI"], "00 00 00 00 00 00 01 5a 30 30 02 41 41 1b 20 62 48 49 04"),
    ],
)
def test_encode_by_hand(args: list[str], wire: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["encode", *args]) == 0
    assert capsys.readouterr().out == wire + "\n"


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["candle", "--address", "33", "R1"], "bad_glyph"),
        (["candle", "--address", "31", "A1"], "malformed"),
        (["alpha", "--address", "256", "A1"], "malformed"),
        (["candle", "--address", "x", "A1"], "usage"),
        (["candle", "--address", "33", "--blink", "-1", "A1"], "usage"),
        (["candle", "--address", "33", "1" * 65], "text_too_long"),
        (["candle", "A1"], "usage"),
        (["beta", "--address", "1", "A1"], "usage"),
    ],
)
def test_encode_refuses(args: list[str], code: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        run_command(main, ["encode", *args])
    out, err = capsys.readouterr()
    assert exit_.value.code == 2
    assert out == ""
    assert err.startswith(f"motcua: error[{code}]: ")
