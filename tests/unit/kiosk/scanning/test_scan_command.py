"""`motcua scan IMAGE…`: a JSON line each, and a coded refusal for what is no picture."""

import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from contracts.errors import Rejected
from kiosk.scanning import pictures
from kiosk.scanning.__main__ import main
from kiosk.scanning.pictures import load_grey

CODE = "000.00.01.H00-261118-0001"


def save(path: Path, grey: object, **options: object) -> Path:
    Image.fromarray(np.asarray(grey)).save(path, **options)
    return path


def test_reads_each_and_goes_on_after_a_bad_one(
    scenes: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = save(tmp_path / "giấy hẹn.png", scenes.linear("code128", CODE))
    bad = tmp_path / "b.png"
    bad.write_text("not a picture")
    empty = save(tmp_path / "c.jpg", np.full((100, 100), 255, np.uint8))
    qr = save(tmp_path / "d.webp", scenes.qr("bất kỳ chữ gì"))
    assert main([str(good), str(bad), str(empty), str(qr)]) == 2
    said = capsys.readouterr()
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert [(x["file"], x["text"], x["symbology"]) for x in lines] == [
        (str(good), CODE, "code128"),
        (str(empty), None, None),
        (str(qr), "bất kỳ chữ gì", "qr"),
    ]
    assert all(set(x) == {"file", "text", "symbology", "ms"} and x["ms"] >= 0 for x in lines)
    assert said.err.startswith("motcua: error[file_unreadable]: ")
    assert str(bad) in said.err


def test_unread_is_no_failure(tmp_path: Path) -> None:
    assert main([str(save(tmp_path / "a.png", np.full((50, 50), 255, np.uint8)))]) == 0


@pytest.mark.parametrize("argv", [[], ["--fast", "a.png"]])
def test_usage(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(argv)
    assert leaving.value.code == 2


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"%PDF-1.7", b"\xff\xd8\xff\xe0"])
def test_broken_files(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(content)
    with pytest.raises(Rejected) as refusal:
        load_grey(path)
    assert refusal.value.code == "file_unreadable"


def test_a_truncated_picture(scenes: ModuleType, tmp_path: Path) -> None:
    path = save(tmp_path / "x.png", scenes.qr(CODE))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(Rejected) as refusal:
        load_grey(path)
    assert refusal.value.code == "file_unreadable"


@pytest.mark.parametrize("name", [".", "none.png"])
def test_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(Rejected) as refusal:
        load_grey(tmp_path / name)
    assert refusal.value.code == "file_unreadable"


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "x.png", np.zeros((10, 11), np.uint8))
    monkeypatch.setattr(pictures, "PIXELS_MAX", 109)
    with pytest.raises(Rejected) as refusal:
        load_grey(path)
    assert refusal.value.code == "too_large"
    monkeypatch.setattr(pictures, "FILE_BYTES_MAX", 10)
    with pytest.raises(Rejected, match="larger"):
        load_grey(path)


def test_transparency_turned_and_deep_pictures_are_read(scenes: ModuleType, tmp_path: Path) -> None:
    code = scenes.qr(CODE)
    clear = np.zeros((*code.shape, 4), np.uint8)
    clear[..., 3] = 255 - code  # black ink on nothing
    save(tmp_path / "clear.png", clear)
    save(tmp_path / "deep.png", code.astype(np.uint16) * 16)
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    save(tmp_path / "turned.jpg", scenes.linear("code128", CODE), exif=exif)
    for name in ("clear.png", "deep.png", "turned.jpg"):
        grey = load_grey(tmp_path / name)
        assert grey.dtype == np.uint8
        assert main([str(tmp_path / name)]) == 0
    assert load_grey(tmp_path / "clear.png").max() == 255
    assert load_grey(tmp_path / "turned.jpg").shape[0] > 500
