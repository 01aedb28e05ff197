"""What a board knows after any messages in any order."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.messages.common import CounterStatus, TicketState, Version
from contracts.messages.devices import Heartbeat
from displays.board import (
    BeatHeard,
    BoardState,
    CallArrived,
    Event,
    ServerSeen,
    SnapshotArrived,
    Tick,
    apply,
    current_counters,
    initial,
    known_calls,
)
from displays.board.trust import BEHIND_S, SAID_GOODBYE_S, SILENT_S, is_doubtful
from tests.support.board_fakes import T0, call, event, row, sample_office, snapshot

ALL: list[str] = []


def feed(*events: Event, state: BoardState | None = None, mono_s: float = 100.0) -> BoardState:
    state = state or initial(sample_office(), ALL, mono_s)
    for item in events:
        state = apply(state, item, mono_s)
    return state


def numbers(state: BoardState) -> dict[int, str]:
    return {n: r.number for n, r in current_counters(state).items() if r.number}


def test_a_snapshot_is_shown() -> None:
    state = feed(SnapshotArrived(snapshot(calls=(call("A001", 1),), rows=(row(1, "A001"),))))
    assert numbers(state) == {1: "A001"}
    assert [c.number for c in known_calls(state)] == ["A001"]


def test_a_call_ahead_of_its_snapshot_is_in_its_row_at_once() -> None:
    state = feed(SnapshotArrived(snapshot(10)), CallArrived(event(call("A002", 2), 11)))
    assert current_counters(state)[2].number == "A002"
    assert current_counters(state)[2].state is TicketState.CALLED


def test_the_snapshot_of_that_version_takes_over() -> None:
    state = feed(
        SnapshotArrived(snapshot(10)),
        CallArrived(event(call("A002", 2), 11)),
        SnapshotArrived(snapshot(12, calls=(call("A002", 2),), rows=(row(2, status="closed"),))),
    )
    assert current_counters(state)[2].status is CounterStatus.CLOSED
    assert state.ahead == ()


@pytest.mark.parametrize("seq", [9, 10])
def test_an_event_not_newer_than_the_snapshot_changes_no_row(seq: int) -> None:
    state = feed(SnapshotArrived(snapshot(10)), CallArrived(event(call("A002", 2), seq)))
    assert numbers(state) == {}


@pytest.mark.parametrize(
    ("epoch", "seq", "wins"), [(1, 11, True), (2, 1, True), (1, 10, False), (1, 9, False), (0, 999, False)]
)
def test_a_higher_epoch_always_wins_then_seq(epoch: int, seq: int, wins: bool) -> None:
    later = snapshot(seq, epoch=epoch, rows=(row(1, "C100"),))
    state = feed(SnapshotArrived(snapshot(10, rows=(row(1, "A001"),))), SnapshotArrived(later))
    assert numbers(state) == {1: "C100" if wins else "A001"}


def test_events_of_a_database_that_is_gone_are_dropped() -> None:
    old = CallArrived(event(call("A900", 1), 500, epoch=1))
    state = feed(SnapshotArrived(snapshot(1, epoch=2)), old)
    assert numbers(state) == {}
    assert state.spotlight.shown is None
    state = feed(old, SnapshotArrived(snapshot(1, epoch=2)))
    assert numbers(state) == {}
    assert state.spotlight.queue == ()


def test_an_event_before_any_snapshot_is_shown() -> None:
    assert numbers(feed(CallArrived(event(call("A001", 5), 3)))) == {5: "A001"}


def test_a_counter_that_no_file_names_is_shown_all_the_same() -> None:
    assert numbers(feed(SnapshotArrived(snapshot()), CallArrived(event(call("A001", 77), 11)))) == {77: "A001"}


def test_zones_filter_rows_calls_and_spotlight() -> None:
    office = sample_office()
    state = initial(office, ["upstairs"], 0)
    state = feed(SnapshotArrived(snapshot(calls=(call("A001", 1),), rows=(row(1, "A001"),))), state=state)
    state = feed(CallArrived(event(call("A002", 2), 11)), state=state)
    assert current_counters(state) == {}
    assert known_calls(state) == []
    assert state.spotlight.shown is None


def test_eight_calls_in_one_second_are_all_in_their_rows_at_once() -> None:
    state = feed(SnapshotArrived(snapshot()))
    for n in range(1, 9):
        state = apply(state, CallArrived(event(call(f"A{n:03d}", n, ago_s=-n / 8), 10 + n)), 100 + n / 8)
    assert numbers(state) == {n: f"A{n:03d}" for n in range(1, 9)}
    assert len(state.spotlight.queue) == 7


# --- whether it may be believed ------------------------------------------------------------------------------


def beat(seq: int, epoch: int = 1) -> BeatHeard:
    return BeatHeard(Heartbeat(T0 + timedelta(seconds=seq), 0, Version(epoch, seq)))


def test_silence_makes_it_doubtful_and_a_beat_heals() -> None:
    state = feed(SnapshotArrived(snapshot(10)), beat(10))
    assert not is_doubtful(state, 100 + SILENT_S - 0.1)
    assert is_doubtful(state, 100 + SILENT_S)
    healed = apply(state, beat(10), 110)
    assert not is_doubtful(healed, 110)


def test_goodbye_makes_it_doubtful_sooner() -> None:
    state = feed(SnapshotArrived(snapshot(10)), beat(10), ServerSeen(False))
    assert not is_doubtful(state, 100 + SAID_GOODBYE_S - 0.1)
    assert is_doubtful(state, 100 + SAID_GOODBYE_S)


def test_a_retained_snapshot_without_a_server_is_doubted() -> None:
    state = feed(SnapshotArrived(snapshot(10)))
    assert is_doubtful(state, 100 + SILENT_S)
    assert state.truth_at == T0


def test_a_snapshot_that_never_comes_makes_it_doubtful_although_the_server_beats() -> None:
    state = feed(SnapshotArrived(snapshot(10)), beat(10), beat(12))
    truth = state.truth_at
    state = apply(state, beat(13), 100 + BEHIND_S)
    assert is_doubtful(state, 100 + BEHIND_S)
    assert state.truth_at == truth
    assert not is_doubtful(apply(state, SnapshotArrived(snapshot(13)), 100 + BEHIND_S), 100 + BEHIND_S)


# --- any order gives the same board ---------------------------------------------------------------------------

_calls = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 60), st.integers(1, 30), st.integers(0, 1)), min_size=1, max_size=12
)


def _history(drawn: list[tuple[int, int, int, int]]) -> list[Event]:
    """A server that calls, and publishes a snapshot with each version."""
    events: list[Event] = []
    rows, calls = {}, []
    for seq, (counter, serial, gap_s, repeat) in enumerate(drawn, 1):
        made = call(f"A{serial:03d}", counter, ago_s=-seq * 40 - gap_s, repeat=repeat, call_id=f"{seq}-{serial}")
        rows[counter] = row(counter, made.number)
        calls.append(made)
        events.append(CallArrived(event(made, seq)))
        events.append(SnapshotArrived(snapshot(seq, calls=tuple(calls), rows=tuple(rows.values()), at=made.called_at)))
    return events


@settings(max_examples=150, deadline=None)
@given(_calls, st.randoms(use_true_random=False), st.data())
def test_any_order_of_arrival_ends_in_the_same_rows(drawn: object, random: object, data: st.DataObject) -> None:
    events = _history(drawn)  # type: ignore[arg-type]
    expected = numbers(feed(*events))
    assert len(expected) == len({counter for counter, *_ in drawn})  # type: ignore[attr-defined]
    shuffled = list(events)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert numbers(feed(*shuffled)) == expected
    # some snapshots lost, the last event arrives twice: the rows are right all the same
    dropped = data.draw(st.sets(st.integers(0, len(events) // 2 - 1)))
    partly = [e for i, e in enumerate(shuffled) if not (isinstance(e, SnapshotArrived) and i // 2 in dropped)]
    assert numbers(feed(*partly, *[e for e in events if isinstance(e, CallArrived)])) == expected


@settings(max_examples=100, deadline=None)
@given(_calls, st.randoms(use_true_random=False))
def test_no_call_that_is_news_misses_its_spotlight(drawn: object, random: object) -> None:
    events = [e for e in _history(drawn) if isinstance(e, CallArrived)]  # type: ignore[arg-type]
    random.shuffle(events)  # type: ignore[attr-defined]
    state, mono_s, shown = initial(sample_office(), ALL, 0), 0.0, set()
    for item in events:
        state = apply(state, item, mono_s)
        assert state.spotlight.shown is not None
        shown.add(state.spotlight.shown.call_id)
        assert item.event.call.number in numbers(state).values() or any(
            e.call.counter == item.event.call.counter and e.version > item.event.version for e in state.ahead
        )
    for _ in range(len(events) + 1):
        mono_s += 4.0
        state = apply(state, Tick(), mono_s)
        assert state.spotlight.shown is not None
        shown.add(state.spotlight.shown.call_id)
    assert shown == {item.event.call.call_id for item in events}
