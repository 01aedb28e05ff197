"""Real barcodes, drawn by other people's libraries, in clean and in poor pictures; and what must not be read."""

from collections.abc import Callable
from types import ModuleType

import cv2
import numpy as np
import pytest

from contracts.scan import SCAN_CHARS_MAX, Scan, Symbology
from kiosk.scanning import zbar
from kiosk.scanning.decode import _zxing, bar_angle, decode
from kiosk.scanning.pictures import Grey

CODES = ["000.00.01.H00-261118-0001", "000.A0.12.H00-261231-9999", "H00.12-261001-0345", "H00-261118-0028"]
VIETNAMESE = "Hồ sơ: Đăng ký kết hôn – Nguyễn Văn Mẫu ₫ ẰẴỬỸ"

Draw = Callable[[ModuleType, str], Grey]
DRAW: dict[Symbology, Draw] = {
    Symbology.CODE128: lambda scenes, text: scenes.linear("code128", text),
    Symbology.CODE39: lambda scenes, text: scenes.linear("code39", text, 0.25),
    Symbology.QR: lambda scenes, text: scenes.qr(text),
}


@pytest.mark.parametrize("symbology", DRAW)
@pytest.mark.parametrize("text", CODES)
def test_a_clean_picture(scenes: ModuleType, symbology: Symbology, text: str) -> None:
    assert decode(DRAW[symbology](scenes, text)) == Scan(text, symbology)


@pytest.mark.parametrize("symbology", DRAW)
@pytest.mark.parametrize("angle", [0, 5, -10, 20, -30, 45, 90, 137, 180, 270])
def test_at_any_angle(scenes: ModuleType, symbology: Symbology, angle: float) -> None:
    scene = scenes.desk(DRAW[symbology](scenes, CODES[0]), angle=angle, blur=0.8, noise=6, size=(1280, 1280))
    assert decode(scene) == Scan(CODES[0], symbology)


@pytest.mark.parametrize("symbology", DRAW)
@pytest.mark.parametrize("seed", range(4))
def test_a_poor_camera(scenes: ModuleType, symbology: Symbology, seed: int) -> None:
    code = DRAW[symbology](scenes, CODES[seed])
    scene = scenes.desk(code, angle=(seed - 1.5) * 17, blur=1.5, noise=15, seed=seed)
    assert decode(scene) == Scan(CODES[seed], symbology)


def test_inverted_and_small(scenes: ModuleType) -> None:
    assert decode(255 - scenes.qr(CODES[0])) == Scan(CODES[0], Symbology.QR)
    tiny = cv2.resize(scenes.linear("code128", CODES[0]), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    assert decode(tiny) == Scan(CODES[0], Symbology.CODE128)


def test_vietnamese_in_a_qr_code_comes_out_whole_from_both_decoders(scenes: ModuleType) -> None:
    picture = scenes.qr(VIETNAMESE)
    assert _zxing(picture) == [Scan(VIETNAMESE, Symbology.QR)]
    assert zbar.read(picture) == [(VIETNAMESE.encode(), Symbology.QR)]


@pytest.mark.parametrize("word", ["Mẫu", "Đỗ Thị Ửng", "Phường Bến Nghé", "Nữ", "ơ", "Quảng Ngãi – Bình Sơn"])
def test_short_vietnamese_is_not_taken_for_another_encoding(scenes: ModuleType, word: str) -> None:
    assert zbar.read(scenes.qr(word)) == [(word.encode(), Symbology.QR)]


@pytest.mark.parametrize("kind", ["ean13", "ean8", "itf", "upca", "codabar"])
def test_other_symbologies_are_not_read(scenes: ModuleType, kind: str) -> None:
    data = {
        "ean13": "4006381333931",
        "ean8": "40267708",
        "itf": "12345678",
        "upca": "036000291452",
        "codabar": "A1234A",
    }
    assert decode(scenes.linear(kind, data[kind])) is None


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_read_where_nothing_is(scenes: ModuleType, seed: int) -> None:
    assert decode(scenes.desk(None, noise=20, seed=seed)) is None


@pytest.mark.parametrize("shape", [(1, 1), (2, 3000), (3000, 2), (40, 40)])
@pytest.mark.parametrize("value", [0, 255])
def test_odd_pictures(shape: tuple[int, int], value: int) -> None:
    assert decode(np.full(shape, value, np.uint8)) is None


def test_half_a_code_is_not_read(scenes: ModuleType) -> None:
    picture = scenes.linear("code128", CODES[0])
    assert decode(picture[:, : picture.shape[1] // 2]) is None


def test_binary_data_and_too_long_texts_count_as_unread(scenes: ModuleType) -> None:
    assert decode(scenes.qr("A\x01B")) is None
    assert decode(scenes.qr("9" * (SCAN_CHARS_MAX + 1), scale=3)) is None
    assert decode(scenes.qr("9" * SCAN_CHARS_MAX, scale=3)) == Scan("9" * SCAN_CHARS_MAX, Symbology.QR)


def test_data_that_looks_like_an_aim_identifier_is_data(scenes: ModuleType) -> None:
    assert decode(scenes.qr("]C0A015")) == Scan("]C0A015", Symbology.QR)


def test_a_spent_budget_ends_the_search(scenes: ModuleType) -> None:
    hard = scenes.desk(scenes.linear("code128", CODES[0]), angle=20, blur=1.5, noise=15)
    assert decode(hard, budget_ms=0) is None
    assert decode(hard) is not None


@pytest.mark.parametrize("angle", [-80, -30, -7, 0, 12, 44, 75])
def test_the_angle_of_the_bars_is_found(scenes: ModuleType, angle: float) -> None:
    scene = scenes.desk(scenes.linear("code128", CODES[0]), angle=angle, blur=1.5, noise=15, size=(1280, 1280))
    error = (bar_angle(scene) + angle + 90) % 180 - 90
    assert abs(error) < 1.5
