"""Bytes for the printer, read back by an independent reader."""

import pytest
from PIL import Image, ImageChops

from kiosk.printing.escpos import ascii_fold, raster_job, text_job
from kiosk.printing.layout import Paper, render
from tests.support.tickets import FULL, LONG, dots_of, ticket


@pytest.mark.parametrize("paper", list(Paper))
@pytest.mark.parametrize("content", [FULL, LONG], ids=["full", "long"])
def test_the_bytes_are_exactly_the_picture(content: object, paper: Paper) -> None:
    picture = render(content, paper)  # type: ignore[arg-type]
    decoded, others = dots_of(raster_job(picture))
    assert decoded.size == picture.size
    assert ImageChops.difference(decoded.convert("L"), picture.convert("L")).getbbox() is None
    assert others == [b"\x1b@", b"\x1bd\x06", b"\x1dV\x01"]


def test_small_job_as_commented_bytes() -> None:
    picture = Image.new("1", (384, 1), 1)
    picture.putpixel((0, 0), 0)
    picture.putpixel((383, 0), 0)
    assert (
        raster_job(picture)
        == (
            b"\x1b@"  # ESC @ initialise
            b"\x1dv0\x00\x30\x00\x01\x00"  # GS v 0, 48 bytes wide, 1 row
            b"\x80" + b"\x00" * 46 + b"\x01"  # first and last dot
            b"\x1bd\x06"  # ESC d feed 6 lines to the knife
            b"\x1dV\x01"  # GS V partial cut
        )
    )


@pytest.mark.parametrize(("mode", "width"), [("L", 576), ("1", 512), ("1", 577), ("RGB", 384)])
def test_pictures_that_would_be_dithered_or_clipped_are_refused(mode: str, width: int) -> None:
    with pytest.raises(ValueError, match="1-bit picture"):
        raster_job(Image.new(mode, (width, 10)))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Hộ tịch – Chứng thực", "Ho tich - Chung thuc"),
        ("Đường dây nóng 0000\u00a0000", "Duong day nong 0000 000"),
        ("ƯU TIÊN ẾỮỘ ₫", "UU TIEN EUO d"),
        ("quầy ３ 😀", "quay 3 "),
    ],
)
def test_ascii_fold(text: str, folded: str) -> None:
    assert ascii_fold(text) == folded


@pytest.mark.parametrize(("paper", "columns"), [(Paper.MM58, 32), (Paper.MM80, 48)])
def test_text_job_is_small_ascii_and_fits_the_paper(paper: Paper, columns: int) -> None:
    job = text_job(LONG, paper)
    assert len(job) < 1000
    assert max(job) < 0x80
    assert b"\x1d!\x55" in job  # number six times as large
    printable = [bytes(b for b in line if b >= 0x20) for line in job.split(b"\n")]
    assert max(map(len, printable)) <= columns + 8  # a line may carry the letters of a style command
    assert b"H408" in job


def test_text_cannot_smuggle_commands() -> None:
    job = text_job(ticket(service_name="x\x1d\x56\x00y\x10\x14"))
    assert job.count(b"\x1dV") == 1
    assert b"\x10" not in job
