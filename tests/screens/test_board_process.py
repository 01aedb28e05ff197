"""`motcua board` as a process: a real window without a display, a real Mosquitto, its own pixels."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from contracts.messages.common import Version
from contracts.messages.devices import Heartbeat
from contracts.topics import topic
from runtime.mqtt import Subscription
from tests.support.board_fakes import OFFICE_FILE, busy_snapshot, call, event, row, snapshot
from tests.support.broker import Mosquitto, Peer, mosquitto, wait_until
from tests.support.environment import clean

pytestmark = pytest.mark.screens

START_S = 30.0
NUMBER = (60, 200, 900, 440)  # of the large call on 1920x1080
AMBER = (0xFF, 0xC9, 0x33)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path) as running:
        yield running


@contextmanager
def board(
    broker: Mosquitto, *options: str, headless: bool = True, **environment: str
) -> Iterator["subprocess.Popen[bytes]"]:
    command = [
        sys.executable, "-m", "displays.tv", "--id", "board-1", "--office", str(OFFICE_FILE), "--broker", broker.url,
        "--data", str(broker.data), *(["--headless"] if headless else []), *options,
    ]  # fmt: skip
    env = clean(**environment)
    with (broker.data / "board.log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log, env=env)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                assert process.wait(10) == 0


def rss_mb(pid: int) -> int:
    return int(Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()[0]) // 1024


def drawn(server: Peer, seq: int) -> None:
    server.wait("display", lambda m: m.version.seq >= seq, limit_s=START_S)


def picture(data: Path) -> Image.Image:
    path = data / "screens" / "board.png"
    wait_until(path.exists, START_S, "board.png")
    return Image.open(path).convert("RGB")


def read(image: Image.Image) -> str:
    """The large number as an outsider reads it: dark on white, tesseract."""
    ink = np.abs(np.asarray(image.crop(NUMBER)).astype(int) - np.array(AMBER)).max(axis=2) < 60
    clean = Image.fromarray(np.where(ink, 0, 255).astype(np.uint8)).resize((420, 120))
    framed = Image.new("L", (520, 220), 255)
    framed.paste(clean, (50, 50))
    command = ["tesseract", "-", "-", "--psm", "7", "-c", "tessedit_char_whitelist=ABCEFHLSU0123456789"]
    buffer = io.BytesIO()
    framed.save(buffer, "PNG")
    return subprocess.run(command, input=buffer.getvalue(), capture_output=True, check=True).stdout.decode().strip()


@pytest.mark.skipif(not shutil.which("tesseract"), reason="tesseract-ocr is not installed")
def test_a_call_reaches_the_boards_own_pixels(broker: Mosquitto) -> None:
    server = broker.link("server", Subscription("display"))
    server.link.own("board", busy_snapshot(10, newest_ago_s=300))
    with board(broker):
        drawn(server, 10)
        wait_until(lambda: read(picture(broker.data)) == "C112", 10, "C112 on the picture")
        server.link.own("board", snapshot(11, calls=(call("E208", 4),), rows=(row(4, "E208"),)))
        drawn(server, 11)
        wait_until(lambda: read(picture(broker.data)) == "E208", 10, "E208 on the picture")
    assert not list((broker.data / "screens").glob("*.new"))


def test_it_heals_after_the_broker_died_and_ends_cleanly(broker: Mosquitto) -> None:
    server = broker.link("server", Subscription("display"), Subscription("presence"))
    server.link.own("board", snapshot(10))
    with board(broker, "--window", "640x360") as process:
        drawn(server, 10)
        assert picture(broker.data).size == (640, 360)
        broker.kill()
        broker.start()
        wait_until(lambda: server.link.connected, what="the server's link")
        server.link.own("board", snapshot(12))
        drawn(server, 12)
        assert process.poll() is None
    server.wait("presence", lambda m: m.user == "board-1" and m.state == "offline")


def test_rubbish_on_every_topic_changes_nothing(broker: Mosquitto) -> None:
    server = broker.link("server", Subscription("display"))
    server.link.own("board", snapshot(10))
    with board(broker, "--window", "640x360") as process:
        drawn(server, 10)
        client, office = server.link._client, broker.office
        for name in ("board", "call", "heartbeat"):
            for payload in (b"\xff\x00", b"{}", b"[]", b'{"version":{"epoch":"x"}}', b"0" * 70_000):
                client.publish(topic(name, office=office), payload, 1)
        server.link.publish("heartbeat", Heartbeat(datetime.now(UTC), int(time.time() * 1000), Version(1, 10)))
        server.link.own("board", snapshot(11))
        drawn(server, 11)
        assert process.poll() is None
    lines = [json.loads(x) for x in (broker.data / "board.log").read_text().splitlines() if x.startswith("{")]
    assert {line["code"] for line in lines if line["event"] == "rejected"} == {"malformed", "too_large"}


@pytest.mark.skipif(not (shutil.which("Xvfb") and shutil.which("import")), reason="Xvfb, imagemagick not installed")
def test_it_fills_a_display_that_has_no_window_manager(broker: Mosquitto) -> None:
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "800x480x24", "-nolisten", "tcp"]
    xvfb = subprocess.Popen(command, stderr=subprocess.DEVNULL, pass_fds=[writing])
    try:
        display = f":{os.read(reading, 20).decode().strip()}"
        server = broker.link("server", Subscription("display"))
        server.link.own("board", busy_snapshot(10))
        with board(broker, headless=False, DISPLAY=display):
            drawn(server, 10)
            grab = ["import", "-display", display, "-window", "root", "png:-"]
            shot = subprocess.run(grab, capture_output=True, check=True).stdout
    finally:
        xvfb.terminate()
        xvfb.wait(10)
        os.close(reading)
        os.close(writing)
    whole = Image.open(io.BytesIO(shot)).convert("RGB")
    surface = (0x13, 0x29, 0x4B)
    assert whole.size == (800, 480)
    for corner in ((4, 20), (795, 20), (4, 460), (795, 460)):  # 800x480 is not 16:9: bars of 15 px above and below
        assert np.abs(np.array(whole.getpixel(corner)) - surface).max() <= 4, corner
    assert not (broker.data / "screens").exists()


def test_a_day_of_calls_does_not_fill_the_memory(broker: Mosquitto) -> None:
    """Unfinished off-screen frames once took 5 MB each."""
    server = broker.link("server", Subscription("display"))
    server.link.own("board", snapshot(1))
    with board(broker) as process:
        drawn(server, 1)
        before_mb = 0
        for seq in range(2, 52):
            made = call(f"A{seq:03d}", seq % 8 + 1, ago_s=-seq)
            rows = (row(seq % 8 + 1, made.number),)
            server.link.own("board", snapshot(seq, calls=(made,), rows=rows, day=f"day {seq}"))  # no dwell between days
            drawn(server, seq)
            before_mb = before_mb or (rss_mb(process.pid) if seq == 20 else 0)
        assert rss_mb(process.pid) - before_mb < 50


def test_with_signs_the_same_process_decides_the_signs(broker: Mosquitto) -> None:
    server = broker.link("server", Subscription("display"))
    bridge = broker.link("bridge-1", Subscription("sign.desired"))
    server.link.own("board", busy_snapshot(10, newest_ago_s=300))
    with board(broker, "--window", "640x360", "--signs"):
        bridge.wait("sign.desired", lambda m: (m.sign, m.text) == ("sign-3", "A045<3"), limit_s=START_S)
        server.link.publish("call", event(call("L018", 7), 11))
        bridge.wait("sign.desired", lambda m: (m.sign, m.text) == ("sign-7", "L018>7") and m.blink > 0)
