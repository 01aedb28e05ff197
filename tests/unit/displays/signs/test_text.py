"""Cells of counter signs; the vector is the manual's own (devices.md §1.2)."""

import pytest

from displays.board import RowLook
from displays.signs.text import counter_text, hall_text


@pytest.mark.parametrize(
    ("look", "number", "counter", "arrow", "cells", "text"),
    [
        (RowLook.CALLED, "A135", 72, "<", 7, "A135<72"),
        (RowLook.CALLED, "A001", 1, "<", 6, "A001<1"),
        (RowLook.SERVING, "A001", 1, "<", 6, "A001<1"),
        (RowLook.CALLED, "A001", 4, "-", 6, "A001-4"),
        (RowLook.CALLED, "A001", 4, "", 6, "A001 4"),
        (RowLook.CALLED, "A001", 1, ">", 8, "A001>1  "),
        (RowLook.CALLED, "A001", 12, ">", 6, "A001> "),
        (RowLook.CALLED, "A001", 12, "", 6, "A001  "),
        (RowLook.CALLED, "A001", 3, "<", 4, "A001"),
        (RowLook.IDLE, None, 1, "<", 6, "    <1"),
        (RowLook.PAUSED, None, 1, "<", 6, "----<1"),
        (RowLook.CLOSED, None, 1, "<", 6, "------"),
        (RowLook.CLOSED, None, 1, "<", 4, "----"),
    ],
)
def test_counter_text(look: RowLook, number: str | None, counter: int, arrow: str, cells: int, text: str) -> None:
    assert counter_text(look, number, counter, arrow, cells) == text


def test_a_number_longer_than_the_sign_is_not_cut() -> None:
    assert counter_text(RowLook.CALLED, "A001", 1, "<", 3) == "A001"  # the bridge refuses it with a code


def test_hall_text_is_seven_bit() -> None:
    assert hall_text("A001", 3) == "A001 -> 3"
    assert hall_text("A001", 3).isascii()
