"""`motcua ticket render` by hand."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from tests.support.tickets import dots_of


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "kiosk.printing", "render", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(("words", "width"), [((), 576), (("--width", "58", "--lang", "en"), 384)])
def test_a_picture(tmp_path: Path, words: tuple[str, ...], width: int) -> None:
    out = tmp_path / "t.png"
    url = "https://motcua.example.vn/t/abc"
    done = run("a015", "--out", str(out), "--ahead", "3", "--priority", "--url", url, *words)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    picture = Image.open(out)
    assert (picture.mode, picture.width) == ("1", width)
    assert [c.text for c in zxingcpp.read_barcodes(np.array(picture.convert("L")))] == [url]


def test_printer_bytes(tmp_path: Path) -> None:
    out = tmp_path / "t.bin"
    assert run("H105", "--out", str(out), "--service", "Hộ tịch").returncode == 0
    picture, _ = dots_of(out.read_bytes())
    assert picture.width == 576


@pytest.mark.parametrize(
    ("words", "code", "exit_code"),
    [
        (("A1", "--out", "t.png"), "bad_number", 2),
        (("1234", "--out", "t.png"), "bad_number", 2),
        (("A001", "--out", "t.jpg"), "usage", 2),
        (("A001",), "usage", 2),
        (("A001", "--out", "t.png", "--width", "70"), "usage", 2),
        (("A001", "--out", "t.png", "--lang", "xx"), "usage", 2),
        (("A001", "--out", "t.png", "--service", "x" * 300), "too_large", 2),
        (("A001", "--out", "t.png", "--office", "no-such.toml"), "file_unreadable", 2),
        (("A001", "--out", "no-such-folder/t.png"), "data_unwritable", 1),
    ],
)
def test_errors_have_codes_and_write_nothing(words: tuple[str, ...], code: str, exit_code: int) -> None:
    done = run(*words)
    assert done.returncode == exit_code
    assert done.stderr.startswith(f"motcua: error[{code}]: ")
    assert not Path("t.png").exists()
