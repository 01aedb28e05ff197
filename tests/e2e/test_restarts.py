"""Any process of a running office is killed: it comes back alone, and no ticket is lost or given twice."""

import json
import os
import signal
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from PIL import Image

from runtime.supervisor.guard import marked
from tests.support.e2e_eyes import coloured, read_number, yellow
from tests.support.e2e_office import GUARD, E2eOffice, alive, launch, office_file, running, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

LIMIT_S = 40.0
VICTIMS = ("server", "broker", "kiosk-1", "board-1", "signs-1", "bridge-1", "printer-1")
MEANWHILE = 6  # tickets taken while a process is dead
BOARD_GLYPH_PX = 120


@dataclass
class Shift:
    """An office and every ticket that somebody holds: command id → what the server answered."""

    office: E2eOffice
    held: dict[str, dict[str, str]] = field(default_factory=dict)

    def take(self, service: str) -> str:
        """A ticket; its number. Asked for with one id until there is an answer, as a kiosk does."""
        command_id = str(uuid.uuid4())
        self.held[command_id] = self.office.issue(service, command_id)
        return self.held[command_id]["number"]

    def act(self, verb: str) -> dict[str, str] | None:
        """The clerk at counter 1; the ticket."""
        body = {"id": str(uuid.uuid4())}
        return dict(self.office.insist(f"/api/v1/counters/1/{verb}", body, "clerk"))["ticket"]

    def check_all_held(self) -> None:
        """Every acknowledged ticket is there under its token with its number, asked again it is the same, and no
        number was given twice."""
        numbers = [ticket["number"] for ticket in self.held.values()]
        assert len(set(numbers)) == len(numbers) > 0
        for command_id, ticket in self.held.items():
            found = self.office.ask("GET", f"/api/v1/tickets/{ticket['token']}").json()["ticket"]
            assert found["number"] == ticket["number"]
            again = self.office.issue(ticket["number"][0], command_id)
            assert (again["number"], again["token"]) == (ticket["number"], ticket["token"])


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shift]:
    folder = tmp_path_factory.mktemp("restarts")
    file = office_file(folder / "office", {'output = "auto"': 'output = "file"'})
    with running(file, folder / "data", "--headless") as office:
        yield Shift(office)


def on_board(office: E2eOffice) -> str:
    """Number and counter in the big letters of the board's own picture."""
    with Image.open(office.data / "screens" / "board.png") as shot:
        spotlight = shot.convert("RGB").crop((0, 0, shot.width, round(shot.height * 0.46)))
    return read_number(coloured(spotlight, yellow), BOARD_GLYPH_PX)


def on_sign(office: E2eOffice) -> str:
    return str(json.loads((office.data / "signs" / "sign-1.json").read_text())["text"])


def comes_back_alone(office: E2eOffice, victim: str) -> None:
    """kill -9; the same process and no other is a new one, and `up` said that it is ready."""
    before, heard = office.processes(), len(office.said)
    os.kill(before[victim], signal.SIGKILL)

    def back() -> bool:
        return f"motcua: {victim} is ready" in office.said[heard:] and victim in office.processes()

    wait_until(back, LIMIT_S, f"the return of {victim}")
    after = office.processes()
    assert after.pop(victim) != before.pop(victim)
    assert after == before
    assert [line.split()[1] for line in office.said[heard:] if " died " in line] == [victim]


def device_state(office: E2eOffice, device: str) -> str:
    rows = office.ask("GET", "/api/v1/devices", "manager").json()["devices"]
    return next((str(row["state"]) for row in rows if row["device"] == device), "")


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_killed_process_comes_back_and_the_office_goes_on(shift: Shift, victim: str) -> None:
    office = shift.office
    shift.office.token("device")
    visitors = threading.Thread(target=lambda: [shift.take("C") for _ in range(MEANWHILE)])
    visitors.start()
    comes_back_alone(office, victim)
    visitors.join(LIMIT_S)
    assert not visitors.is_alive()

    number = shift.take("A")
    called = shift.act("call-next")
    assert called is not None
    assert called["number"] == number, "the counter's own service goes first"
    wait_until(lambda: on_sign(office) == f"{number}<1", LIMIT_S, f"{number} on its sign")
    wait_until(lambda: on_board(office) == f"{number}1", LIMIT_S, f"{number} on the board")
    wait_until(lambda: device_state(office, "printer-1") == "ok", LIMIT_S, "a printer that is fine")
    shift.act("start")
    shift.act("finish")
    shift.check_all_held()


def test_a_button_works_after_its_bridge_was_killed(shift: Shift) -> None:
    comes_back_alone(shift.office, "bridge-1")
    number = shift.take("A")
    wait_until(lambda: device_state(shift.office, "buttons-1") == "ok", LIMIT_S, "the keypads")
    assert shift.office.hand("buttons-1", "press 1") == "ok"
    wait_until(lambda: on_sign(shift.office) == f"{number}<1", LIMIT_S, "the call on its sign")
    shift.act("finish")


def test_a_killed_up_leaves_nobody_and_the_next_one_has_every_ticket(shift: Shift) -> None:
    first = shift.office
    waiting = shift.take("E")
    mark, children = first.mark(), first.processes()
    assert set(children.values()) - {children[GUARD]} <= set(marked(mark))
    first.process.kill()
    first.process.wait(LIMIT_S)
    wait_until(lambda: marked(mark) == [], LIMIT_S, "the end of every process of the run")
    wait_until(lambda: not any(map(alive, children.values())), LIMIT_S, "the end of the guard")
    with pytest.raises(httpx.TransportError):
        first.ask("GET", "/healthz")

    shift.office = launch(first.file, first.data, "--headless")
    shift.office.tokens = first.tokens  # they are still good, and a command id belongs to the holder of its token
    try:
        shift.check_all_held()
        body = {"id": str(uuid.uuid4())}
        called = shift.office.insist("/api/v1/counters/4/call-next", body, "clerk")["ticket"]
        assert called["number"] == waiting
        numbers = {ticket["number"] for ticket in shift.held.values()}
        assert shift.take("E") not in numbers
        assert no_half_file(first.data) == []
    finally:
        assert shift.office.stop() == 0


def no_half_file(data: Path) -> list[Path]:
    """Files that were being written and never got their name (the running office may own a fresh one)."""
    return [
        path for part in ("printed", "spoken", "voices", "secrets", "spool") for path in (data / part).rglob("*.new")
    ]
