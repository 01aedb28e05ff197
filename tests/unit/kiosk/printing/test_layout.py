"""Tickets as pictures: measures, codes that scan, and goldens (blessed by `motcua bless`)."""

from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageStat

from kiosk.printing.content import TicketContent
from kiosk.printing.fonts import ASCENT_EM, LINE_HEIGHT_EM, Weight, font
from kiosk.printing.layout import DOTS_PER_MM, Paper, render
from runtime.cli.bless import blessing
from tests.support.tickets import ENGLISH, FULL, LONG, OFFLINE, ticket

GOLDEN = Path(__file__).parent / "golden"
MEAN_DIFFERENCE_MAX = 1.5
"""Of 255, at quarter size: another FreeType moves edges by a dot, a changed word is above 3."""
PAPERS = pytest.mark.parametrize("paper", list(Paper))


def ink_bands(picture: Image.Image) -> list[tuple[int, int]]:
    dark = (~np.array(picture)).any(axis=1).astype(int)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], dark, [0]))))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


@PAPERS
@pytest.mark.parametrize("content", [FULL, LONG, ENGLISH, OFFLINE], ids=["full", "long", "english", "offline"])
def test_golden_picture(content: TicketContent, paper: Paper, request: pytest.FixtureRequest) -> None:
    picture = render(content, paper)
    small = picture.convert("L").resize((picture.width // 4, picture.height // 4), Image.Resampling.BOX)
    path = GOLDEN / f"{request.node.callspec.id}.png"
    if blessing():
        path.parent.mkdir(exist_ok=True)
        small.save(path, optimize=True)
    golden = Image.open(path)
    assert golden.size == small.size
    assert ImageStat.Stat(ImageChops.difference(golden, small)).mean[0] < MEAN_DIFFERENCE_MAX


def test_golden_tolerance_notices_another_number() -> None:
    one, other = (render(ticket(number=n)).convert("L").resize((144, 243)) for n in ("A027", "A021"))
    assert ImageStat.Stat(ImageChops.difference(one, other)).mean[0] > MEAN_DIFFERENCE_MAX


@PAPERS
@pytest.mark.parametrize("number", ["A001", "A111", "H888", "W000", "I111"])
def test_number_is_18_mm_high_on_both_rolls_and_keeps_a_margin(number: str, paper: Paper) -> None:
    picture = render(ticket(number=number, qr_url=None), paper)
    top, bottom = max(ink_bands(picture), key=lambda band: band[1] - band[0])
    assert bottom - top >= 18 * DOTS_PER_MM
    box = ImageChops.invert(picture.crop((0, top, paper, bottom)).convert("L")).getbbox()
    assert box is not None
    assert box[0] >= 8
    assert box[2] <= paper - 8


@PAPERS
@pytest.mark.parametrize("length", [20, 51, 120, 200])
def test_code_scans_and_is_22_mm_wide(length: int, paper: Paper) -> None:
    url = ("https://motcua.example.vn/t/" + "k3v7q2mz" * 30)[: max(length, 20)]
    picture = render(ticket(qr_url=url), paper)
    (code,) = zxingcpp.read_barcodes(np.array(picture.convert("L")), formats=zxingcpp.BarcodeFormat.QRCode)
    assert code.text == url
    assert code.position.top_right.x - code.position.top_left.x >= 22 * DOTS_PER_MM - 4


def test_without_a_public_address_there_is_no_code_and_no_caption() -> None:
    plain = render(ticket(qr_url=None))
    assert not zxingcpp.read_barcodes(np.array(plain.convert("L")))
    assert plain.height < render(FULL).height - 22 * DOTS_PER_MM


@PAPERS
def test_empty_texts_leave_no_gap(paper: Paper) -> None:
    bare = TicketContent(number="A001", office_name="X", service_name="Y", issued_date="1", issued_time="2")
    picture = render(bare, paper)
    gaps = [b[0] - a[1] for a, b in zip(ink_bands(picture), ink_bands(picture)[1:], strict=False)]
    assert max(gaps) < 60


@PAPERS
def test_longest_texts_make_longer_paper_and_touch_no_edge(paper: Paper) -> None:
    words = ("Nguyễn Ường Ỗ " * 20)[:240]
    tall = render(ticket(office_name=words, service_name=words, footer="W" * 240), paper)
    assert tall.height > render(FULL, paper).height + 300
    edges = np.array(tall)
    assert edges[:, :4].all()
    assert edges[:, -4:].all()


@pytest.mark.parametrize("weight", list(Weight))
@pytest.mark.parametrize("size", [24, 26, 34, 40])
def test_stacked_capitals_never_touch_the_line_above(weight: Weight, size: int) -> None:
    _, top, _, bottom = font(weight, size).getbbox("ẾỮỘẶỰạgyÝ", anchor="ls")
    step = round(size * LINE_HEIGHT_EM)
    assert -top <= round(size * ASCENT_EM)
    assert bottom <= step - round(size * ASCENT_EM)
    assert LINE_HEIGHT_EM >= 1.35


def test_every_vietnamese_letter_has_a_glyph() -> None:
    face = font(Weight.BOLD, 40)
    missing = face.getmask("\U000f0000").getbbox(), bytes(face.getmask("\U000f0000"))
    for letter in "ĂÂĐÊÔƠƯăâđêôơưẮẰẲẴẶẤẦẨẪẬẾỀỂỄỆỐỒỔỖỘỚỜỞỠỢỨỪỬỮỰỳỵỷỹ₫–·":
        assert (face.getmask(letter).getbbox(), bytes(face.getmask(letter))) != missing
