"""The queue server put together: what ends it, and with which code. No broker listens: it stays up without one."""

import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from queue_server.adapters.mqtt import MqttDoor
from queue_server.bootstrap import Server
from runtime.secrets import ensure_secret
from tests.support.broker import free_port
from tests.support.offices import ROOT, SAMPLE


def arguments(data: Path, port: int) -> list[str]:
    ensure_secret(data, "server")
    options = {"--id": "server", "--office": SAMPLE, "--broker": "mqtt://127.0.0.1:1", "--data": data}
    return [*(str(x) for pair in options.items() for x in pair), "--http", f"127.0.0.1:{port}"]


def test_a_port_in_use_is_one_line_with_a_code(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "-m", "queue_server", *arguments(tmp_path, taken.getsockname()[1])]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert "motcua: error[port_in_use]" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_pulse_that_stops_ends_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its pulse every display would call a healthy office lost, for ever."""

    def broken(_door: MqttDoor) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(MqttDoor, "beat", broken)

    async def run() -> int:  # the timers run on its loop
        return await asyncio.wait_for(Server(arguments(tmp_path, free_port())).run(), 20)

    assert asyncio.run(run()) == 1
