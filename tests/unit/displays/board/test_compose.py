"""The frame: what is said, and that it encodes."""

from datetime import timedelta

import msgspec
import pytest

from contracts.messages.common import TicketState, Version
from contracts.messages.devices import Heartbeat
from displays.board import (
    BeatHeard,
    BoardFrame,
    BoardState,
    CallArrived,
    Moment,
    Mood,
    RowLook,
    SnapshotArrived,
    Tick,
    Words,
    apply,
    frame,
    initial,
    next_change_s,
)
from displays.board.compose import PAGE_S
from runtime.i18n import Catalog
from tests.support.board_fakes import T0, busy_snapshot, call, event, row, sample_office, snapshot


def board(*, start_s: float = 0.0) -> BoardState:
    state = initial(sample_office(), ["hall"], start_s)
    state = apply(state, SnapshotArrived(busy_snapshot()), start_s)
    return apply(state, BeatHeard(Heartbeat(T0, 0, Version(1, 10))), start_s)


def shot(state: BoardState, mono_s: float = 0.0, lang: str = "vi", after: timedelta = timedelta()) -> BoardFrame:
    return frame(state, sample_office(), Moment(mono_s, T0 + after), lang)


def test_the_spotlight_tells_number_counter_service_and_direction() -> None:
    view = shot(board()).spotlight
    assert view is not None
    assert (view.number, view.counter_name, view.service_name, view.arrow) == ("A045", "Quầy 3", "Hộ tịch", "<")
    assert (view.mood, view.lit) == (Mood.NEW, True)


def test_moods_new_current_past() -> None:
    state = board()
    assert shot(state, 4.0).spotlight.mood is Mood.CURRENT  # type: ignore[union-attr]
    over = snapshot(11, calls=(call("A045", 3),))
    assert shot(apply(state, SnapshotArrived(over), 4.5), 4.5).spotlight.mood is Mood.PAST  # type: ignore[union-attr]


def test_rows_say_what_each_counter_does() -> None:
    looks = {r.n: (r.look, r.number) for r in shot(board()).rows}
    assert looks == {
        1: (RowLook.SERVING, "A044"), 2: (RowLook.CALLED, "C112"), 3: (RowLook.CALLED, "A045"),
        4: (RowLook.SERVING, "E031"), 5: (RowLook.PAUSED, None), 6: (RowLook.CLOSED, None), 7: (RowLook.IDLE, None),
        8: (RowLook.SERVING, "S208"),
    }  # fmt: skip
    assert [r.n for r in shot(board()).rows if r.spot] == [3]


def test_last_calls_are_newest_first_without_the_spotlight() -> None:
    lines = shot(board()).last_calls
    assert [line.number for line in lines] == ["C112", "E031", "S208", "L017", "A044", "F009", "H021"]
    assert lines[0].at == "09:40"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("A", Words("common.wait.range", {"low": 20, "high": 35})),
        ("C", Words("common.wait.under", {"high": 5})),
        ("F", Words("common.wait.none")),
        ("H", Words("common.wait.no_counter")),
        ("U", Words("board.service.reopens", {"at": "13:30"})),
    ],
)
def test_waiting_by_service(code: str, words: Words) -> None:
    line = next(s for s in shot(board()).services if s.code == code)
    assert line.wait == words


def test_clock_date_and_total() -> None:
    picture = shot(board())
    assert picture.clock == "09:41"
    assert picture.date == Words("board.date.mon", {"date": "23/11/2026"})
    assert picture.waiting == 35


def test_english_names() -> None:
    picture = shot(board(), lang="en")
    assert picture.spotlight is not None
    assert picture.spotlight.counter_name == "Counter 3"
    assert picture.title.startswith("Binh An")


def test_the_marker_names_the_time_of_the_last_truth() -> None:
    assert shot(board(), 4.9).stale is None
    assert shot(board(), 60).stale == Words("board.stale.since", {"at": "09:41"})
    nothing = initial(sample_office(), [], 0)
    assert shot(nothing).stale == Words("board.stale.never")


def test_ticker_has_hours_of_the_day_and_says_when_closed() -> None:
    assert Words("board.ticker.hours", {"hours": "07:30–11:30, 13:30–17:00"}) in shot(board()).ticker
    sunday = timedelta(days=6)
    shut = SnapshotArrived(snapshot(rows=tuple(row(n, status="closed") for n in range(1, 9))))
    nobody = apply(initial(sample_office(), ["hall"], 0), shut, 0)
    assert Words("board.ticker.closed") in shot(nobody, after=sunday).ticker
    assert Words("board.ticker.closed") not in shot(board(), after=sunday).ticker  # counters are open all the same


def test_the_zone_hides_services_of_other_counters() -> None:
    state = initial(sample_office(), ["nowhere"], 0)
    picture = shot(apply(state, SnapshotArrived(busy_snapshot()), 0))
    assert picture.services == ()
    assert picture.rows == ()


def test_a_counter_and_a_service_without_a_row_in_the_file_keep_their_codes() -> None:
    state = apply(initial(sample_office(), [], 0), CallArrived(event(call("P001", 55), 1)), 0)
    view = shot(state).spotlight
    assert view is not None
    assert (view.counter_name, view.service_name, view.arrow) == ("55", "", "")


def test_it_encodes_to_json_and_back() -> None:
    picture = shot(board())
    assert msgspec.json.decode(msgspec.json.encode(picture), type=BoardFrame) == picture


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_key_has_a_text(lang: str) -> None:
    catalog = Catalog.load(lang)
    pictures = [shot(board(), lang=lang), shot(initial(sample_office(), [], 0)), shot(board(), 60)]
    pictures += [shot(board(), after=timedelta(days=d)) for d in range(7)]
    for picture in pictures:
        words = [picture.date, *picture.ticker, *(s.wait for s in picture.services), *(r.word for r in picture.rows)]
        for word in [*words, *([picture.stale] if picture.stale else [])]:
            assert "{" not in catalog.text(word.key, **word.params)
    assert {f"board.counter.{look}" for look in RowLook} <= Catalog.load("vi").keys


def test_nothing_changes_before_next_change() -> None:
    state, mono_s = board(), 0.0
    for _ in range(40):
        after = timedelta(seconds=mono_s)
        step_s = next_change_s(state, Moment(mono_s, T0 + after))
        early = timedelta(seconds=mono_s + step_s * 0.98)
        assert shot(state, mono_s + step_s * 0.98, after=early) == shot(state, mono_s, after=after)
        mono_s += step_s + 0.001
        state = apply(state, Tick(), mono_s)


def test_pages_turn_by_the_clock() -> None:
    assert shot(board(), after=timedelta(seconds=PAGE_S)).page == shot(board()).page + 1


def test_a_served_ticket_is_no_longer_called() -> None:
    served = snapshot(12, rows=(row(2, "C112", TicketState.SERVING),))
    assert next(r for r in shot(apply(board(), SnapshotArrived(served), 0)).rows if r.n == 2).look is RowLook.SERVING


def test_a_visitor_called_twice_to_a_counter_stands_on_the_board_once() -> None:
    twice = (call("A003", 3), call("A001", 1, ago_s=10, call_id="b"), call("A001", 1, ago_s=40, call_id="a"))
    state = apply(initial(sample_office(), ["hall"], 0), SnapshotArrived(snapshot(calls=twice)), 0)
    picture = shot(state)
    assert picture.spotlight is not None
    assert sorted([picture.spotlight.number, *(line.number for line in picture.last_calls)]) == ["A001", "A003"]
