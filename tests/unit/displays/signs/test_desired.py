"""What each sign should show, after which messages."""

from collections.abc import Iterable

import msgspec

from contracts.messages.common import TicketState
from contracts.settings import Office
from displays.board import CallArrived, Event, SnapshotArrived, Tick
from displays.signs.desired import (
    BLINK_S,
    COUNTER_BLINKS,
    HALL_BLINKS,
    SignsState,
    initial,
    next_change_s,
    observe,
    wishes,
)
from tests.support.board_fakes import busy_snapshot, call, event, row, sample_office, snapshot


def feed(events: Iterable[Event], office: Office | None = None, at_s: float = 10.0) -> SignsState:
    state = initial(office or sample_office(), "signs-1", at_s)
    for item in events:
        state = observe(state, item, at_s)
    return state


def texts(state: SignsState, at_s: float = 10.0) -> dict[str, str]:
    return {sign: wish.desired.text for sign, wish in wishes(state, sample_office(), at_s).items()}


def blinks(state: SignsState, at_s: float = 10.0) -> dict[str, int]:
    return {s: w.desired.blink for s, w in wishes(state, sample_office(), at_s).items() if w.desired.blink}


def test_nothing_is_wished_before_the_first_snapshot() -> None:
    assert texts(feed([])) == {}
    assert texts(feed([CallArrived(event(call("A001", 1), 5))])) == {}


def test_every_look_of_the_sample_office() -> None:
    state = feed([SnapshotArrived(busy_snapshot())])
    assert texts(state) == {
        "sign-1": "A044<1", "sign-2": "C112<2", "sign-3": "A045<3", "sign-4": "E031-4", "sign-5": "-----5",
        "sign-6": "------", "sign-7": "    >7", "sign-8": "S208>8", "sign-hall": "A045 -> 3",
    }  # fmt: skip


def test_a_new_call_blinks_then_stands() -> None:
    state = feed([SnapshotArrived(snapshot(10)), CallArrived(event(call("A002", 2), 11))])
    assert texts(state)["sign-2"] == "A002<2"
    assert blinks(state) == {"sign-2": COUNTER_BLINKS, "sign-hall": HALL_BLINKS}
    later_s = 10 + BLINK_S
    assert blinks(observe(state, Tick(), later_s), later_s) == {}
    assert texts(state, later_s)["sign-2"] == "A002<2"


def test_its_snapshot_does_not_blink_it_again() -> None:
    state = feed([SnapshotArrived(snapshot(10)), CallArrived(event(call("A002", 2), 11))])
    same = snapshot(11, calls=(call("A002", 2),), rows=(row(2, "A002"),))
    state = observe(observe(state, Tick(), 30.0), SnapshotArrived(same), 30.0)
    assert blinks(state, 30.0) == {}


def test_a_recall_is_a_new_wish_with_the_same_text() -> None:
    calls = (call("A002", 2),)
    state = feed([SnapshotArrived(snapshot(10)), CallArrived(event(calls[0], 11))])
    first = wishes(state, sample_office(), 10.0)["sign-2"]
    state = observe(state, CallArrived(event(call("A002", 2, repeat=1), 12)), 11.0)
    again = wishes(state, sample_office(), 11.0)["sign-2"]
    assert again.desired == first.desired
    assert again != first


def test_an_old_call_of_a_restart_does_not_blink() -> None:
    old = snapshot(10, calls=(call("A002", 2, ago_s=60),), rows=(row(2, "A002"),))
    state = feed([SnapshotArrived(old)])
    assert texts(state)["sign-2"] == "A002<2"
    assert blinks(state) == {}


def test_the_hall_sign_goes_dark_when_nobody_is_called_and_back_to_who_has_not_come() -> None:
    calls = (call("A001", 1, ago_s=50), call("A002", 2, ago_s=40))
    rows = (row(1, "A001"), row(2, "A002"))
    state = feed([SnapshotArrived(snapshot(10, calls=calls, rows=rows))])
    assert texts(state)["sign-hall"] == "A002 -> 2"
    state = observe(state, SnapshotArrived(snapshot(11, calls=calls, rows=rows[:1])), 60.0)
    assert texts(state, 60.0)["sign-hall"] == "A001 -> 1"
    serving = (row(1, "A001", TicketState.SERVING),)
    state = observe(state, SnapshotArrived(snapshot(12, calls=calls, rows=serving)), 61.0)
    assert texts(state, 61.0)["sign-hall"] == ""


def test_each_call_has_its_time_on_the_hall_sign() -> None:
    state = feed([SnapshotArrived(snapshot(10))])
    for n in (1, 2, 3):
        state = observe(state, CallArrived(event(call(f"A00{n}", n, ago_s=5 - n), 10 + n)), 10.0 + n / 10)
    shown = []
    for tenth in range(10, 140):
        state = observe(state, Tick(), 10 + tenth / 10)
        shown.append(texts(state, 10 + tenth / 10)["sign-hall"])
    assert [text for i, text in enumerate(shown) if i == 0 or text != shown[i - 1]] == [
        "A001 -> 1", "A002 -> 2", "A003 -> 3",
    ]  # fmt: skip


def test_only_signs_of_its_zones_are_owned() -> None:
    office = sample_office()
    zoned = msgspec.structs.replace(office, signs=[msgspec.structs.replace(office.signs[0], zones=["upstairs"])])
    state = feed([SnapshotArrived(busy_snapshot())], zoned)
    assert set(wishes(state, zoned, 10.0)) == {"sign-hall"}  # the hall sign has no zone of its own


def test_a_counter_the_server_does_not_report_is_barred() -> None:
    shot = msgspec.structs.replace(snapshot(), counters=())
    assert texts(feed([SnapshotArrived(shot)]))["sign-1"] == "------"


def test_it_says_when_it_will_change_by_itself() -> None:
    assert next_change_s(feed([SnapshotArrived(snapshot(10))]), 10.0) is None
    state = feed([SnapshotArrived(snapshot(10)), CallArrived(event(call("A002", 2), 11))])
    assert next_change_s(state, 10.0) == 4.0  # the hall's spotlight, then the counter's blink
    assert next_change_s(state, 14.0) == BLINK_S - 4
    assert next_change_s(state, 16.0) is None
