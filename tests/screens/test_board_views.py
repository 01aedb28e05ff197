"""Pictures of the TV board, a quarter of their size, with a frozen clock."""

from datetime import timedelta

import msgspec
import numpy as np
import pytest
from PIL import Image

from contracts.messages.board import BoardSnapshot
from contracts.messages.common import Version
from contracts.messages.devices import Heartbeat
from contracts.settings import Counter, Office
from displays.board import BeatHeard, BoardFrame, BoardState, Moment, SnapshotArrived, apply, frame, initial
from runtime.theme import load_theme
from tests.support.board_fakes import T0, busy_snapshot, call, row, sample_office, snapshot
from tests.support.screens import compare, picture_when_settled, without_display

pytestmark = pytest.mark.screens

without_display()

LANDSCAPE, PORTRAIT = (480, 270), (270, 480)
COLOURS = 256  # eight service tints and their smoothed edges do not fit in 64


def board(snapshot_: BoardSnapshot | None, office: Office | None = None) -> BoardState:
    state = initial(office or sample_office(), [], 0)
    if snapshot_ is None:
        return state
    state = apply(state, SnapshotArrived(snapshot_), 0)
    return apply(state, BeatHeard(Heartbeat(T0, 0, snapshot_.version)), 0)


def shot(
    state: BoardState, mono_s: float = 2.5, *, lang: str = "vi", page: int = 0, office: Office | None = None
) -> BoardFrame:
    return frame(state, office or sample_office(), Moment(mono_s, T0 + timedelta(seconds=page * 12)), lang)


def drawn(picture: BoardFrame, size: tuple[int, int], lang: str = "vi") -> Image.Image:
    from displays.tv.view import BoardView
    from displays.tv.words import say_for

    view = BoardView(size, load_theme("board"), say_for(["vi", "en"] if lang == "vi" else ["en", "vi"]))
    view.show(picture)
    return picture_when_settled(lambda: view.widget)


def big_office(count: int) -> Office:
    """The sample office with so many counters, some with long names."""
    names = {2: {"vi": "Quầy Tiếp nhận và Trả kết quả"}}
    made = [
        Counter(n=n, name=names.get(n, {"vi": f"Quầy {n}"}), skills={"A": 1}, arrow="<>-"[n % 3])  # type: ignore[arg-type]
        for n in range(1, count + 1)
    ]
    return msgspec.structs.replace(sample_office(), counter=made)


@pytest.mark.parametrize(("shape", "size"), [("landscape", LANDSCAPE), ("portrait", PORTRAIT)])
@pytest.mark.parametrize(
    ("name", "picture", "lang"),
    [
        ("busy", shot(board(busy_snapshot())), "vi"),
        ("pulse", shot(board(busy_snapshot()), 0.1), "vi"),
        ("english", shot(board(busy_snapshot()), lang="en"), "en"),
        ("stale", shot(board(busy_snapshot()), 60, page=1), "vi"),
        ("past", shot(board(snapshot(calls=(call("A045", 3, ago_s=300),)))), "vi"),
        ("welcome", shot(board(snapshot())), "vi"),
        ("starting", shot(board(None)), "vi"),
    ],
)
def test_board(name: str, picture: BoardFrame, lang: str, shape: str, size: tuple[int, int]) -> None:
    compare(drawn(picture, size, lang), f"board/{shape}-{name}", COLOURS)


@pytest.mark.parametrize("count", [1, 3, 14, 30, 60])
def test_any_number_of_counters(count: int) -> None:
    office = big_office(count)
    rows = tuple(row(n, f"A{n:03d}") for n in range(1, count + 1))
    calls = (call("A002", 2, ago_s=1), call("A001", 1))
    shown = msgspec.structs.replace(snapshot(calls=calls, rows=rows), counters=rows)
    state = board(shown, office)
    compare(drawn(shot(state, 30.0, office=office), LANDSCAPE), f"board/landscape-{count}-counters", COLOURS)


def test_an_updated_view_looks_like_a_new_one() -> None:
    """In place: nothing of the frame before may stay."""
    from displays.tv.view import BoardView
    from displays.tv.words import say_for

    view = BoardView(LANDSCAPE, load_theme("board"), say_for(["vi", "en"]))
    frames = [
        shot(board(None)), shot(board(busy_snapshot()), 0.1), shot(board(busy_snapshot()), 60, page=2),
        shot(board(snapshot(calls=(call("A045", 3),)))), shot(board(busy_snapshot())), shot(board(snapshot())),
    ]  # fmt: skip
    for picture in frames:
        assert view.show(picture)
        fresh = drawn(picture, LANDSCAPE)
        updated = picture_when_settled(lambda: view.widget)
        assert np.array_equal(np.asarray(updated), np.asarray(fresh))
    assert not view.show(frames[-1])


def test_the_newest_number_is_a_fifth_of_the_height() -> None:
    picture = np.asarray(drawn(shot(board(busy_snapshot())), (1920, 1080))).astype(int)
    amber = np.abs(picture - np.array([0xFF, 0xC9, 0x33])).max(axis=2) < 24
    number = amber[120:492, 60:900]
    lines = np.flatnonzero(number.any(axis=1))
    assert lines.max() - lines.min() + 1 >= 1080 / 5


def test_a_resized_window_is_laid_out_anew() -> None:
    from displays.tv.view import BoardView
    from displays.tv.words import say_for

    view = BoardView(PORTRAIT, load_theme("board"), say_for(["vi", "en"]))
    view.show(shot(board(busy_snapshot())))
    view.resize(LANDSCAPE)
    resized = picture_when_settled(lambda: view.widget)
    assert np.array_equal(np.asarray(resized), np.asarray(drawn(shot(board(busy_snapshot())), LANDSCAPE)))


def test_version_alone_changes_no_pixel() -> None:
    one, two = shot(board(busy_snapshot(10))), shot(board(busy_snapshot(11)))
    assert (one.version, two.version) == (Version(1, 10), Version(1, 11))
    assert np.array_equal(np.asarray(drawn(one, LANDSCAPE)), np.asarray(drawn(two, LANDSCAPE)))
