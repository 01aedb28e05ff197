"""Breaking lines; a character is 10 wide here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.printing.wrapping import wrap


def width_of(text: str) -> float:
    return 10.0 * len(text)


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("", 100, [""]),
        ("mời", 100, ["mời"]),
        ("Thân thiện Đơn giản", 100, ["Thân thiện", "Đơn giản"]),
        ("a b c d e f g", 110, ["a b c d", "e f g"]),  # even, not "a b c d e f" and a lonely "g"
        ("0000\u00a0000\u00a0000 x", 120, ["0000\u00a0000\u00a0000", "x"]),
        ("dàidàidàidài", 50, ["dàidà", "idàid", "ài"]),
        ("xx dàidàidài", 50, ["xx", "dàidà", "idài"]),
        ("W", 5, ["W"]),
    ],
)
def test_table(text: str, room: float, lines: list[str]) -> None:
    assert wrap(text, room, width_of) == lines


@given(st.text(alphabet="aâ ", max_size=80).map(lambda t: " ".join(t.split())), st.integers(1, 30))
def test_nothing_is_lost_and_nothing_sticks_out(text: str, cells: int) -> None:
    lines = wrap(text, cells * 10, width_of)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(width_of(line) <= cells * 10 for line in lines)
