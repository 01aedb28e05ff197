"""The camera: which frames are tried, what is news, folders and videos as sources, and its process."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from threading import Event
from types import ModuleType

import cv2
import numpy as np
import pytest

from contracts.errors import Rejected
from contracts.scan import Scan, Symbology
from kiosk.scanning import camera, frames
from kiosk.scanning.camera import CameraWorker
from kiosk.scanning.camera_reader import CameraReader, camera_command
from kiosk.scanning.frames import frames_from
from kiosk.scanning.gate import REMEMBERED_MAX, REPEAT_MS, STILL_RETRY_MS, FrameGate, Repeats
from kiosk.scanning.inbox import DeviceState, ScanInbox
from kiosk.scanning.pictures import Grey

CODE = "000.00.01.H00-261118-0001"
PATIENCE_S = 30.0


def png(grey: Grey, path: Path) -> None:
    """Write in one step, as a camera's own software may not."""
    assert cv2.imwrite(str(path.with_suffix(".part.png")), grey)
    path.with_suffix(".part.png").replace(path)


def video(path: Path, pictures: list[Grey]) -> Path:
    height, width = pictures[0].shape
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (width, height))
    for picture in pictures:
        writer.write(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR))
    writer.release()
    return path


class Clock:
    """Monotonic seconds that a test moves."""

    def __init__(self) -> None:
        self.s = 100.0

    def __call__(self) -> float:
        return self.s


# --- gate ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_an_empty_desk_is_not_tried(scenes: ModuleType, seed: int) -> None:
    assert not FrameGate().wants(scenes.desk(None, noise=15, seed=seed), 0)


@pytest.mark.parametrize("angle", [0, 30])
@pytest.mark.parametrize("kind", ["code128", "qr"])
def test_a_receipt_is_tried(scenes: ModuleType, kind: str, angle: float) -> None:
    code = scenes.qr(CODE) if kind == "qr" else scenes.linear("code128", CODE)
    assert FrameGate().wants(scenes.desk(code, angle=angle, blur=2, noise=15), 0)


def test_a_still_picture_is_tried_again_only_after_a_while_and_then_harder(scenes: ModuleType) -> None:
    gate = FrameGate()
    tries = [(ms, gate.wants(scenes.desk(scenes.qr(CODE), noise=3, seed=ms), ms)) for ms in (0, 100, 500, 999)]
    assert tries == [(0, True), (100, False), (500, False), (999, False)]
    assert gate.wants(scenes.desk(scenes.qr(CODE), noise=3, seed=9), STILL_RETRY_MS)
    assert gate.still


def test_a_moved_picture_is_tried_at_once(scenes: ModuleType) -> None:
    gate = FrameGate()
    gate.wants(scenes.desk(scenes.qr(CODE)), 0)
    assert gate.wants(scenes.desk(scenes.qr(CODE), angle=20), 10)
    assert not gate.still


def test_a_picture_that_comes_back_is_tried_at_once(scenes: ModuleType) -> None:
    gate = FrameGate()
    gate.wants(scenes.desk(scenes.qr(CODE)), 0)
    gate.wants(scenes.desk(None), 10)
    assert gate.wants(scenes.desk(scenes.qr(CODE)), 20)


@pytest.mark.parametrize("shape", [(1, 1), (3, 3000), (3000, 3)])
def test_odd_frames(shape: tuple[int, int]) -> None:
    assert not FrameGate().wants(np.full(shape, 7, np.uint8), 0)


def test_a_code_held_before_the_camera_is_one_scan() -> None:
    repeats = Repeats()
    news = [ms for ms in range(0, 10_000, 500) if repeats.is_new(Scan("A"), ms)]
    assert news == [0]
    assert not repeats.is_new(Scan("A"), 9500 + REPEAT_MS - 1)
    assert repeats.is_new(Scan("A"), 9500 + 2 * REPEAT_MS)
    assert repeats.is_new(Scan("B"), 9500)


def test_repeats_are_bounded() -> None:
    repeats = Repeats()
    for n in range(1000):
        repeats.is_new(Scan(str(n)), n)
    assert len(repeats._seen_ms) == REMEMBERED_MAX


# --- worker -------------------------------------------------------------------------------------------------


def test_worker_says_a_scan_once_and_gives_a_sign_of_life(scenes: ModuleType) -> None:
    said: list[dict[str, object]] = []
    clock = Clock()
    worker = CameraWorker(said.append, clock)
    for _ in range(20):
        worker.look(scenes.desk(scenes.linear("code128", CODE), noise=3))
        clock.s += 0.5
    worker.look(None)
    texts = [line["text"] for line in said if "text" in line]
    states = [line for line in said if "state" in line]
    assert texts == [CODE]
    assert [line["state"] for line in states] == ["ok"] * 3  # at 0, 5 and 10 seconds
    assert states[-1]["frames"] == 20
    assert states[-1]["tried"] == 10  # a still picture: each second


def test_worker_tells_of_a_source_that_fails_once() -> None:
    said: list[dict[str, object]] = []
    worker = CameraWorker(said.append, Clock())
    for _ in range(3):
        worker.tell("device_unreachable", "gone")
    worker.look(None)
    assert [line["state"] for line in said] == ["device_unreachable", "ok"]


# --- sources ------------------------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "POLL_S", 0.0)


@pytest.mark.usefixtures("quick")
def test_new_pictures_of_a_folder_are_frames_in_order(tmp_path: Path) -> None:
    png(np.full((10, 10), 1, np.uint8), tmp_path / "old.png")
    source = frames_from(str(tmp_path))
    assert next(source) is None
    for value in (2, 3):
        png(np.full((10, 10), value, np.uint8), tmp_path / f"{9 - value}.png")
    got = [frame for frame in islice(source, 4) if frame is not None]
    assert [int(frame[0, 0]) for frame in got] == [2, 3]
    png(np.full((10, 10), 4, np.uint8), tmp_path / "6.png")  # written again: a new frame
    assert [int(f[0, 0]) for f in islice(source, 3) if f is not None] == [4]


@pytest.mark.usefixtures("quick")
def test_a_picture_still_being_written_is_read_when_whole(tmp_path: Path) -> None:
    source = frames_from(f"file://{tmp_path}")
    assert next(source) is None
    _, data = cv2.imencode(".png", np.full((50, 50), 5, np.uint8))
    (tmp_path / "a.png").write_bytes(data.tobytes()[:40])
    assert list(islice(source, 3)) == [None] * 3
    (tmp_path / "a.png").write_bytes(data.tobytes())
    frame = next(source)
    assert frame is not None
    assert frame[0, 0] == 5


@pytest.mark.usefixtures("quick")
def test_from_start_and_strange_files(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / ".hidden.png").write_text("x")
    (tmp_path / "folder").mkdir()
    png(np.full((10, 10), 1, np.uint8), tmp_path / "old.png")
    assert sum(frame is not None for frame in islice(frames_from(str(tmp_path), from_start=True), 5)) == 1


@pytest.mark.usefixtures("quick")
def test_a_folder_that_goes_away(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    source = frames_from(str(folder))
    next(source)
    folder.rmdir()
    with pytest.raises(Rejected) as refusal:
        next(source)
    assert refusal.value.code == "device_unreachable"


def test_a_video_ends(tmp_path: Path) -> None:
    path = video(tmp_path / "v.avi", [np.full((64, 64), v, np.uint8) for v in (0, 120, 240)])
    values = [int(f[0, 0]) for f in frames_from(str(path), fast=True) if f is not None]
    assert np.allclose(values, [0, 120, 240], atol=4)


@pytest.mark.parametrize("name", ["none", "none.mp4", "text.mp4", "picture.png"])
def test_no_source(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    (tmp_path / "picture.png").write_text("no folder")
    with pytest.raises(Rejected) as refusal:
        next(frames_from(str(tmp_path / name)))
    assert refusal.value.code == "device_unreachable"


def test_a_camera_that_is_not_there() -> None:
    with pytest.raises(Rejected) as refusal:
        next(frames_from("v4l2:///dev/video97"))
    assert refusal.value.code == "device_unreachable"


def test_watch_opens_a_failed_source_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "RETRY_S", 0.0)
    said: list[dict[str, object]] = []
    opened = 0

    def open_source() -> Iterator[Grey | None]:
        nonlocal opened
        opened += 1
        if opened < 3:
            raise Rejected("device_unreachable", "not yet")
        yield None

    camera.watch(CameraWorker(said.append, Clock()), open_source)
    assert [line["state"] for line in said] == ["device_unreachable", "ok"]
    assert opened == 3


# --- process ------------------------------------------------------------------------------------------------


def test_the_process_reads_a_video(scenes: ModuleType, tmp_path: Path) -> None:
    empty = scenes.desk(None, noise=5)
    shown = [scenes.desk(scenes.linear("code128", CODE), angle=a, blur=0.8, noise=4) for a in (-6, -3, 0, 3)]
    path = video(tmp_path / "v.avi", [empty, empty, *shown, empty])
    command = [sys.executable, "-m", "kiosk.scanning.camera", "--source", str(path), "--fast"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(x["text"], x["symbology"]) for x in lines if "text" in x] == [(CODE, "code128")]


def test_the_reader_gets_scans_of_a_folder_from_the_process(scenes: ModuleType, tmp_path: Path) -> None:
    came, ready = Event(), Event()
    inbox = ScanInbox(came.set)
    states: list[DeviceState] = []

    def state(told: DeviceState) -> None:
        states.append(told)
        ready.set()

    reader = CameraReader("camera-1", camera_command(str(tmp_path)), inbox, state)
    reader.start()
    try:
        assert ready.wait(PATIENCE_S)
        png(scenes.desk(scenes.qr("Hồ sơ mẫu")), tmp_path / "a.png")
        assert came.wait(PATIENCE_S)
    finally:
        reader.stop()
    assert [(a.scan, a.device) for a in inbox.drain()] == [(Scan("Hồ sơ mẫu", Symbology.QR), "camera-1")]
    assert states == [DeviceState("camera-1")]
    assert not reader._thread.is_alive()


@pytest.mark.parametrize("script", ["raise SystemExit(3)", "import time; time.sleep(60)"])
def test_a_process_that_dies_or_hangs_is_told_and_started_again(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.scanning.camera_reader.RETRY_S", (0.0,))
    told = Event()
    states: list[str | None] = []

    def state(new: DeviceState) -> None:
        states.append(new.code)
        told.set()

    reader = CameraReader("camera-1", [sys.executable, "-c", script], ScanInbox(), state, silent_s=0.2)
    reader.start()
    try:
        assert told.wait(PATIENCE_S)
    finally:
        reader.stop()
    assert states == ["device_unreachable"]


def test_rubbish_lines_are_counted(tmp_path: Path) -> None:
    came = Event()
    inbox = ScanInbox(lambda: came.set() if len(inbox._waiting) == 2 else None)
    lines = ["no json", '{"text": 5}', '{"text": "a\\u0000b"}', '{"text": "A1", "symbology": "morse"}']
    script = tmp_path / "camera.py"
    script.write_text(f"import time\nfor x in {lines!r}: print(x, flush=True)\ntime.sleep(60)\n")
    reader = CameraReader("camera-1", [sys.executable, str(script)], inbox)
    reader.start()
    try:
        assert came.wait(PATIENCE_S)
    finally:
        reader.stop()
    assert inbox.drain()[-1].scan == Scan("A1")
    assert inbox.bad == 3


def test_no_camera_process_outlives_a_killed_kiosk(tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from kiosk.scanning.camera_reader import CameraReader, camera_command\n"
        "from kiosk.scanning.inbox import ScanInbox\n"
        "reader = CameraReader('camera-1', camera_command(sys.argv[1]), ScanInbox(),\n"
        "                      lambda state: print(reader._child.pid, flush=True))\n"
        "reader.start()\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as kiosk:
        assert kiosk.stdout is not None
        child = Path("/proc") / kiosk.stdout.readline().strip()
        assert b"kiosk.scanning.camera" in (child / "cmdline").read_bytes()
        kiosk.kill()
    end = time.monotonic() + PATIENCE_S
    while child.exists() and "zombie" not in (child / "status").read_text():
        assert time.monotonic() < end
        time.sleep(0.01)
