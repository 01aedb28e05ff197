"""The port owner on real ptys and sockets: unplug, replug, a second owner, a line that does not drain."""

import queue
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware_bridge.simulators.terminal import Terminal
from firmware_bridge.transports.port_owner import (
    RETRY_S_MAX,
    RETRY_S_MIN,
    WRITES_MAX,
    Closed,
    Opened,
    PortEvent,
    PortOwner,
    Received,
    Wrote,
    retry_s,
)
from firmware_bridge.transports.spec import PortSpec

Start = Callable[[str], tuple[PortOwner, "queue.Queue[PortEvent]"]]


@pytest.fixture
def start() -> Iterator[Start]:
    owners: list[PortOwner] = []

    def make(address: str) -> tuple[PortOwner, "queue.Queue[PortEvent]"]:
        events: queue.Queue[PortEvent] = queue.Queue()
        owner = PortOwner("test", PortSpec(address, 57600), events.put)
        owners.append(owner)
        owner.start()
        return owner, events

    yield make
    for owner in owners:
        owner.stop()


def wait_for(events: "queue.Queue[PortEvent]", kind: type[PortEvent], seconds: float = 10) -> PortEvent:
    while True:
        event = events.get(timeout=seconds)
        if isinstance(event, kind):
            return event


def read_some(terminal: Terminal) -> bytes:
    end = time.monotonic() + 5
    while time.monotonic() < end:
        if data := terminal.read():
            return data
        time.sleep(0.005)
    raise AssertionError("nothing came")


def test_bytes_both_ways_on_a_port_without_modem_lines(tmp_path: Path, start: Start) -> None:
    terminal = Terminal(tmp_path / "port")
    owner, events = start(str(tmp_path / "port"))
    assert events.get(timeout=5) == Opened()
    owner.write(7, b"\x01 A\x07")
    assert events.get(timeout=5) == Wrote(7)
    assert read_some(terminal) == b"\x01 A\x07"
    terminal.write(b"\xff\x00\x11\x13")  # XON, XOFF and 8 bits pass
    assert events.get(timeout=5) == Received(b"\xff\x00\x11\x13")


def test_unplug_and_replug_under_the_same_name(tmp_path: Path, start: Start) -> None:
    terminal = Terminal(tmp_path / "port")
    owner, events = start(str(tmp_path / "port"))
    wait_for(events, Opened)
    terminal.unplug()
    wait_for(events, Closed)
    owner.write(1, b"lost")  # for a dead port: never to be written later
    terminal.plug()
    wait_for(events, Opened)
    owner.write(2, b"new")
    assert wait_for(events, Wrote) == Wrote(2)
    assert read_some(terminal) == b"new"


def test_a_missing_port_is_reported_and_tried_again(tmp_path: Path, start: Start) -> None:
    _, events = start(str(tmp_path / "port"))
    closed = wait_for(events, Closed)
    assert "No such file" in closed.detail  # type: ignore[union-attr] # wait_for returned this kind
    Terminal(tmp_path / "port")
    wait_for(events, Opened)


def test_a_port_has_one_owner(tmp_path: Path, start: Start) -> None:
    Terminal(tmp_path / "port")
    _, first = start(str(tmp_path / "port"))
    wait_for(first, Opened)
    _, second = start(str(tmp_path / "port"))
    assert "exclusively lock" in wait_for(second, Closed).detail  # type: ignore[union-attr] # of this kind


def test_a_line_that_does_not_drain_is_a_fault_not_a_hang(tmp_path: Path, start: Start) -> None:
    Terminal(tmp_path / "port")  # nobody reads it
    owner, events = start(str(tmp_path / "port"))
    wait_for(events, Opened)
    began = time.monotonic()
    assert owner.write(1, b"x" * 1_000_000)
    assert time.monotonic() - began < 0.5
    wait_for(events, Closed)


def test_orders_are_bounded(tmp_path: Path) -> None:
    owner = PortOwner("test", PortSpec(str(tmp_path / "port")), lambda _event: None)
    assert [owner.write(n, b"") for n in range(WRITES_MAX + 1)] == [True] * WRITES_MAX + [False]
    owner.start()
    owner.stop()


def test_reopen_on_demand(tmp_path: Path, start: Start) -> None:
    Terminal(tmp_path / "port")
    owner, events = start(str(tmp_path / "port"))
    wait_for(events, Opened)
    owner.reopen()
    assert wait_for(events, Closed) == Closed("closed")
    wait_for(events, Opened)


def test_network_adapter(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        owner, events = start(f"socket://127.0.0.1:{server.getsockname()[1]}")
        line, _ = server.accept()
        with line:
            wait_for(events, Opened)
            owner.write(1, b"out")
            assert line.recv(10) == b"out"
            line.sendall(b"in")
            assert wait_for(events, Received) == Received(b"in")
        wait_for(events, Closed)
        again, _ = server.accept()
        again.close()


def test_stop_ends_the_thread_while_it_waits(tmp_path: Path, start: Start) -> None:
    owner, events = start(str(tmp_path / "nothing"))
    wait_for(events, Closed)
    began = time.monotonic()
    owner.stop()
    assert time.monotonic() - began < 1
    assert not owner._thread.is_alive()


def test_retries_slow_down_to_the_limit() -> None:
    pauses = [retry_s(n) for n in range(1, 50)]
    assert pauses[0] == RETRY_S_MIN
    assert pauses == sorted(pauses)
    assert pauses[-1] == RETRY_S_MAX


def test_pty_numbers_are_given_back(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        terminal = Terminal(tmp_path / "port")
        terminal.unplug()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
