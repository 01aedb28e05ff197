"""The simulators as programs: a real pty, a real control socket, files that are whole."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import serial

from firmware_bridge.simulators.__main__ import build, main, signs_given
from firmware_bridge.simulators.buttons import ButtonsSim
from firmware_bridge.simulators.host import Host
from firmware_bridge.simulators.scanner import ScannerSim
from firmware_bridge.simulators.sign_candle import CandleSim
from runtime.cli_options import run_command


def eventually(what: Callable[[], object], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "did not happen"
        time.sleep(0.01)


@pytest.fixture
def run() -> Iterator[Callable[[Host], Host]]:
    running: list[tuple[Host, threading.Thread]] = []

    def start(host: Host) -> Host:
        thread = threading.Thread(target=host.run)
        thread.start()
        running.append((host, thread))
        return host

    yield start
    for host, thread in running:
        host.stop()
        thread.join(5)


def say(path: Path, line: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as hand:
        hand.sendto(line.encode(), str(path))


def test_bytes_on_the_port_become_text_and_picture(tmp_path: Path, run: Callable[[Host], Host]) -> None:
    run(Host(CandleSim({0x20: "sign-1"}, 6), tmp_path / "dev" / "bus", tmp_path / "signs", None))
    with serial.Serial(str(tmp_path / "dev" / "bus"), 57600, exclusive=True) as port:
        port.write(bytes.fromhex("01 20 20 41 30 30 31 3c 31 07"))
        file = tmp_path / "signs" / "sign-1.json"
        eventually(lambda: json.loads(file.read_text())["text"] == "A001<1")
    assert (tmp_path / "signs" / "sign-1.png").read_bytes().startswith(b"\x89PNG")
    assert not list((tmp_path / "signs").glob(".*.new"))


def test_keys_are_pressed_through_the_control_socket(tmp_path: Path, run: Callable[[Host], Host]) -> None:
    run(Host(ButtonsSim(), tmp_path / "pad", None, tmp_path / "hand"))
    with serial.Serial(str(tmp_path / "pad"), 57600, timeout=5) as port:
        say(tmp_path / "hand", "press 3 1")
        assert port.read(4) == bytes.fromhex("01 22 31 07")
        say(tmp_path / "hand", "press 32 long")
        assert port.read(4) == bytes.fromhex("01 20 34 07")


def test_unplug_hangs_up_and_plug_brings_the_same_name_back(tmp_path: Path, run: Callable[[Host], Host]) -> None:
    link, hand = tmp_path / "scan", tmp_path / "hand"
    run(Host(ScannerSim(suffix="CRLF"), link, None, hand))
    with serial.Serial(str(link), 9600, timeout=5) as port:
        say(hand, "unplug")
        with pytest.raises(serial.SerialException):
            port.read(1)
    eventually(lambda: not link.is_symlink())
    say(hand, "plug")
    eventually(link.exists)
    with serial.Serial(str(link), 9600, timeout=5) as port:
        say(hand, "scan H00.01-260101-0001  x")
        assert port.read_until(b"\n") == b"H00.01-260101-0001  x\r\n"


def test_the_hand_is_answered(tmp_path: Path, run: Callable[[Host], Host]) -> None:
    run(Host(ButtonsSim(), tmp_path / "pad", None, tmp_path / "hand"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as hand:
        hand.bind(str(tmp_path / "me"))
        hand.settimeout(5)
        for line, answer in (
            ("press 3 1", b"ok"),
            ("press 999 1", b"error no keypad"),
            ("dance", b"error a"),
        ):
            hand.sendto(line.encode(), str(tmp_path / "hand"))
            assert hand.recv(200).startswith(answer)


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    host = Host(ButtonsSim(), tmp_path / "pad", None, tmp_path / "hand")
    host.stop()
    host.run()
    assert list(tmp_path.iterdir()) == []


def test_program_says_ready_tells_its_parent_and_stops_when_told(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(tmp_path / "notify"))
        notify.settimeout(20)
        process = subprocess.Popen(
            [sys.executable, "-m", "firmware_bridge.simulators", "buttons", "--link", str(tmp_path / "pad")],
            env={"NOTIFY_SOCKET": str(tmp_path / "notify"), "PYTHONPATH": "."},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == f"ready {tmp_path / 'pad'}\n"
            assert b"READY=1" in notify.recv(200)
        finally:
            process.terminate()
        assert process.wait(10) == 0
    assert not (tmp_path / "pad").is_symlink()


def test_signs_come_from_the_office_file(tmp_path: Path) -> None:
    from firmware_bridge.simulators.__main__ import signs_of_office
    from runtime.cli_options import SAMPLE_OFFICE

    signs, cells = signs_of_office(SAMPLE_OFFICE, "sign-bus-1")
    assert signs[32] == "sign-1"
    assert len(signs) == 8
    assert cells == 6
    assert signs_of_office(SAMPLE_OFFICE, "sign-hall")[0] == {1: "sign-hall"}


def test_signs_given_by_hand() -> None:
    assert signs_given(["a=32", "b=0x21"]) == {32: "a", 33: "b"}
    assert build("sign_alpha", {7: "hall"}, 8, "", "CR").faces()[0].sign == "hall"


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["toaster", "--link", "x"], "usage"),
        (["buttons"], "usage"),
        (["sign-candle", "--link", "x", "--sign", "a"], "usage"),
        (["sign-candle", "--link", "x", "--sign", "../a=32"], "usage"),
        (["sign-candle", "--link", "x", "--office", "assets/samples/office.toml", "--device", "no"], "unknown_device"),
    ],
)
def test_wrong_usage(args: list[str], code: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        run_command(main, args)
    assert exit_.value.code == 2
    assert f"error[{code}]" in capsys.readouterr().err
