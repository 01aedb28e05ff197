"""Debounce: per button, never lengthened, bounded."""

from firmware_bridge.buttons import debounce
from firmware_bridge.buttons.debounce import BUTTONS_MAX, DEBOUNCE_MS, Debounce
from firmware_bridge.buttons.model import ButtonPress, Gesture

A = ButtonPress("a", 1, Gesture.SINGLE)


def test_bounces_are_dropped_and_do_not_lengthen_the_time() -> None:
    d = Debounce()
    assert [d.accept(A, at) for at in (0, 100, DEBOUNCE_MS - 1, DEBOUNCE_MS)] == [True, False, False, True]


def test_buttons_are_apart() -> None:
    d = Debounce()
    others = [ButtonPress("a", 2, Gesture.SINGLE), ButtonPress("b", 1, Gesture.SINGLE)]
    assert all(d.accept(press, 0) for press in [A, *others])
    assert not d.accept(ButtonPress("a", 1, Gesture.LONG), 10)  # another gesture of the same button


def test_a_repeated_message_is_the_same_press_however_late() -> None:
    d = Debounce()
    assert d.accept(ButtonPress("s", 1, Gesture.SINGLE, "count-7"), 0)
    assert not d.accept(ButtonPress("s", 1, Gesture.SINGLE, "count-7"), 60_000)
    assert d.accept(ButtonPress("s", 1, Gesture.SINGLE, "count-8"), 60_001)


def test_memory_is_bounded() -> None:
    d = Debounce()
    for n in range(BUTTONS_MAX + 10):
        assert d.accept(ButtonPress("flood", n, Gesture.SINGLE), 0)
    assert len(d._last) == debounce.BUTTONS_MAX
