"""The simulator as a process: files, orders, several senders, limits, its end."""

import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from kiosk.printing.escpos import raster_job, text_job
from kiosk.printing.layout import Paper, render
from kiosk.printing.port import Delivery, open_printer
from kiosk.printing.simulator.server import CONNECTIONS_MAX
from tests.support.printers import Simulator, running_simulator, wait_until
from tests.support.tickets import ENGLISH, FULL, ticket


@pytest.fixture
def sim(tmp_path: Path) -> Iterator[Simulator]:
    with running_simulator(tmp_path) as simulator:
        yield simulator


def test_a_ticket_becomes_a_picture_and_a_text_with_the_number(sim: Simulator) -> None:
    open_printer(sim.url).print(raster_job(render(FULL)))
    (text,) = sim.wait_for("*.txt", 1)
    lines = text.read_text().splitlines()
    assert "A027" in lines
    assert FULL.qr_url in lines
    assert lines.index("A027") < lines.index(FULL.qr_url or "")
    assert any("22/11/2026" in line and "09:41" in line for line in lines)
    picture = Image.open(text.with_suffix(".png"))
    assert (picture.mode, picture.width) == ("1", 576)
    assert text.stem.endswith("Z-0001")
    assert not list(sim.out.glob("*.new"))


def test_a_typed_ticket_keeps_its_bytes(sim: Simulator) -> None:
    open_printer(sim.url).print(text_job(ENGLISH))
    (text,) = sim.wait_for("*.txt", 1)
    assert text.read_text().splitlines()[:4] == [
        "Binh An Commune Public Service Centre (sample)",
        "22/11/2026 09:41",
        "Number",
        "C100",
    ]


def test_senders_at_the_same_time_get_a_ticket_each(sim: Simulator) -> None:
    numbers = [f"A{n:03d}" for n in range(1, 7)]

    def send(number: str) -> Delivery:
        return open_printer(sim.url).print(text_job(ticket(number=number)))

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(send, numbers)) == {Delivery.PROVEN}
    texts = [path.read_text().splitlines() for path in sim.wait_for("*.txt", 6)]
    assert sorted(n for lines in texts for n in numbers if n in lines) == numbers


def test_a_held_job_comes_out_when_the_paper_is_back(sim: Simulator) -> None:
    assert sim.order("paper out") == "ok"
    with socket.create_connection(("127.0.0.1", sim.port)) as sender:
        sender.sendall(text_job(ENGLISH))
    time.sleep(0.2)
    assert not list(sim.out.glob("*.png"))
    sim.order("ok")
    sim.wait_for("*.png", 1)


def test_bad_orders_are_answered_and_change_nothing(sim: Simulator) -> None:
    assert sim.order("explode").startswith("error[malformed]: unknown order 'explode'")
    assert sim.order("x" * 5000).startswith("error[malformed]")
    assert open_printer(sim.url).status().prints


def test_noise_and_too_many_connections_do_not_stop_it(sim: Simulator) -> None:
    held = [socket.create_connection(("127.0.0.1", sim.port)) for _ in range(CONNECTIONS_MAX)]
    for sender in held:
        sender.sendall(bytes(range(256)) * 8)
    with socket.create_connection(("127.0.0.1", sim.port)) as extra:
        extra.settimeout(5)
        assert extra.recv(1) == b""
    for sender in held:
        sender.close()
    wait_until(lambda: open_printer(sim.url).status().prints)


def test_narrow_paper(tmp_path: Path) -> None:
    with running_simulator(tmp_path, "--width", "384") as sim:
        open_printer(sim.url + "?width=384").print(raster_job(render(ticket(number="C011"), Paper.MM58)))
        (text,) = sim.wait_for("*.txt", 1)
        assert "C011" in text.read_text().splitlines()


def test_it_ends_on_sigterm_reads_what_waits_and_takes_its_socket_along(sim: Simulator) -> None:
    assert stat.S_ISSOCK(sim.control.stat().st_mode)
    open_printer(sim.url).print(raster_job(render(FULL)))
    sim.process.terminate()
    assert sim.process.wait(10) == 0
    assert not sim.control.exists()
    assert len(list(sim.out.glob("*.txt"))) == 1


def test_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    for count in (1, 2):
        with running_simulator(tmp_path) as sim:
            open_printer(sim.url).print(text_job(ENGLISH))
            names = [path.stem[-4:] for path in sim.wait_for("*.txt", count)]
    assert names == ["0001", "0002"]


def _run(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "kiosk.printing.simulator", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=30)


def test_a_taken_port_and_an_unwritable_tray(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = _run("--port", str(taken.getsockname()[1]), "--out", str(tmp_path))
    assert (done.returncode, "error[port_in_use]" in done.stderr) == (1, True)
    (tmp_path / "file").write_text("x")
    done = _run("--port", "0", "--out", str(tmp_path / "file" / "tray"))
    assert (done.returncode, "error[data_unwritable]" in done.stderr) == (1, True)
    assert _run("--port", "0").returncode == 2
