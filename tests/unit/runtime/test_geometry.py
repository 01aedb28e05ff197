"""Windows that share a display never cover each other."""

from itertools import combinations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from contracts.errors import Rejected
from runtime.geometry import Geometry, share_display


@pytest.mark.parametrize("text", ["1080x1920", "607x1080+0+0", "120x7680+30000+1"])
def test_round_trip(text: str) -> None:
    made = Geometry.parse(text)
    assert Geometry.parse(str(made)) == made


@pytest.mark.parametrize(
    "text", ["", "x", "1080", "0x0", "119x500", "500x7681", "1x1+0+0", "500x500+-1+0", "9" * 9 + "x1"]
)
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(Rejected) as why:
        Geometry.parse(text)
    assert why.value.code == "usage"


def test_a_full_hd_display_holds_a_kiosk_and_a_board() -> None:
    kiosks, boards = share_display(1920, 1080, 1, 1)
    assert [str(k) for k in kiosks] == ["607x1080+0+0"]
    assert [str(b) for b in boards] == ["1313x738+607+0"]


@given(st.integers(600, 4000), st.integers(600, 4000), st.integers(0, 3), st.integers(0, 3))
def test_nothing_overlaps_or_leaves_the_display(width: int, height: int, portraits: int, landscapes: int) -> None:
    kiosks, boards = share_display(width, height, portraits, landscapes)
    assert (len(kiosks), len(boards)) == (portraits, landscapes)
    for one in (*kiosks, *boards):
        assert one.left + one.width <= width
        assert one.top + one.height <= height
    for a, b in combinations((*kiosks, *boards), 2):
        apart_x = a.left + a.width <= b.left or b.left + b.width <= a.left
        apart_y = a.top + a.height <= b.top or b.top + b.height <= a.top
        assert apart_x or apart_y
