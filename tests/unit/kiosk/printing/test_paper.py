"""Dots on the simulated roll, and the mechanics behind the status bytes."""

import numpy as np
import pytest
from PIL import ImageChops

from contracts.errors import Rejected
from kiosk.printing.escpos import raster_job, text_job
from kiosk.printing.layout import Paper, render
from kiosk.printing.simulator.framer import Cut, Framer
from kiosk.printing.simulator.machine import Machine, obey
from kiosk.printing.simulator.paper import PAGE_DOTS_MAX, Roll, Sheet
from kiosk.printing.status import PrinterState, decode
from tests.support.tickets import FULL, LONG


def printed(job: bytes, width_dots: int = 576) -> Sheet | None:
    roll = Roll(width_dots)
    for op in Framer().feed(job):
        if isinstance(op, Cut):
            return roll.cut()
        roll.apply(op)
    raise AssertionError("no cut")


@pytest.mark.parametrize("paper", list(Paper))
def test_exactly_the_dots(paper: Paper) -> None:
    picture = render(LONG, paper)
    sheet = printed(raster_job(picture), paper)
    assert sheet is not None
    top = sheet.picture.crop((0, 0, *picture.size))
    assert ImageChops.difference(top.convert("L"), picture.convert("L")).getbbox() is None
    rest = sheet.picture.crop((0, picture.height, paper, sheet.picture.height))
    assert np.array(rest).all()  # the feed before the knife is white
    assert sheet.typed == ()


def test_typed_tickets_keep_their_bytes_and_have_ink() -> None:
    sheet = printed(text_job(FULL))
    assert sheet is not None
    assert sheet.raster is None
    assert "A027" in sheet.typed
    assert "Con 9 nguoi truoc ong/ba" in sheet.typed
    assert not np.array(sheet.picture).all()


def test_alignment_doubling_and_the_right_edge() -> None:
    dot = b"\x1dv0\x03\x01\x00\x01\x00\xff"  # 8 dots, doubled both ways
    for align, left in ((b"\x00", 0), (b"\x01", 280), (b"\x02", 560)):
        sheet = printed(b"\x1b@\x1ba" + align + dot + b"\x1dV\x01")
        assert sheet is not None
        assert ImageChops.invert(sheet.picture.convert("L")).getbbox() == (left, 0, left + 16, 2)
    wide = b"\x1dv0\x00\x64\x00\x01\x00" + b"\xff" * 100
    sheet = printed(wide + b"\x1dV\x01")
    assert sheet is not None
    assert sheet.picture.size == (576, 1)


def test_a_blank_cut_makes_no_ticket() -> None:
    assert printed(b"\x1b@\n\n\x1bd\x05\x1dV\x01") is None


def test_paper_is_not_endless() -> None:
    roll = Roll(576)
    for op in Framer().feed(b"\x1bJ\xff" * 100 + b"x\n"):
        roll.apply(op)
    assert roll.lost_dots > 0
    sheet = roll.cut()
    assert sheet is not None
    assert sheet.picture.height == PAGE_DOTS_MAX


def test_text_wider_than_the_paper_goes_on_below() -> None:
    sheet = printed(b"x" * 50 + b"\n\x1dV\x01")
    assert sheet is not None
    assert sheet.typed == ("x" * 48, "x" * 2)


@pytest.mark.parametrize(
    ("order", "state"),
    [
        ("ok", PrinterState.OK),
        ("paper near-end", PrinterState.PAPER_LOW),
        (" PAPER  out\n", PrinterState.PAPER_OUT),
        ("cover open", PrinterState.COVER_OPEN),
        ("offline", PrinterState.OFFLINE),
    ],
)
def test_orders_make_the_bytes_of_the_state_table(order: str, state: PrinterState) -> None:
    machine = obey(Machine(), order)
    status = decode({n: machine.status(n)[0] for n in (1, 2, 3, 4)})
    assert status.state is state
    assert status.prints is machine.prints
    assert machine.status(0) == machine.status(5) == b""


def test_a_silent_printer_prints_and_says_nothing() -> None:
    machine = obey(Machine(), "silent")
    assert machine.prints
    assert machine.status(1) == machine.transmit(1) == b""


@pytest.mark.parametrize("order", ["", "paper", "explode", "ok ok", "x" * 500])
def test_unknown_orders(order: str) -> None:
    with pytest.raises(Rejected) as caught:
        obey(Machine(), order)
    assert caught.value.code == "malformed"
