"""Text as pictures: nothing cut, figures of one width, fitting."""

import pytest
from PIL import Image

from displays.tv import glyphs, marks
from displays.tv.glyphs import Face

STACKED = "ẾỮỘẶẪỔỒỞỠ ẹỵợ gjpqy"


@pytest.mark.parametrize("weight", ["Medium", "SemiBold", "Bold"])
@pytest.mark.parametrize("px", [7, 27, 100])
def test_stacked_diacritics_and_tails_are_not_cut(weight: str, px: int) -> None:
    """As much ink as on a canvas with room to spare."""
    face = Face(weight, px)
    picture = glyphs.draw(STACKED, face)
    wide = Image.new("L", (picture.width + 4 * px, 6 * px), 0)
    from PIL import ImageDraw

    ImageDraw.Draw(wide).text((2 * px, 3 * px), STACKED, 255, glyphs._font(weight, px), anchor="ls")
    left, top, right, bottom = wide.getbbox() or (0, 0, 0, 0)
    assert (picture.width, picture.height) == (right - left, bottom - top)
    assert picture.top == top - 3 * px


def test_numbers_of_one_length_take_one_width() -> None:
    face = Face("Bold", 200, tabular=True)
    assert len({glyphs.width(text, face) for text in ("A000", "A111", "A471")}) == 1
    assert glyphs.width("A111", Face("Bold", 200)) < glyphs.width("A000", Face("Bold", 200))


def test_a_baseline_does_not_move_with_the_letters() -> None:
    face = Face("Bold", 100)
    plain, marked = glyphs.draw("A", face), glyphs.draw("Ầ", face)
    assert plain.top + plain.height == marked.top + marked.height
    assert marked.top < plain.top


@pytest.mark.parametrize(
    ("text", "room", "shown", "px"), [("Quầy 3", 1000, "Quầy 3", 40), ("Quầy 3", 90, "Quầy 3", None), ("", 10, "", 40)]
)
def test_type_shrinks_before_anything_is_lost(text: str, room: float, shown: str, px: int | None) -> None:
    fitted, face = glyphs.fitted(text, Face("Bold", 40), room, 20)
    assert fitted == shown
    assert glyphs.width(fitted, face) <= room
    assert face.px == px or (px is None and 20 <= face.px < 40)


def test_at_the_smallest_type_the_end_goes() -> None:
    fitted, face = glyphs.fitted("Kinh doanh và xây dựng", Face("Bold", 40), 100, 20)
    assert face.px == 20
    assert fitted.endswith(glyphs.ELLIPSIS)
    assert glyphs.width(fitted, face) <= 100


def test_two_lines() -> None:
    face = Face("Bold", 20)
    assert glyphs.two_lines("Quầy Tiếp nhận", face, 1000) == ("Quầy Tiếp nhận", "")
    assert glyphs.two_lines("Quầy Tiếp nhận và Trả kết quả", face, 200) == ("Quầy Tiếp nhận", "và Trả kết quả")
    assert glyphs.two_lines("Supercalifragilistic", face, 10) == ("Supercalifragilistic", "")


def test_arrows_point_where_they_say() -> None:
    def mask(name: str) -> Image.Image:
        drawn = marks.draw(name, 64)
        return Image.frombytes("RGBA", (64, 64), drawn.pixels).getchannel("A")

    right = mask(">")
    tip = right.crop((56, 24, 64, 40)).getbbox()
    assert tip is not None
    assert right.crop((0, 0, 8, 16)).getbbox() is None
    assert list(mask("<").tobytes()) == list(right.rotate(180).tobytes())
    assert list(mask("-").tobytes()) == list(right.rotate(90).tobytes())
