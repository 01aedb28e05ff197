"""The real kiosk process: a window under Xvfb, touched by xdotool; a broker; a stand-in for the queue server."""

import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from contracts.messages.common import ErrorReply
from contracts.messages.devices import HealthState, Heartbeat
from contracts.messages.replies import Reply
from runtime.clock import to_ms
from runtime.endpoints import write_endpoints
from runtime.mqtt import Inbound, Subscription
from tests.support.broker import Mosquitto, Peer, mosquitto, wait_until
from tests.support.kiosk_pictures import SAMPLE, dossier, issued, services
from tests.support.kiosk_process import BRAND, GOOD, WARN, Glass, kiosk, printer, xvfb

pytestmark = pytest.mark.e2e

CODE = dossier().code
SETTLE_S = 0.5  # a screen that just came up takes no touch yet: it was meant for the one before


class FakeServer:
    """Beats, owns the services snapshot, answers commands; `silent` makes it deaf."""

    def __init__(self, broker: Mosquitto) -> None:
        rows = [Subscription(name) for name in ("cmd.issue", "cmd.lookup-dossier", "health")]
        self.peer: Peer = broker.link("server", *rows)
        self.silent = False
        self.drop_replies = 0
        self.commands: list[Inbound] = []
        self.tickets: dict[str, Reply] = {}
        self._stop = threading.Event()
        self._seen = 0
        self.peer.link.own("services", services())
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        beat_s = 0.0
        while not self._stop.wait(0.01):
            if self.silent:
                continue
            if time.monotonic() - beat_s >= 1:
                beat_s = time.monotonic()
                now = datetime.now(UTC)
                self.peer.link.publish("heartbeat", Heartbeat(now, to_ms(now), services().version))
            arrived = self.peer.messages[self._seen :]
            self._seen += len(arrived)
            for inbound in arrived:
                if inbound.spec.name.startswith("cmd."):
                    self._answer(inbound)

    def _answer(self, inbound: Inbound) -> None:
        self.commands.append(inbound)
        message, now = inbound.message, datetime.now(UTC)
        if inbound.spec.name == "cmd.issue":
            number = f"{message.service}{len(self.tickets) + 15:03d}"
            ticket = issued(number=number, service=message.service, priority=message.priority, lang=message.lang)
            reply = Reply(id=message.id, verb="issue", ok=True, at=now, issued=ticket)
            reply = self.tickets.setdefault(message.id, reply)
        elif message.code == CODE:
            reply = Reply(id=message.id, verb="lookup-dossier", ok=True, at=now, dossier=dossier())
        else:
            reply = Reply(id=message.id, verb="lookup-dossier", ok=False, at=now, error=ErrorReply("dossier_unknown"))
        if self.drop_replies > 0:
            self.drop_replies -= 1
            return
        self.peer.link.publish("reply", reply, user=inbound.params["user"])


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path / "data") as running:
        yield running


@pytest.fixture
def server(broker: Mosquitto) -> Iterator[FakeServer]:
    fake = FakeServer(broker)
    yield fake
    fake.stop()


CARD_A = (0.25, 0.2)
VERDICT = (0.03 + 0.02, 0.16)


@pytest.mark.skipif(not shutil.which("Xvfb") or not shutil.which("xdotool"), reason="needs xvfb and xdotool")
def test_touches_scans_and_paper(broker: Mosquitto, server: FakeServer, tmp_path: Path) -> None:
    with xvfb(tmp_path) as display, printer(tmp_path) as (url, out):
        write_endpoints(broker.data, {"printer-1": url})
        glass = Glass(display, tmp_path)
        with kiosk(broker, tmp_path / "kiosk.log", "--window", "540x960", display=display):
            strip = (0.5, 0.9)
            wait_until(lambda: glass.shows(BRAND, 0.9, strip[1]), 20, "the first screen")
            assert server.peer.wait("health", lambda m: m.device == "printer-1").state is HealthState.OK
            time.sleep(SETTLE_S)

            server.drop_replies = 1  # the first answer is lost: the retry must not make a second ticket
            for _ in range(2):
                glass.touch(*CARD_A)
            wait_until(lambda: glass.shows(GOOD, 0.7, 0.845), 15, "the news that the ticket is printed")
            assert len(server.tickets) == 1
            assert [c.message.service for c in server.commands[:2]] == ["A", "A"]
            wait_until(lambda: bool(list(out.glob("*.txt"))), what="the text of the printed ticket")
            assert [file.suffix for file in sorted(out.iterdir())] == [".png", ".txt"], "one ticket"
            assert "A015" in next(out.glob("*.txt")).read_text()

            glass.type(CODE)
            wait_until(lambda: glass.shows(GOOD, *VERDICT), 10, "the verdict about the scanned dossier")
            assert server.commands[-1].message.code == CODE
            glass.type("H00.12-261019-9999")
            wait_until(lambda: glass.shows(WARN, 0.45, 0.36), 10, "the notice about an unknown dossier")

            server.silent = True
            time.sleep(SETTLE_S)
            glass.touch(0.5, 0.9)
            wait_until(lambda: not glass.shows(BRAND, 0.9, strip[1]), 20, "the screen of a lost server")
            server.silent = False
            wait_until(lambda: glass.shows(BRAND, 0.9, strip[1]), 20, "the first screen again")


def test_headless_keeps_a_picture_that_never_shows_a_visitor(
    broker: Mosquitto, server: FakeServer, tmp_path: Path
) -> None:
    control, link = tmp_path / "scan.sock", tmp_path / "scanner"
    scanner = subprocess.Popen(
        [sys.executable, "-m", "kiosk.scanning.simulator", "--link", str(link), "--control", str(control)]
    )
    try:
        wait_until(link.exists, what="the scanner")
        write_endpoints(broker.data, {"scanner-1": f"serial://{link}?baud=9600"})
        picture = broker.data / "screens" / "kiosk.png"
        with kiosk(broker, tmp_path / "kiosk.log", "--headless"):
            wait_until(picture.exists, 20, "the picture")
            wait_until(lambda: _colour(picture, 0.9, 0.9) == BRAND, 20, "the first screen in the picture")
            before = picture.read_bytes()
            server.peer.wait("health", lambda m: m.device == "scanner-1" and m.state is HealthState.OK)
            _say(control, CODE)
            wait_until(lambda: any(c.spec.name == "cmd.lookup-dossier" for c in server.commands), what="the look-up")
            time.sleep(2.5)
            assert Image.open(picture).size == (1080, 1920)
            assert picture.read_bytes() == before, "the neutral first screen stays while a dossier is on the glass"
    finally:
        scanner.terminate()
        scanner.wait()


def test_a_wrong_id_is_a_coded_line(broker: Mosquitto) -> None:
    command = [sys.executable, "-m", "kiosk", "--id", "kiosk-9", "--office", str(SAMPLE), "--broker", broker.url]
    ended = subprocess.run([*command, "--data", str(broker.data), "--headless"], capture_output=True, text=True)
    assert ended.returncode == 2
    assert "motcua: error[unauthorised]" in ended.stderr or "motcua: error[unknown_device]" in ended.stderr
    assert "Traceback" not in ended.stderr


def _colour(path: Path, x: float, y: float) -> tuple[int, ...]:
    with Image.open(path) as image:
        return tuple(image.convert("RGB").getpixel((round(x * image.width), round(y * image.height))))


def _say(control: Path, text: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(text.encode(), str(control))
