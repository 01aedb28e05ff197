"""A real kiosk whose server goes: a finger on the glass, a lent number on paper, and in the queue when it is back."""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from contracts.messages.common import TicketState
from queue_server.adapters.dossiers import OfficeDossiers
from queue_server.adapters.fresh import SystemFresh
from queue_server.adapters.mqtt import MqttDoor
from queue_server.adapters.store import OfficeStore, SqlDossiers
from queue_server.application.live import LiveOffice
from queue_server.domain.estimates import SharedWork
from queue_server.domain.model import OfficeState
from runtime.clock import Clock
from runtime.config import load_office
from runtime.endpoints import write_endpoints
from tests.support.broker import Mosquitto, mosquitto, wait_until
from tests.support.kiosk_process import BRAND, GOOD, SIZE, Glass, kiosk, printer, xvfb
from tests.support.offices import SAMPLE

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not shutil.which("Xvfb") or not shutil.which("xdotool"), reason="needs xvfb and xdotool"),
]

CARD_A, SCAN_STRIP, PAPER_BAND = (0.25, 0.26), (0.9, 0.9), (0.7, 0.845)
SETTLE_S = 0.6


@contextmanager
def server(broker: Mosquitto) -> Iterator[LiveOffice]:
    """A live office with its heartbeat, on the database of this folder."""
    office, clock, database = load_office(SAMPLE), Clock(), broker.data / "db" / "office.sqlite"
    store, dossiers = OfficeStore(database, clock.wall_ms()), SqlDossiers(database)
    door = MqttDoor(broker.broker("server"), office, clock)
    lookup = OfficeDossiers(office, dossiers)
    live = LiveOffice(office, store, door, lookup, SharedWork(), SystemFresh(), clock, lambda why: None)
    live.start()
    door.serve(live)
    ending = threading.Event()

    def beat() -> None:
        while not ending.wait(0.5):
            door.beat()

    heart = threading.Thread(target=beat)
    heart.start()
    try:
        yield live
    finally:
        ending.set()
        heart.join()
        live.stop()
        door.stop()
        dossiers.close()
        store.close()


def state(live: LiveOffice) -> OfficeState:
    return live._writer.state


def printed(out: Path) -> list[str]:
    """What stands on the papers, oldest first."""
    return [file.read_text() for file in sorted(out.glob("*.txt"))]


def test_a_finger_a_lent_number_on_paper_and_in_the_queue_when_the_server_is_back(tmp_path: Path) -> None:
    with mosquitto(tmp_path / "data") as broker, xvfb(tmp_path) as display, printer(tmp_path) as (url, out):
        write_endpoints(broker.data, {"printer-1": url})
        glass = Glass(display, tmp_path)
        window = f"{SIZE[0]}x{SIZE[1]}"
        with server(broker), kiosk(broker, tmp_path / "kiosk.log", "--window", window, display=display):
            wait_until(lambda: glass.shows(BRAND, *SCAN_STRIP), 30, "the first screen")
            wait_until(lambda: lent(broker.data), 20, "blocks in the spool")
        with kiosk(broker, tmp_path / "kiosk-2.log", "--window", window, display=display):  # starts without a server
            wait_until(lambda: glass.shows(BRAND, *SCAN_STRIP), 30, "the first screen without a server")
            time.sleep(SETTLE_S)
            glass.touch(*CARD_A)
            wait_until(lambda: glass.shows(GOOD, *PAPER_BAND), 15, "the news that the ticket is printed")
            wait_until(lambda: len(printed(out)) == 1, what="the paper")
            assert "A970" in printed(out)[0]
            assert "chưa thấy gọi" in printed(out)[0], "what to do with an offline ticket"
            with server(broker) as live:
                wait_until(lambda: "A970" in state(live).by_number, 30, "the hand-over")
                ticket = state(live).tickets[state(live).by_number["A970"]]
                assert (ticket.state, ticket.offline, len(state(live).tickets)) == (TicketState.WAITING, True, 1)


def lent(data: Path) -> bool:
    """True when the kiosk's spool has blocks."""
    log = data / "spool" / "kiosk-1.sqlite-wal"
    return log.exists() and b'"service":"A"' in log.read_bytes()
