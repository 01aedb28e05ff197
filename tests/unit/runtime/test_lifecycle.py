"""Notices to whoever started us, and the end with our parent. Real processes: signals belong to a process."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runtime.lifecycle import bound_command, notify, notify_ready, run_until_signal


@pytest.mark.parametrize("abstract", [True, False])
def test_a_notice_reaches_its_socket(abstract: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"motcua-test-{os.getpid()}"
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(f"\0{name}" if abstract else path)
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}" if abstract else path)
        assert notify_ready("at your service")
        assert receiver.recv(100) == b"READY=1\nSTATUS=at your service"


@pytest.mark.parametrize("address", ["", "@motcua-nobody-listens-here", "/no/such/socket"])
def test_nobody_asked_or_nobody_listens(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    assert not notify("READY=1")


def test_run_until_signal_stops_also_when_start_fails_later(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        code = run_until_signal(lambda: signal.raise_signal(signal.SIGTERM), lambda: calls.append("stop"))
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
    assert (code, calls) == (0, ["stop"])


ASYNC = """
import asyncio
from runtime.lifecycle import wait_for_stop_signal
async def main():
    print("waiting", flush=True)
    await wait_for_stop_signal()
    print("told", flush=True)
asyncio.run(main())
"""


def test_asyncio_waits_for_the_signal() -> None:
    with subprocess.Popen([sys.executable, "-c", ASYNC], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        time.sleep(0.2)  # the handler is set right after the line
        process.terminate()
        assert process.stdout.readline() == "told\n"
        assert process.wait(10) == 0


PARENT = """
import os, subprocess, sys, time
from runtime.lifecycle import bound_command, die_with_parent
if sys.argv[1] == "preexec":
    me = os.getpid()
    child = subprocess.Popen(["sleep", "600"], preexec_fn=lambda: die_with_parent(me))
else:
    child = subprocess.Popen(bound_command(["sleep", "600"]))
time.sleep(0.2)  # setpriv has become sleep by then
print(child.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("way", ["preexec", "setpriv"])
def test_a_bound_child_dies_with_its_parent(way: str) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, way], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(child, 0)
        parent.kill()
        parent.wait(10)
    deadline = time.monotonic() + 5
    while Path(f"/proc/{child}").exists() and b"Z" not in Path(f"/proc/{child}/stat").read_bytes().split()[2:3]:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_bound_command_is_the_command() -> None:
    done = subprocess.run(bound_command(["echo", "-n", "--", "x"]), capture_output=True, text=True)
    assert done.stdout == "-- x"
