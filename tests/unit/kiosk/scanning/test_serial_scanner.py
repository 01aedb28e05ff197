"""The serial scanner on real ptys, against the simulated scanner: scans, unplugging, plugging in again."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from contracts.errors import Rejected
from contracts.scan import BadScan, BadScanReason, Framing, Scan, Symbology, framing_from
from kiosk.scanning import serial_scanner
from kiosk.scanning.inbox import WAITING_MAX, DeviceState, ScanInbox
from kiosk.scanning.serial_scanner import SerialScanner, opener
from kiosk.scanning.simulator import ScannerSimulator

CODE = "000.00.01.H00-261118-0001"
PATIENCE_S = 15.0


class Watcher:
    """An inbox and the states told, with waiting instead of sleeping."""

    def __init__(self) -> None:
        self.changed = Event()
        self.inbox = ScanInbox(self.changed.set)
        self.states: list[str | None] = []
        self.got: list[Scan | BadScan] = []

    def state(self, state: DeviceState) -> None:
        self.states.append(state.code)
        self.changed.set()

    def until(self, done: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while True:
            self.got += [arrival.scan for arrival in self.inbox.drain()]
            if done():
                return
            assert time.monotonic() < end, (self.got, self.states)
            self.changed.wait(0.05)
            self.changed.clear()


@contextmanager
def plugged(tmp_path: Path, framing: Framing | None = None, aim: str = "") -> Iterator[ScannerSimulator]:
    simulator = ScannerSimulator(tmp_path / "dev" / "scanner-1", tmp_path / "ctl", framing or framing_from(), aim)
    done = Event()

    def serve() -> None:
        while not done.is_set():
            simulator.serve(0.02)

    thread = Thread(target=serve)
    thread.start()
    try:
        yield simulator
    finally:
        done.set()
        thread.join()
        simulator.close()


@contextmanager
def reading(tmp_path: Path, framing: Framing | None = None) -> Iterator[Watcher]:
    watcher = Watcher()
    port = opener(f"serial://{tmp_path / 'dev' / 'scanner-1'}?baud=9600")
    scanner = SerialScanner("scanner-1", port, framing or framing_from(), watcher.inbox, watcher.state)
    scanner.start()
    try:
        yield watcher
    finally:
        scanner.stop()


def send(tmp_path: Path, text: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(text.encode(), str(tmp_path / "ctl"))


@pytest.mark.parametrize("suffix", ["CR", "CRLF", "ETX", ""])
def test_scans_arrive(tmp_path: Path, suffix: str) -> None:
    framing = framing_from(suffix=suffix)
    with plugged(tmp_path, framing, "]C0"), reading(tmp_path, framing) as watcher:
        watcher.until(lambda: watcher.states == [None])
        send(tmp_path, CODE)
        watcher.until(lambda: watcher.got == [Scan(CODE, Symbology.CODE128)])
        send(tmp_path, "Hồ sơ mẫu")
        watcher.until(lambda: watcher.got[1:] == [Scan("Hồ sơ mẫu", Symbology.CODE128)])


def test_plugged_in_late_unplugged_and_plugged_in_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial_scanner, "RETRY_S", (0.02,))
    with reading(tmp_path) as watcher:
        watcher.until(lambda: watcher.states == ["device_unreachable"])
        with plugged(tmp_path) as simulator:
            watcher.until(lambda: watcher.states[1:] == [None])
            simulator.scan(CODE)
            watcher.until(lambda: watcher.got == [Scan(CODE)])
            os.write(simulator._master, b"half a sc")
        watcher.until(lambda: watcher.states[2:] == ["device_unreachable"])
        with plugged(tmp_path) as simulator:
            watcher.until(lambda: watcher.states[3:] == [None])
            simulator.scan("A015")
            watcher.until(lambda: watcher.got[1:] == [Scan("A015")])
    assert watcher.inbox.bad == 0


def test_a_scan_from_before_the_kiosk_started_is_not_acted_on(tmp_path: Path) -> None:
    with plugged(tmp_path) as simulator:
        simulator.scan("A001")
        with reading(tmp_path) as watcher:
            watcher.until(lambda: watcher.states == [None])
            simulator.scan("A002")
            watcher.until(lambda: watcher.got == [Scan("A002")])


def test_noise_is_counted_and_the_next_scan_is_whole(tmp_path: Path) -> None:
    with plugged(tmp_path) as simulator, reading(tmp_path) as watcher:
        watcher.until(lambda: watcher.states == [None])
        os.write(simulator._master, b"\xff\xfe\x00\r")
        simulator.scan(CODE)
        watcher.until(lambda: watcher.got == [BadScan(BadScanReason.CHARACTERS), Scan(CODE)])
    assert watcher.inbox.bad == 1


def test_a_network_adapter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial_scanner, "RETRY_S", (0.02,))
    watcher = Watcher()
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        scanner = SerialScanner("scanner-1", opener(url), framing_from(), watcher.inbox, watcher.state)
        scanner.start()
        try:
            for text in ("A001", "A002"):  # the adapter hangs up in between
                connection, _ = server.accept()
                with connection:
                    watcher.until(lambda: bool(watcher.states) and watcher.states[-1] is None)
                    connection.sendall(text.encode() + b"\r")
                    watcher.until(lambda text=text: Scan(text) in watcher.got)
                watcher.until(lambda: watcher.states[-1] == "device_unreachable")
        finally:
            scanner.stop()


@pytest.mark.parametrize(
    "url",
    ["", "keyboard:", "serial://dev/ttyACM0", "serial:///dev/x?baud=fast", "serial:///dev/x?bytes=9N1", "tcp://"],
)
def test_an_address_that_can_never_work_is_refused_at_once(url: str) -> None:
    with pytest.raises(Rejected) as refusal:
        opener(url)
    assert refusal.value.code == "config_invalid"


def test_the_inbox_is_bounded_and_keeps_the_first() -> None:
    inbox = ScanInbox()
    for n in range(WAITING_MAX + 3):
        inbox.put(Scan(f"A{n:03d}"), "scanner-1")
    arrivals = inbox.drain()
    assert [a.scan for a in arrivals] == [Scan(f"A{n:03d}") for n in range(WAITING_MAX)]
    assert inbox.dropped == 3
    assert inbox.drain() == []


def test_noise_that_nobody_scanned_is_only_counted() -> None:
    inbox = ScanInbox()
    for reason in BadScanReason:
        inbox.put(BadScan(reason), "scanner-1")
    assert {a.scan for a in inbox.drain()} == {BadScan(BadScanReason.TOO_LONG), BadScan(BadScanReason.CHARACTERS)}
    assert inbox.bad == len(BadScanReason)


def test_the_simulator_as_a_process_cleans_up_when_stopped(tmp_path: Path) -> None:
    link, control = tmp_path / "dev" / "s", tmp_path / "s.ctl"
    command = [sys.executable, "-m", "kiosk.scanning.simulator", "--link", str(link), "--control", str(control)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"ready link={link} control={control}\n"
        assert link.is_char_device()
        process.terminate()
        assert process.wait(10) == 0
    assert not link.is_symlink()
    assert not control.exists()


def test_the_simulator_says_what_it_cannot_make(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Rejected) as refusal:
        ScannerSimulator(tmp_path / "link", tmp_path / "file" / "ctl", framing_from())
    assert refusal.value.code == "device_unreachable"
