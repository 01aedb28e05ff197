"""The exported picture: whole files only, and never what must stay on the glass."""

import io
from pathlib import Path

import pytest
from PIL import Image

from tests.support.broker import wait_until
from tests.support.screens import without_display

pytestmark = pytest.mark.screens

SIZE = (4, 2)
RED, BLUE = b"\xff\x00\x00", b"\x00\x00\xff"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    without_display()
    return tmp_path / "screens" / "kiosk.png"


def test_rows_come_from_the_bottom_up(path: Path) -> None:
    from kiosk.ui.capture import Saver

    saver = Saver(path)
    saver.save(SIZE, RED * 4 + BLUE * 4, neutral=True)
    saver.stop()
    with Image.open(path) as image:
        assert image.getpixel((0, 0)) == (0, 0, 255)
        assert image.getpixel((0, 1)) == (255, 0, 0)
    assert [p.name for p in path.parent.iterdir()] == ["kiosk.png"]


def test_hiding_puts_the_neutral_picture_back(path: Path) -> None:
    from kiosk.ui.capture import Saver

    saver = Saver(path)
    saver.save(SIZE, BLUE * 8, neutral=True)
    wait_until(path.exists)
    neutral = path.read_bytes()
    saver.save(SIZE, RED * 8, neutral=False)
    wait_until(lambda: path.read_bytes() != neutral)
    saver.hide()
    saver.stop()
    assert path.read_bytes() == neutral
    assert Image.open(io.BytesIO(neutral)).size == SIZE


def test_hiding_without_a_neutral_picture_leaves_none(path: Path) -> None:
    from kiosk.ui.capture import Saver

    saver = Saver(path)
    saver.save(SIZE, RED * 8, neutral=False)
    wait_until(path.exists)
    saver.hide()
    saver.stop()
    assert not path.exists()
