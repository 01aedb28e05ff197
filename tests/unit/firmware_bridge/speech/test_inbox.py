"""Board messages become calls, or are counted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.messages.board import BoardCounter, BoardSnapshot, Call, CallEvent
from contracts.messages.common import CounterStatus, TicketState, Version
from firmware_bridge.speech.inbox import from_event, from_snapshot

NOW = datetime(2026, 11, 23, 2, 0, 0, tzinfo=UTC)


def board_call(**changes: Any) -> Call:
    row = {"call_id": "c1", "number": "A001", "service": "A", "counter": 3, "called_at": NOW - timedelta(seconds=2)}
    return Call(**(row | changes))


def snapshot(*calls: Call, counters: tuple[BoardCounter, ...] = ()) -> BoardSnapshot:
    return BoardSnapshot(Version(1, 1), NOW, "2026-11-23", calls, counters, ())


def counter(n: int, number: str | None, state: TicketState | None) -> BoardCounter:
    return BoardCounter(n, CounterStatus.OPEN, number, state)


def test_newest_first_becomes_oldest_first_with_ages() -> None:
    older = board_call(call_id="c0", number="A002", called_at=NOW - timedelta(seconds=9))
    calls, refused = from_snapshot(snapshot(board_call(), older), NOW)
    assert [(call.number, call.age_ms) for call in calls] == [("A002", 9_000), ("A001", 2_000)]
    assert refused == 0


@pytest.mark.parametrize(
    ("number", "state", "live"),
    [
        ("A001", TicketState.CALLED, True),
        ("A001", TicketState.SERVING, False),
        ("A002", TicketState.CALLED, False),
        (None, None, False),
    ],
)
def test_live_while_its_counter_shows_it_as_called(number: str | None, state: TicketState | None, live: bool) -> None:
    calls, _ = from_snapshot(snapshot(board_call(), counters=(counter(3, number, state),)), NOW)
    assert calls[0].live is live


def test_the_fast_path_is_live() -> None:
    calls, _ = from_event(CallEvent(Version(1, 1), board_call(repeat=2, lang="en")), NOW)
    assert (calls[0].live, calls[0].key, calls[0].lang) == (True, "c1#2", "en")


def test_a_clock_that_is_ahead_gives_no_negative_age() -> None:
    calls, _ = from_event(CallEvent(Version(1, 1), board_call(called_at=NOW + timedelta(hours=1))), NOW)
    assert calls[0].age_ms == 0


def test_an_unknown_language_is_spoken_in_the_first() -> None:
    calls, _ = from_event(CallEvent(Version(1, 1), board_call(lang="fr")), NOW)
    assert calls[0].lang == "vi"


@pytest.mark.parametrize(
    "bad",
    [
        {"number": "AA15"}, {"number": ""}, {"counter": 0}, {"counter": 100}, {"call_id": ""}, {"call_id": "x" * 65},
        {"call_id": "two\nlines"}, {"repeat": -1},
    ],
)  # fmt: skip
def test_a_call_that_cannot_be_spoken_is_counted_and_the_others_go_on(bad: dict[str, Any]) -> None:
    calls, refused = from_snapshot(snapshot(board_call(call_id="good"), board_call(**bad)), NOW)
    assert [call.call_id for call in calls] == ["good"]
    assert refused == 1
