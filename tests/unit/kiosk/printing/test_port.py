"""Printer ports against real ends: the simulator on TCP, a pty, files, and nothing at all."""

import dataclasses
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest
import usb.core
from PIL import Image, ImageChops

from kiosk.printing import links
from kiosk.printing.escpos import raster_job
from kiosk.printing.layout import render
from kiosk.printing.links import PrinterFault
from kiosk.printing.port import Delivery, open_printer
from kiosk.printing.simulator.machine import Machine, obey
from kiosk.printing.status import PrinterState
from kiosk.printing.worker import job_bytes
from tests.support.printers import PtyPrinter, Simulator, running_simulator
from tests.support.tickets import FULL, dots_of, ticket


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running_simulator(tmp_path_factory.mktemp("sim")) as simulator:
        yield simulator


@pytest.fixture
def sim(shared: Simulator) -> Iterator[Simulator]:
    yield shared
    shared.order("ok")


def test_a_ticket_over_real_tcp_is_proven_and_dot_for_dot(sim: Simulator) -> None:
    picture = render(FULL)
    before = len(list(sim.out.glob("*.png")))
    assert open_printer(sim.url).print(raster_job(picture)) is Delivery.PROVEN
    newest = sorted(sim.out.glob("*.png"))[before]  # there already: the proof comes after the cut
    top = Image.open(newest).crop((0, 0, *picture.size))
    assert ImageChops.difference(top.convert("L"), picture.convert("L")).getbbox() is None


@pytest.mark.parametrize(
    ("order", "code"), [("paper out", "paper_out"), ("cover open", "cover_open"), ("offline", "printer_offline")]
)
def test_a_printer_that_cannot_print_is_not_sent_anything(sim: Simulator, order: str, code: str) -> None:
    assert sim.order(order) == "ok"
    port = open_printer(sim.url)
    assert port.status().fault_code == code
    with pytest.raises(PrinterFault) as caught:
        port.print(b"\x1b@never printed\n\x1dV\x01")
    assert (caught.value.code, caught.value.sent) == (code, False)


def test_low_paper_prints(sim: Simulator) -> None:
    sim.order("paper near-end")
    port = open_printer(sim.url)
    assert port.status().state is PrinterState.PAPER_LOW
    assert port.print(raster_job(render(FULL))) is Delivery.PROVEN


def test_a_silent_printer_is_unknown_not_ok(sim: Simulator) -> None:
    sim.order("silent")
    port = open_printer(sim.url, answer_s_max=0.3, proof_s_max=0.6)
    assert port.status().state is PrinterState.UNKNOWN
    assert port.print(raster_job(render(FULL))) is Delivery.BLIND


def test_paper_out_in_the_middle_of_a_job(sim: Simulator) -> None:
    """The precheck is answered, then the paper ends: no proof comes, the next question tells why."""
    port = open_printer(sim.url, answer_s_max=0.5, proof_s_max=5)
    faults: list[PrinterFault] = []
    with socket.create_connection(("127.0.0.1", sim.port)) as first:
        first.sendall(b"half a ticket\n")  # holds the paper, so that our job waits behind it
        first.sendall(b"\x1dr\x01")
        assert first.recv(1)
        run = threading.Thread(target=lambda: faults.append(_fault_of(port, raster_job(render(FULL)))))
        run.start()
        run.join(0.8)
        assert run.is_alive()
        sim.order("paper out")
        run.join(10)
    assert [(f.code, f.sent) for f in faults] == [("paper_out", True)]


def _fault_of(port: object, job: bytes) -> PrinterFault:
    with pytest.raises(PrinterFault) as caught:
        port.print(job)  # type: ignore[attr-defined]
    return caught.value


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, never listening: refused
        port = open_printer(f"tcp://127.0.0.1:{taken.getsockname()[1]}")
        assert port.status().state is PrinterState.OFFLINE
        assert _fault_of(port, b"x").code == "printer_offline"


def _accept_and_close(server: socket.socket) -> None:
    server.accept()[0].close()


def test_a_printer_that_hangs_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = threading.Thread(target=_accept_and_close, args=(server,))
        done.start()
        port = open_printer(f"tcp://127.0.0.1:{server.getsockname()[1]}")
        assert _fault_of(port, b"x" * 100).code == "printer_offline"
        done.join()


def test_a_printer_that_takes_no_more_bytes_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "WRITE_S_MAX", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = open_printer(f"tcp://127.0.0.1:{server.getsockname()[1]}", answer_s_max=0.1)
        fault = _fault_of(port, b"x" * 20_000_000)
    assert (fault.code, fault.sent) == ("printer_timeout", True)


@pytest.fixture
def on_pty() -> Iterator[PtyPrinter]:
    printer = PtyPrinter(Machine())
    yield printer
    printer.close()


def test_serial_raster_arrives_whole(on_pty: PtyPrinter) -> None:
    port = open_printer(f"serial://{on_pty.path}?baud=115200")
    job = job_bytes(FULL, port.url)
    assert port.status().state is PrinterState.OK
    del on_pty.received[:]
    assert port.print(job) is Delivery.PROVEN
    assert job in bytes(on_pty.received)
    start = on_pty.received.index(b"\x1b@")
    picture, _ = dots_of(bytes(on_pty.received[start : start + len(job)]))
    assert ImageChops.difference(picture.convert("L"), render(FULL).convert("L")).getbbox() is None


def test_slow_serial_line_gets_text(on_pty: PtyPrinter) -> None:
    port = open_printer(f"serial://{on_pty.path}")
    assert port.print(job_bytes(FULL, port.url)) is Delivery.PROVEN
    assert b"Con 9 nguoi truoc ong/ba" in on_pty.received
    assert len(on_pty.received) < 1000


@pytest.mark.parametrize(("order", "code"), [("paper out", "paper_out"), ("cover open", "cover_open")])
def test_serial_status(on_pty: PtyPrinter, order: str, code: str) -> None:
    on_pty.machine = obey(on_pty.machine, order)
    port = open_printer(f"serial://{on_pty.path}?baud=115200")
    assert port.status().fault_code == code
    assert _fault_of(port, b"x").code == code


def test_serial_silence_is_unknown(on_pty: PtyPrinter) -> None:
    on_pty.machine = obey(on_pty.machine, "silent")
    port = open_printer(f"serial://{on_pty.path}?baud=115200", answer_s_max=0.2)
    assert port.status().state is PrinterState.UNKNOWN


def test_a_printer_without_the_proof_is_waited_for_once(on_pty: PtyPrinter) -> None:
    on_pty.proves = False
    port = open_printer(f"serial://{on_pty.path}?baud=115200", answer_s_max=0.2, proof_s_max=0.5)
    assert port.print(b"x\n") is Delivery.HEALTHY
    assert on_pty.received.count(b"\x1dr\x01") == 1
    assert port.print(b"y\n") is Delivery.HEALTHY
    assert on_pty.received.count(b"\x1dr\x01") == 1


def test_serial_noise_is_unknown(on_pty: PtyPrinter) -> None:
    on_pty.machine = dataclasses.replace(on_pty.machine, answers=(0xFF, 0xFF, 0xFF, 0xFF))
    port = open_printer(f"serial://{on_pty.path}?baud=115200", answer_s_max=0.2)
    assert port.status().state is PrinterState.UNKNOWN


def test_serial_line_that_is_pulled_out_in_the_middle() -> None:
    printer = PtyPrinter(Machine())
    port = open_printer(f"serial://{printer.path}?baud=115200", answer_s_max=0.2)
    printer.unplug_after(100)
    fault = _fault_of(port, b"x" * 500_000)
    assert (fault.code, fault.sent) == ("printer_offline", True)


def test_serial_port_that_is_not_there() -> None:
    port = open_printer("serial:///dev/does-not-exist?baud=115200")
    assert port.status().state is PrinterState.OFFLINE
    assert _fault_of(port, b"x").code == "printer_offline"


def test_file_gets_every_job_and_is_blind(tmp_path: Path) -> None:
    path = tmp_path / "printer.bin"
    port = open_printer(f"file://{path}")
    assert port.status().state is PrinterState.UNKNOWN or not path.exists()
    job = raster_job(render(ticket(number="B001")))
    assert port.print(job) is Delivery.BLIND
    assert port.print(job) is Delivery.BLIND
    assert path.read_bytes() == job + job


def test_a_missing_device_file_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path("/dev/motcua-no-such-printer")
    assert _fault_of(open_printer(f"file://{path}"), b"x").code == "printer_offline"
    assert not path.exists()


def test_a_device_that_stops_taking_bytes_times_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "WRITE_S_MAX", 0.3)
    pipe = tmp_path / "lp0"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        fault = _fault_of(open_printer(f"file://{pipe}"), b"x" * 1_000_000)
    finally:
        os.close(reader)
    assert (fault.code, fault.sent) == ("printer_timeout", True)


def test_a_pipe_nobody_reads_is_offline(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lp0")
    assert _fault_of(open_printer(f"file://{tmp_path / 'lp0'}"), b"x").code == "printer_offline"


def test_usb_printer_that_is_not_there() -> None:
    port = open_printer("usb://dead:beef")
    assert port.status().state is PrinterState.OFFLINE
    assert _fault_of(port, b"x").code == "printer_offline"


@dataclass
class FakeUsbDevice:
    """What python-escpos and we ask of a pyusb device."""

    written: list[tuple[int, bytes, int]] = field(default_factory=list)
    backend: object = field(default_factory=Path)  # any object of a class that is not libusb's

    def set_configuration(self) -> None: ...

    def reset(self) -> None: ...

    def get_active_configuration(self) -> dict[tuple[int, int], list[SimpleNamespace]]:
        return {(0, 0): [SimpleNamespace(bEndpointAddress=0x81), SimpleNamespace(bEndpointAddress=0x03)]}

    def write(self, endpoint: int, data: bytes, timeout_ms: int) -> int:
        self.written.append((endpoint, data, timeout_ms))
        return len(data)


def test_usb_finds_the_endpoint_and_has_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    device = FakeUsbDevice()
    asked: list[dict[str, int]] = []
    monkeypatch.setattr("usb.core.find", lambda **ids: asked.append(ids) or device)
    monkeypatch.setattr("usb.util.dispose_resources", lambda _device: None)
    port = open_printer("usb://04b8:0e15")
    assert port.print(b"ticket") is Delivery.BLIND
    assert device.written == [(0x03, b"ticket", 20_000)]
    assert asked == [{"idVendor": 0x04B8, "idProduct": 0x0E15}]
    assert port.status().state is PrinterState.UNKNOWN


def test_usb_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def stuck(*_args: object) -> int:
        raise usb.core.USBTimeoutError("stuck")

    device = FakeUsbDevice()
    monkeypatch.setattr(device, "write", stuck)
    monkeypatch.setattr("usb.core.find", lambda **_ids: device)
    monkeypatch.setattr("usb.util.dispose_resources", lambda _device: None)
    fault = _fault_of(open_printer("usb://04b8:0e15"), b"x")
    assert (fault.code, fault.sent) == ("printer_timeout", True)
