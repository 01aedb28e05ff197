"""Reading numbers from pictures: right or nothing."""

import random

import numpy as np
import pytest
from PIL import Image

from kiosk.printing.layout import Paper, render
from kiosk.printing.simulator import reading
from kiosk.printing.simulator.reading import read_picture
from tests.support.tickets import ticket

PREFIXES = "ABCDEFGH"
SERVICES = ("Hộ tịch", "Chứng thực", "Đất đai – Xây dựng", "Lao động – Thương binh và Xã hội", "Trả kết quả")


def number_lines(picture: Image.Image) -> list[str]:
    return [line for line in read_picture(picture) if len(line) == 4 and line[1:].isdigit()]


@pytest.mark.parametrize("paper", list(Paper))
@pytest.mark.parametrize("number", ["A001", "B001", "C011", "D000", "G666", "H888", "A777", "E949", "F171"])
def test_the_numbers_that_tesseract_alone_gets_wrong(number: str, paper: Paper) -> None:
    assert number_lines(render(ticket(number=number), paper)) == [number]


def test_a_ticket_without_code_or_priority_reads_too() -> None:
    lines = read_picture(render(ticket(number="C100", qr_url=None, priority_text=None)))
    assert "C100" in lines
    assert lines[-1].endswith("hẹn")


def test_a_smeared_number_is_left_out_not_guessed() -> None:
    picture = render(ticket(number="B888", qr_url=None))
    dots = np.array(picture)
    noise = np.random.default_rng(1).random(dots.shape) < 0.5
    assert number_lines(Image.fromarray(dots & noise)) == []


def test_blank_paper_reads_as_nothing() -> None:
    assert read_picture(Image.new("1", (576, 400), 1)) == []


def test_a_full_memory_of_glyphs_forgets_none_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reading whose old glyphs fall out of the memory while its new ones come in."""
    monkeypatch.setattr(reading, "_KNOWN_MAX", 2)
    for number in ("A012", "A013", "B310", "B012"):
        assert number_lines(render(ticket(number=number, qr_url=None))) == [number]


@pytest.mark.parametrize(
    ("looks", "char"),
    [
        (["8", "8", "8", "8", "3"], "8"),
        (["CG", "G", "G", "C", "G"], "G"),
        (["", "0", "", "0", ""], "0"),
        (["", "", "7", "", ""], ""),
        (["1", "7", "1", "7", ""], ""),
        (["1", "7", "1", "7", "7"], ""),
        (["", "", "", "", ""], ""),
        ([], ""),
    ],
)
def test_votes(looks: list[str], char: str) -> None:
    assert reading._agreed(looks) == char


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("paper", list(Paper))
@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_hundred_numbers_a_prefix(prefix: str, paper: Paper) -> None:
    serials = random.Random(prefix).sample(range(1, 1000), 100)
    wrong = []
    for index, serial in enumerate(serials):
        number = f"{prefix}{serial:03d}"
        service = SERVICES[index % len(SERVICES)]
        if number_lines(render(ticket(number=number, service_name=service), paper)) != [number]:
            wrong.append(number)
    assert wrong == []
