"""Gestures as tables of (ms, down or up)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.buttons.gestures import DOUBLE_MS, LONG_MS, Key, edge, tick, wake_at_ms
from firmware_bridge.buttons.model import Gesture

S, D, L = Gesture.SINGLE, Gesture.DOUBLE, Gesture.LONG


def played(edges: list[tuple[int, bool]], until_ms: int = 100_000) -> list[tuple[int, Gesture]]:
    """What is told, and when; ticks come when the recogniser asks for them."""
    key, told = Key(), []
    for at_ms, down in [*edges, (until_ms, None)]:
        while (wake := wake_at_ms(key)) is not None and wake < at_ms:
            key, gesture = tick(key, wake)
            told += [(wake, gesture)] if gesture else []
        if down is not None:
            key, gesture = edge(key, down, at_ms)
            told += [(at_ms, gesture)] if gesture else []
    return told


@pytest.mark.parametrize(
    ("edges", "told"),
    [
        ([(0, False), (1_000, True), (1_100, False)], [(1_100 + DOUBLE_MS + 1, S)]),
        ([(0, False), (1_000, True), (1_100, False), (1_300, True), (1_400, False)], [(1_400, D)]),
        ([(0, False), (1_000, True), (3_000, False)], [(1_000 + LONG_MS, L)]),  # told while still down, once
        ([(0, False), (1_000, True), (1_100, False), (2_000, True), (2_100, False)], [(1_501, S), (2_501, S)]),
        ([(0, False), (1_000, True), (1_100, False), (1_200, True), (4_000, False)], [(1_200 + LONG_MS, L)]),
        ([(0, False), (1_000, True), (1_000, True), (1_050, True), (1_100, False), (1_100, False)], [(1_501, S)]),
        ([(0, True), (5_000, False)], []),  # held since before we listened: only where it stands
        ([(0, True)], []),
        ([(0, False), (300_000, False), (600_000, False)], []),  # Tasmota's periodic report
    ],
)
def test_gestures(edges: list[tuple[int, bool]], told: list[tuple[int, Gesture]]) -> None:
    assert played(edges, 700_000) == told


def test_a_late_tick_does_not_turn_two_singles_into_a_double() -> None:
    key, _ = edge(Key(), False, 0)
    key, _ = edge(key, True, 1_000)
    key, _ = edge(key, False, 1_100)
    key, gesture = edge(key, True, 2_000)  # no tick came meanwhile
    assert gesture is S
    key, gesture = edge(key, False, 2_100)
    assert gesture is None


@given(st.lists(st.tuples(st.integers(0, 2_000), st.booleans()), max_size=40))
def test_at_most_one_gesture_a_press_and_it_ends_quiet(steps: list[tuple[int, bool]]) -> None:
    now, edges = 0, []
    for gap, down in steps:
        now += gap
        edges.append((now, down))
    told = played([*edges, (now + 1, False)], now + 10_000)
    assert len(told) <= sum(down for _, down in edges)
    assert [at for at, _ in told] == sorted(at for at, _ in told)
