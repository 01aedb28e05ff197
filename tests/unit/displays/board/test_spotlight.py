"""The spotlight: dwell, pulses, recalls, bounds."""

from datetime import timedelta

import pytest

from displays.board import CallArrived, SnapshotArrived, Tick, apply, initial
from displays.board.spotlight import DWELL_S, PULSE_S, PULSES, QUEUE_MAX, Spotlight, advance, is_lit, next_step_s, offer
from tests.support.board_fakes import T0, call, event, row, sample_office, snapshot


def test_each_call_has_its_dwell_in_the_order_of_calling() -> None:
    spot = offer(Spotlight(), [call("A002", 2, ago_s=1), call("A001", 1, ago_s=2), call("A003", 3)], news={})
    seen, at_s = [], 50.0
    for step in range(13):
        spot = advance(spot, at_s + step)
        assert spot.shown is not None
        seen.append(spot.shown.number)
    dwell = int(DWELL_S)
    assert seen == ["A001"] * dwell + ["A002"] * dwell + ["A003"] * (13 - 2 * dwell)


def test_the_same_call_heard_twice_is_shown_once() -> None:
    first = call("A001", 1)
    spot = advance(offer(Spotlight(), [first], news={}), 0)
    spot = advance(offer(spot, [first], news={}), 1)
    assert spot.queue == ()
    assert spot.since_s == 0


def test_a_recall_pulses_again_at_once_when_nobody_waits() -> None:
    spot = advance(offer(Spotlight(), [call("A001", 1)], news={}), 0)
    spot = advance(offer(spot, [call("A001", 1, repeat=1)], news={}), 2)
    assert spot.shown is not None
    assert (spot.shown.repeat, spot.since_s) == (1, 2)


def test_recalls_do_not_hold_the_spotlight_against_another_call() -> None:
    spot = advance(offer(Spotlight(), [call("A001", 1, ago_s=9)], news={}), 0)
    spot = offer(spot, [call("A002", 2, ago_s=8)], news={})
    for repeat in range(1, 6):
        spot = advance(offer(spot, [call("A001", 1, ago_s=9 - repeat, repeat=repeat)], news={}), repeat * 0.5)
    spot = advance(spot, DWELL_S)
    assert spot.shown is not None
    assert spot.shown.number == "A002"
    assert [c.repeat for c in spot.queue] == [5]


def test_two_pulses_then_steady() -> None:
    spot = advance(offer(Spotlight(), [call("A001", 1)], news={}), 10)
    lit = [is_lit(spot, 10 + i * PULSE_S / 2 + 0.01) for i in range(6)]
    assert lit == [True, False, True, False, False, False]
    assert next_step_s(spot, 10) == PULSE_S / 2
    assert next_step_s(spot, 10 + PULSES * PULSE_S) == pytest.approx(DWELL_S - PULSES * PULSE_S)
    assert next_step_s(spot, 10 + DWELL_S) is None


def test_the_queue_is_bounded_and_counts_what_it_skips() -> None:
    calls = [call(f"A{n:03d}", 1, ago_s=200 - n) for n in range(1, QUEUE_MAX + 6)]
    spot = offer(Spotlight(), calls, news={})
    assert len(spot.queue) == QUEUE_MAX
    assert spot.skipped == 5
    assert spot.queue[-1].number == calls[-1].number


def test_a_board_that_starts_shows_the_newest_call_without_news() -> None:
    state = initial(sample_office(), [], 0)
    old = snapshot(calls=(call("A001", 1, ago_s=300), call("A002", 2, ago_s=200)), rows=(row(2, "A002"),))
    state = apply(state, SnapshotArrived(old), 0)
    assert state.spotlight.shown is not None
    assert state.spotlight.shown.number == "A002"
    assert not state.spotlight.fresh
    state = apply(state, CallArrived(event(call("A003", 3), 11)), 0.1)  # real news does not wait for a dwell
    assert state.spotlight.shown is not None
    assert state.spotlight.shown.number == "A003"


def test_calls_missed_for_an_hour_are_no_news_those_of_the_last_minute_are() -> None:
    state = apply(initial(sample_office(), [], 0), SnapshotArrived(snapshot(10)), 0)
    later = T0 + timedelta(hours=1)
    calls = (call("A001", 1, ago_s=-600), call("A002", 2, ago_s=-3550))
    state = apply(state, SnapshotArrived(snapshot(50, calls=calls, at=later)), 3600)
    assert state.spotlight.shown is not None
    assert state.spotlight.shown.number == "A002"
    assert state.spotlight.queue == ()


def test_a_new_day_empties_the_spotlight() -> None:
    state = apply(initial(sample_office(), [], 0), SnapshotArrived(snapshot(10, calls=(call("A001", 1),))), 0)
    state = apply(state, SnapshotArrived(snapshot(11, day="2026-11-24")), 1)
    assert state.spotlight.shown is None
    assert apply(state, Tick(), 9).spotlight.shown is None
