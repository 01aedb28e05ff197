"""Places: readable sizes, nothing outside its part, no colour or text in the code."""

import re
from pathlib import Path

import msgspec
import pytest

import displays.tv
from displays.board import CounterRow, RowLook, Words
from displays.tv.layout import Layout, grid, layout_for, rows_max
from displays.tv.words import split_name

SOURCE = Path(displays.tv.__file__).parent
BOTH = [layout_for(1920, 1080), layout_for(1080, 1920)]


@pytest.mark.parametrize("layout", BOTH)
def test_no_type_is_smaller_than_a_fortieth_of_the_height(layout: Layout) -> None:
    assert layout.text_min >= layout.height / 40
    for part in ("header", "spotlight", "rows", "waiting", "last_calls", "ticker"):
        for name, place in msgspec.structs.asdict(getattr(layout, part)).items():
            if isinstance(place, tuple) and len(place) == 6 and place[4]:
                assert place[4] >= layout.text_min, f"{part}.{name}"


@pytest.mark.parametrize("layout", BOTH)
def test_parts_stay_on_the_screen_and_apart(layout: Layout) -> None:
    areas = {k: a for k, a in msgspec.structs.asdict(layout.parts).items() if a[2]}
    for name, (x, y, w, h) in areas.items():
        assert x >= 0, name
        assert y >= 0, name
        assert x + w <= layout.width, name
        assert y + h <= layout.height, name
        for other, (x2, y2, w2, h2) in areas.items():
            apart = x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y
            assert apart or other == name, (name, other)


def test_the_smaller_window_takes_the_layout_of_its_shape() -> None:
    assert layout_for(480, 270) is BOTH[0]
    assert layout_for(270, 480) is BOTH[1]
    assert layout_for(3840, 2160) is BOTH[0]


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, (1, 1)), (1, (1, 1)), (4, (1, 4)), (5, (2, 3)), (8, (2, 4)), (9, (3, 3)), (16, (4, 4)), (40, (4, 10))],
)
def test_grid(count: int, expected: tuple[int, int]) -> None:
    assert grid(count, BOTH[0].rows) == expected


def test_with_too_many_counters_those_with_a_number_stay() -> None:
    pytest.importorskip("kivy")
    from tests.support.screens import without_display

    without_display()
    from displays.tv.parts.rows import fitting

    def one(n: int, number: str | None, look: RowLook) -> CounterRow:
        return CounterRow(n, str(n), "", look, Words("board.counter.idle"), number)

    rows = (one(1, None, RowLook.CLOSED), one(2, None, RowLook.IDLE), one(3, "A001", RowLook.CALLED))
    assert [r.n for r in fitting(rows, 2)] == [2, 3]
    assert fitting(rows, 3) is rows
    assert rows_max(BOTH[0].rows) == 40


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Quầy 3", ("Quầy", "3")),
        ("Counter 12", ("Counter", "12")),
        ("7", ("", "7")),
        ("Tiếp nhận", None),
        ("Quầy3", None),
    ],
)
def test_split_name(name: str, parts: tuple[str, str] | None) -> None:
    assert split_name(name) == parts


def test_no_colour_and_no_vietnamese_text_in_the_code() -> None:
    for path in SOURCE.rglob("*.py"):
        code = re.sub(r'""".*?"""', "", path.read_text(), flags=re.DOTALL)
        assert not re.search(r"#[0-9A-Fa-f]{6}\b", code), path
        letters = re.sub(r"#.*", "", code)
        assert not re.search(r"[ăâđêôơưáàảãạấầẩẫậ]", letters, re.IGNORECASE), path
