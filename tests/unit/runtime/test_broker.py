"""The broker's files, and a real Mosquitto that obeys them."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as paho
import pytest

from contracts.errors import Rejected
from contracts.roles import MqttRole
from contracts.topics import topic
from runtime import broker
from runtime.broker import config_text, find_program, prepare_broker
from runtime.secrets import read_secret

USERS = {"server": MqttRole.SERVER, "kiosk-1": MqttRole.KIOSK, "kiosk-2": MqttRole.KIOSK}


def test_the_configuration_says_what_matters() -> None:
    lines = config_text("127.0.0.1", 1884, Path("/d"), "root").splitlines()
    assert [line for line in lines if line.startswith("listener")] == ["listener 1884 127.0.0.1"]
    for line in ("allow_anonymous false", "persistence false", "set_tcp_nodelay true", "user root", "acl_file /d/acl"):
        assert line in lines


@pytest.mark.parametrize("host", ["", "127.0.0.1\nallow_anonymous true", " h"])
def test_a_host_cannot_smuggle_a_line_in(host: str) -> None:
    with pytest.raises(Rejected):
        config_text(host, 1884, Path("/d"), "root")


def test_a_program_outside_of_path_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    monkeypatch.setattr(broker, "SYSTEM_DIRS", (str(tmp_path),))
    assert find_program("tool") == str(tool)
    with pytest.raises(Rejected) as refused:
        find_program("no-such-tool")
    assert refused.value.code == "install_failed"


def test_files_are_private_and_hold_no_plain_password(tmp_path: Path) -> None:
    prepare_broker(tmp_path, "mau-01", USERS, "127.0.0.1", 1884)
    directory = tmp_path / "run" / "broker"
    assert directory.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in directory.iterdir()) == ["acl", "mosquitto.conf", "passwords"]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in directory.iterdir())
    hashed = (directory / "passwords").read_text()
    assert [line.split(":")[0] for line in hashed.splitlines()] == sorted(USERS)
    assert all(read_secret(tmp_path, user) not in hashed for user in USERS)


def test_secrets_outlive_a_restart_and_a_removed_user_does_not(tmp_path: Path) -> None:
    prepare_broker(tmp_path, "mau-01", USERS, "127.0.0.1", 1884)
    first = read_secret(tmp_path, "kiosk-1")
    prepare_broker(tmp_path, "mau-01", {"kiosk-1": MqttRole.KIOSK}, "127.0.0.1", 1884)
    assert read_secret(tmp_path, "kiosk-1") == first
    directory = tmp_path / "run" / "broker"
    assert "kiosk-2" not in (directory / "passwords").read_text() + (directory / "acl").read_text()


@contextmanager
def running(data: Path) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    process = subprocess.Popen(prepare_broker(data, "mau-01", USERS, "127.0.0.1", port))
    try:
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait(10)


class Client:
    """A plain paho client, without our own link."""

    def __init__(self, port: int, user: str | None, password: str | None) -> None:
        self.codes: list[str] = []
        self.received: list[str] = []
        self._paho = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        if user is not None:
            self._paho.username_pw_set(user, password)
        self._paho.on_connect = lambda _c, _u, _f, code, _p: self.codes.append(str(code))
        self._paho.on_message = lambda _c, _u, message: self.received.append(message.topic)
        self._paho.connect("127.0.0.1", port)

    def turn(self, until: object = None, limit_s: float = 5) -> None:
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline and not (callable(until) and until()):
            self._paho.loop(0.02)

    def subscribe(self, name: str) -> None:
        done: list[int] = []
        self._paho.on_subscribe = lambda *_args: done.append(1)
        self._paho.subscribe(name, 1)
        self.turn(lambda: done)

    def publish(self, name: str) -> None:
        done: list[int] = []
        self._paho.on_publish = lambda *_args: done.append(1)
        self._paho.publish(name, b"{}", 1)
        self.turn(lambda: done)


@pytest.mark.skipif(shutil.which("mosquitto", path="/usr/sbin:/usr/bin") is None, reason="mosquitto is not installed")
def test_mosquitto_lets_each_user_do_its_own_and_nobody_else(tmp_path: Path) -> None:
    with running(tmp_path) as port:
        for user, password in ((None, None), ("kiosk-1", "wrong"), ("nobody", "x")):
            stranger = Client(port, user, password)
            stranger.turn(lambda s=stranger: s.codes)
            assert stranger.codes == ["Not authorized"]

        server = Client(port, "server", read_secret(tmp_path, "server"))
        kiosk = Client(port, "kiosk-1", read_secret(tmp_path, "kiosk-1"))
        for client in (server, kiosk):
            client.turn(lambda c=client: c.codes)
            assert client.codes == ["Success"]
        mine = topic("cmd.issue", office="mau-01", user="kiosk-1")
        server.subscribe("motcua/v1/mau-01/cmd/#")
        kiosk.publish(topic("cmd.issue", office="mau-01", user="kiosk-2"))  # as another kiosk
        kiosk.publish(topic("cmd.call-next", office="mau-01", user="kiosk-1"))  # a verb of other roles
        kiosk.publish(topic("cmd.issue", office="other", user="kiosk-1"))
        kiosk.publish(mine)
        server.turn(lambda: mine in server.received)
        assert server.received == [mine]
