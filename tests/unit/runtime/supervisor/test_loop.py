"""The real loop with tiny children, run in a process of its own (it owns the signals of the main thread)."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runtime.supervisor.guard import marked

PROGRAM = """
import os, sys
from pathlib import Path
from runtime.supervisor import Outcome, Policy, Spec, Supervisor

def child(code):
    return (sys.executable, "-c", "import os, signal, sys, time\\nfrom runtime.lifecycle import *\\n" + code)

specs = eval(sys.argv[2])
policy = Policy(backoff_first_s=0.05, stop_limit_s=0.5)
outcome = Supervisor(
    specs, run_id=sys.argv[3], logs=Path(sys.argv[1]), env=os.environ, policy=policy, ready_limit_s=float(sys.argv[4]),
    say=lambda text: print(text, flush=True), on_ready=lambda: print("ALL READY", flush=True),
).run()
print(outcome.name, flush=True)
"""

GOOD = "e = stop_event(); notify_ready(); print('up', os.getpid(), flush=True); e.wait()"
STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN); notify_ready(); time.sleep(600)"
LEAVES_ORPHAN = "import subprocess; subprocess.Popen(['sleep', '600'], start_new_session=True); " + GOOD

Start = Callable[..., "Run"]


class Run:
    """One supervisor process, its run id and its output."""

    def __init__(self, logs: Path, specs: str, ready_limit_s: float) -> None:
        self.logs = logs
        self.id = f"test-{os.urandom(8).hex()}"
        command = [sys.executable, "-c", PROGRAM, str(logs), specs, self.id, str(ready_limit_s)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def read_until(self, text: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if text in line:
                return line
        raise AssertionError(f"{text!r} never came")

    def finish(self) -> str:
        return self.process.communicate(timeout=20)[0]

    def left(self) -> list[int]:
        return marked(f"MOTCUA_RUN={self.id}".encode())

    def wait_until(self, condition: Callable[[], bool], limit_s: float = 10) -> None:
        deadline = time.monotonic() + limit_s
        while not condition():
            assert time.monotonic() < deadline, "too late"
            time.sleep(0.02)

    def pid(self, name: str) -> int:
        return int((self.logs / f"{name}.log").read_text().split()[-1])


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    runs: list[Run] = []

    def begin(specs: str, ready_limit_s: float = 30) -> Run:
        runs.append(Run(tmp_path / "logs", specs, ready_limit_s))
        return runs[-1]

    yield begin
    for run in runs:
        if run.process.poll() is None:
            run.process.kill()
        run.process.communicate(timeout=20)


def test_ready_once_then_stopped_by_a_signal(start: Start) -> None:
    run = start(f"[Spec('a', child({GOOD!r})), Spec('b', child({GOOD!r}), stage=1, after=('a',))]")
    run.read_until("ALL READY")
    assert len(run.left()) == 2
    run.process.send_signal(signal.SIGTERM)
    assert run.finish().splitlines()[-1] == "STOPPED"
    assert run.left() == []


def test_a_killed_child_is_restarted_and_its_neighbour_not(start: Start) -> None:
    run = start(f"[Spec('a', child({GOOD!r})), Spec('b', child({GOOD!r}))]")
    run.read_until("ALL READY")
    run.wait_until(lambda: all((run.logs / f"{n}.log").read_text() for n in "ab"))
    first, neighbour = run.pid("a"), run.pid("b")
    os.kill(first, signal.SIGKILL)
    assert "killed by signal 9" in run.read_until("a died")
    run.read_until("a is ready")
    run.wait_until(lambda: run.pid("a") != first)
    assert run.pid("b") == neighbour
    os.kill(neighbour, 0)


def test_one_who_does_not_listen_is_killed(start: Start) -> None:
    run = start(f"[Spec('a', child({STUBBORN!r}))]")
    run.read_until("ALL READY")
    run.process.send_signal(signal.SIGINT)
    assert run.finish().splitlines()[-1] == "STOPPED"
    assert run.left() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nobody_is_left_whatever_ends_the_supervisor(start: Start, number: signal.Signals) -> None:
    run = start(f"[Spec('a', child({LEAVES_ORPHAN!r})), Spec('b', child({STUBBORN!r}))]")
    run.read_until("ALL READY")
    assert len(run.left()) == 3
    run.process.send_signal(number)
    run.wait_until(lambda: run.left() == [])


def test_a_child_that_cannot_start_ends_the_start(start: Start) -> None:
    run = start("[Spec('a', child(\"print('no such id'); sys.exit(2)\"))]")
    output = run.finish().splitlines()
    assert output[-1] == "START_FAILED"
    assert "  a: no such id" in output


def test_a_child_that_keeps_dying_ends_the_start(start: Start) -> None:
    run = start("[Spec('a', child(\"print('broken'); sys.exit(1)\"))]")
    output = run.finish().splitlines()
    assert output[-1] == "START_FAILED"
    assert sum("died before it was ready" in line for line in output) == 6


def test_a_child_that_nobody_waits_for_may_keep_dying(start: Start) -> None:
    run = start(f"[Spec('a', child({GOOD!r})), Spec('demo', child('sys.exit(2)'), after=('a',), counts=False)]")
    run.read_until("ALL READY")
    run.read_until("demo died")
    run.read_until("demo died")
    run.process.send_signal(signal.SIGTERM)
    assert run.finish().splitlines()[-1] == "STOPPED"


def test_a_child_that_never_gets_ready_ends_the_start(start: Start) -> None:
    run = start("[Spec('a', child('time.sleep(600)'))]", ready_limit_s=0.5)
    output = run.finish()
    assert output.splitlines()[-1] == "START_FAILED"
    assert "not ready" in output
    assert run.left() == []


def test_a_program_that_does_not_exist(start: Start) -> None:
    run = start("[Spec('a', ('/no/such/program',))]", ready_limit_s=0.5)
    assert "a could not be started" in run.read_until("could not")
    assert run.finish().splitlines()[-1] == "START_FAILED"
