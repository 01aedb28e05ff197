"""`up` as a person meets it: ready, refused, stopped, killed.

The parts are stand-ins and the broker is real, but for the tests at the end, which start the whole office.
"""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runtime.cli_options import SAMPLE_OFFICE
from runtime.paths import ROOT
from runtime.supervisor.guard import marked
from tests.support.environment import clean
from tests.support.stand_ins import write_stand_ins

pytestmark = pytest.mark.e2e

LIMIT_S = 30.0
PARTS = ("server", "kiosk-1", "board-1", "signs-1", "bridge-1", "printer-1", "sign-bus-1", "sign-hall", "buttons-1")


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, "too late"
        time.sleep(0.05)


class Office:
    """One `up`, with the process ids and the ready line that a test asks about."""

    def __init__(self, command: list[str], env: dict[str, str], data: Path) -> None:
        self.data = data
        self.process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def ready_line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def children(self) -> dict[int, str]:
        """Process id → command line of everything that carries the mark of this run."""
        mark = next(
            part
            for pid in _children_of(self.process.pid)
            for part in _read(f"/proc/{pid}/environ").split(b"\0")
            if part.startswith(b"MOTCUA_RUN=")
        )
        return {pid: _read(f"/proc/{pid}/cmdline").replace(b"\0", b" ").decode() for pid in marked(mark)}

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(LIMIT_S)


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def _children_of(pid: int) -> list[int]:
    return [int(child) for child in _read(f"/proc/{pid}/task/{pid}/children").split()]


def _alive(pid: int) -> bool:
    return _read(f"/proc/{pid}/cmdline") != b""


Up = Callable[..., Office]


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    stand_ins = write_stand_ins(tmp_path / "parts")
    env = clean(PYTHONPATH=f"{stand_ins}:{ROOT}")
    started: list[Office] = []

    def begin(*options: str, data: Path = tmp_path / "data", real: bool = False) -> Office:
        command = [sys.executable, "-P", "-m", "runtime.cli", "up", "--headless", "--data", str(data)]
        for option in ("--http", "--mqtt"):
            command += () if option in options else (option, "127.0.0.1:0")
        path = str(ROOT) if real else env["PYTHONPATH"]
        started.append(Office([*command, *options], {**env, "PYTHONPATH": path}, data))
        return started[-1]

    yield begin
    for office in started:
        if office.process.poll() is None:
            office.process.kill()
        office.process.communicate(timeout=LIMIT_S)


def read_until(office: Office, text: str) -> None:
    """Read the progress lines up to one with this text."""
    assert office.process.stderr is not None
    for line in office.process.stderr:
        if text in line:
            return
    raise AssertionError(f"{text!r} was never said")


def refusal(office: Office) -> str:
    """The coded line of an `up` that refuses; nothing else may have happened."""
    out, err = office.process.communicate(timeout=LIMIT_S)
    assert out == ""
    assert office.process.returncode != 0
    return err


def test_one_ready_line_then_a_stop_that_leaves_nobody(up: Up) -> None:
    office = up()
    words = office.ready_line().split()
    assert words[:2] == ["motcua", "ready"]
    said = dict(word.split("=", 1) for word in words[2:])
    assert said["http"].startswith("http://127.0.0.1:")
    assert said["data"] == str(office.data)
    host, port = said["mqtt"].split(":")
    socket.create_connection((host, int(port))).close()
    commands = office.children()
    assert all(any(re.search(rf"[ /]{part}[ .]", line) for line in commands.values()) for part in PARTS)
    assert office.stop() == 0
    assert [pid for pid in commands if _alive(pid)] == []
    assert all("stopped" in (office.data / "logs" / f"{part}.log").read_text() for part in PARTS)
    assert office.process.stdout is not None
    assert office.process.stdout.read() == ""


def test_other_users_of_the_machine_read_nothing_of_an_office(up: Up, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o755)  # made by a person; its rights are theirs
    office = up()
    assert office.ready_line()
    files = [path for path in data.rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(files) > len(PARTS)
    assert [path for path in files if path.stat().st_mode & 0o077] == []
    assert office.stop() == 0


def test_ctrl_c_before_it_is_ready_is_a_stop_as_well(up: Up) -> None:
    office = up()
    wait_until((office.data / "logs" / "broker.log").exists)
    assert office.stop(signal.SIGINT) == 0


def test_killing_up_leaves_nobody_and_the_office_starts_again(up: Up) -> None:
    office = up()
    office.ready_line()
    commands = office.children()
    assert len(commands) > len(PARTS)  # the broker, and a grandchild in a session of its own
    office.process.kill()
    office.process.wait(LIMIT_S)
    wait_until(lambda: not any(map(_alive, commands)))
    again = up()
    assert again.ready_line().startswith("motcua ready ")
    assert again.stop() == 0


def test_a_dead_part_is_started_again_alone(up: Up) -> None:
    office = up()
    office.ready_line()
    before = office.children()
    victim = next(pid for pid, line in before.items() if "--id board-1" in line)
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: any("--id board-1" in line for pid, line in office.children().items() if pid != victim))
    after = office.children()
    assert set(before) - set(after) == {victim}
    assert office.stop() == 0


def test_a_dead_broker_comes_back_on_the_same_port(up: Up) -> None:
    office = up()
    port = int(office.ready_line().split("mqtt=127.0.0.1:")[1].split()[0])
    victim = next(pid for pid, line in office.children().items() if "mosquitto" in line)
    os.kill(victim, signal.SIGKILL)

    def answers() -> bool:
        with socket.socket() as client:
            return not _alive(victim) and client.connect_ex(("127.0.0.1", port)) == 0

    wait_until(answers)
    assert office.stop() == 0


def test_a_second_up_on_the_same_data_is_refused(up: Up) -> None:
    first = up()
    first.ready_line()
    kept = (first.data / "run" / "endpoints.json").read_bytes()
    error = refusal(up())
    assert "motcua: error[already_running]: " in error
    assert f"process {first.process.pid}" in error
    assert (first.data / "run" / "endpoints.json").read_bytes() == kept
    assert first.stop() == 0


@pytest.mark.parametrize("option", ["--http", "--mqtt"])
def test_a_port_in_use_is_refused_and_nothing_is_written(up: Up, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        office = up(option, f"127.0.0.1:{taken.getsockname()[1]}")
        assert f"motcua: error[port_in_use]: {option} 127.0.0.1:" in refusal(office)
    assert not office.data.exists()


def test_an_unwritable_data_directory_is_refused(up: Up) -> None:
    assert "motcua: error[data_unwritable]: /proc/nowhere" in refusal(up(data=Path("/proc/nowhere")))


def test_every_error_of_an_office_file_is_told_at_once(up: Up, tmp_path: Path) -> None:
    text = SAMPLE_OFFICE.read_text().replace('policy = "head_start"', 'polcy = "head_start"')
    bad = tmp_path / "office.toml"
    bad.write_text(text.replace("mean_min = 15", 'mean_min = "long"'))
    office = up("--office", str(bad))
    error = refusal(office)
    assert "motcua: error[config_invalid]: " in error
    assert "did you mean 'policy'?" in error
    assert "mean_min" in error
    assert not office.data.exists()


def test_no_office_file(up: Up, tmp_path: Path) -> None:
    assert "motcua: error[file_unreadable]: " in refusal(up("--office", str(tmp_path / "none.toml")))


def test_a_part_that_cannot_start_is_named_with_its_own_words(up: Up, tmp_path: Path) -> None:
    board = tmp_path / "parts" / "displays" / "tv" / "__main__.py"
    board.write_text("import sys; print('no such board'); sys.exit(2)")
    office = up()
    error = refusal(office)
    assert "board-1: no such board" in error
    assert "motcua: error[start_failed]: " in error


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_whole_office_leaves_nobody_and_nothing_half_written(up: Up, number: signal.Signals) -> None:
    office = up("--demo", real=True)
    assert office.ready_line().startswith("motcua ready ")
    wait_until((office.data / "screens" / "board.png").exists)
    commands = office.children()
    assert len(commands) > len(PARTS)
    code = office.stop(number)
    assert code == (0 if number == signal.SIGTERM else -number)
    wait_until(lambda: not any(map(_alive, commands)))
    database = sqlite3.connect(f"file:{office.data / 'db' / 'office.sqlite'}?mode=ro", uri=True)
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    database.close()
    if number == signal.SIGTERM:
        logs = {path.name: path.read_text() for path in (office.data / "logs").iterdir()}
        assert [name for name, text in logs.items() if "Traceback" in text] == []


def test_every_part_of_the_whole_office_comes_back_alone(up: Up) -> None:
    office = up(real=True)
    office.ready_line()
    for part in ("kiosk-1", "board-1", "signs-1", "bridge-1", "server"):
        before = office.children()
        victim = next(pid for pid, line in before.items() if f"--id {part} " in line)
        others = {pid for pid, line in before.items() if "--id " in line} - {victim}
        os.kill(victim, signal.SIGKILL)
        read_until(office, f"{part} died")
        read_until(office, f"{part} is ready")
        assert others <= set(office.children())
    assert office.stop() == 0
