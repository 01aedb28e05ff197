"""QSystem keypad frames (ub485 ButtonDevice.java)."""

import pytest

from contracts.errors import Rejected
from firmware_bridge.buttons.keypad import KeypadLine
from firmware_bridge.buttons.model import ButtonPress, Edge, Gesture, Heard


def heard(*chunks: str) -> list[Heard | Rejected]:
    line = KeypadLine("buttons-1")
    return [part for chunk in chunks for part in line.feed(bytes.fromhex(chunk))]


@pytest.mark.parametrize(("wire", "gesture"), [("31", Gesture.SINGLE), ("32", Gesture.DOUBLE), ("34", Gesture.LONG)])
def test_keys(wire: str, gesture: Gesture) -> None:
    assert heard(f"01 22 {wire} 07") == [ButtonPress("buttons-1", 0x22, gesture)]


def test_the_redirect_key_means_nothing() -> None:
    assert heard("01 22 33 07") == []


def test_byte_by_byte_and_two_in_one_chunk() -> None:
    assert heard("01", "20", "31", "07 01 21 34", "07") == [
        ButtonPress("buttons-1", 0x20, Gesture.SINGLE),
        ButtonPress("buttons-1", 0x21, Gesture.LONG),
    ]


@pytest.mark.parametrize(
    "wire", ["01 22 30 07", "01 22 35 07", "01 22 31 31 07", "01 22 07", "02 22 31 07", "01 80 31 07", "01 22 01 22 31"]
)
def test_collisions_are_refused(wire: str) -> None:
    (part,) = heard(wire)
    assert isinstance(part, Rejected)
    assert part.code == "bad_frame"


def test_a_press_after_a_collision_is_heard() -> None:
    collision, press = heard("01 22 31 01 23 31 07")
    assert isinstance(collision, Rejected)
    assert press == ButtonPress("buttons-1", 0x23, Gesture.SINGLE)


def test_reset_forgets_the_half_frame() -> None:
    line = KeypadLine("b")
    line.feed(b"\x01\x22")
    line.reset()
    assert all(isinstance(part, Rejected) for part in line.feed(b"\x31\x07"))


def test_the_device_row_may_give_keys_other_meanings() -> None:
    line = KeypadLine("b", {1: "press", 2: "off", 3: "long"})
    assert line.feed(bytes.fromhex("01 20 31 07 01 20 32 07 01 20 33 07 01 20 34 07")) == [
        Edge("b", 0x20, True, momentary=True),
        Edge("b", 0x20, False, momentary=True),
        ButtonPress("b", 0x20, Gesture.LONG),
        ButtonPress("b", 0x20, Gesture.LONG),
    ]
