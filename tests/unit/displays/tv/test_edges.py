"""The edges of the TV process: options, inbox, picture file."""

import threading
from pathlib import Path

import pytest
from PIL import Image

from contracts.errors import Rejected
from contracts.messages.common import Version
from contracts.messages.devices import Heartbeat, Presence, PresenceState
from contracts.topics import TOPICS
from displays.board import BeatHeard, CallArrived, ServerSeen, SnapshotArrived
from displays.tv.bootstrap import main, picture_path
from displays.tv.environment import HEADLESS_SIZE, WindowMode, window_mode
from displays.tv.feed import EVENTS_A_FRAME_MAX, INBOX_MAX, Feed, event_of
from displays.tv.picture import PICTURE_GAP_S, PictureFile
from runtime.mqtt import Inbound
from tests.support.board_fakes import OFFICE_FILE, T0, call, event, sample_office, snapshot


def inbound(name: str, message: object) -> Inbound:
    return Inbound(TOPICS[name], {}, message, b"", "", False)


def test_messages_become_events() -> None:
    beat = Heartbeat(T0, 0, Version(1, 1))
    assert event_of(inbound("board", snapshot())) == SnapshotArrived(snapshot())
    assert event_of(inbound("call", event(call("A001", 1), 1))) == CallArrived(event(call("A001", 1), 1))
    assert event_of(inbound("heartbeat", beat)) == BeatHeard(beat)
    assert event_of(inbound("presence", Presence(PresenceState.OFFLINE, "server"))) == ServerSeen(False)
    assert event_of(inbound("presence", Presence(PresenceState.UNKNOWN, "server"))) is None
    assert event_of(inbound("reply", object())) is None


def test_the_inbox_is_bounded_and_drained_in_portions() -> None:
    woken: list[int] = []
    feed = Feed(lambda: woken.append(1))
    for seq in range(INBOX_MAX + 5):
        feed.put(inbound("board", snapshot(seq)))
    assert feed.dropped == 5
    woken.clear()
    assert len(list(feed.take())) == EVENTS_A_FRAME_MAX
    assert woken  # it comes back for the rest
    while list(feed.take()):
        pass
    assert list(feed.take()) == []


@pytest.mark.parametrize("text", ["", "1920", "1920x", "0x0", "1920x1080x3", "99999x100", "-1x100", "60x60"])
def test_bad_sizes_are_refused(text: str) -> None:
    with pytest.raises(Rejected) as refused:
        window_mode(text, True)
    assert refused.value.code == "usage"


def test_without_a_display_the_board_is_headless(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    assert window_mode(None, False) == WindowMode(HEADLESS_SIZE, True)
    monkeypatch.setenv("DISPLAY", "nowhere:9")  # no X there, so no size either
    assert window_mode(None, False) == WindowMode(None, False)
    assert window_mode("1280x720", False) == WindowMode((1280, 720), False)
    assert window_mode("1280x720+640+8", False) == WindowMode((1280, 720), False, (640, 8))


def test_the_first_board_of_the_office_writes_board_png(tmp_path: Path) -> None:
    office = sample_office()
    assert picture_path(tmp_path, office, office.board[0]) == tmp_path / "screens" / "board.png"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--id", "board-9"], "usage"),
        (["--id", "board-1"], "unauthorised"),
        (["--id", "board-1", "--window", "x"], "usage"),
    ],
)
def test_bad_options_end_with_a_code(tmp_path: Path, arguments: list[str], code: str) -> None:
    with pytest.raises(Rejected) as refused:
        main(["--office", str(OFFICE_FILE), "--data", str(tmp_path), "--headless", *arguments])
    assert refused.value.code == code


def test_a_picture_is_written_whole_upright_and_at_most_once_a_second(tmp_path: Path) -> None:
    path = tmp_path / "screens" / "board.png"
    red_below = bytes([255, 0, 0, 255]) * 2 + bytes([0, 0, 255, 255]) * 2  # rows from the bottom
    picture = PictureFile(path, lambda: (2, 2, red_below))
    assert not picture.take(10.0)  # nothing new
    picture.changed()
    assert picture.take(10.0)
    picture.changed()
    assert picture.wait_s(10.4) == pytest.approx(PICTURE_GAP_S - 0.4)
    assert not picture.take(10.4)
    picture.close()
    assert picture.written == 1
    assert Image.open(path).getpixel((0, 1)) == (255, 0, 0)
    assert [p.name for p in path.parent.iterdir()] == ["board.png"]


def test_a_slow_disk_does_not_stop_the_drawing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    picture = PictureFile(tmp_path / "board.png", lambda: (1, 1, bytes(4)))
    monkeypatch.setattr(picture, "_write", lambda *_: gate.wait(10))
    picture.changed()
    assert picture.take(1.0)
    picture.changed()
    assert not picture.take(5.0)
    gate.set()
    picture.close()
