"""The network thread over a real Mosquitto: what gathers, what does not wait, and how it ends."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.messages.board import BoardSnapshot
from contracts.messages.common import Version
from contracts.messages.devices import Heartbeat
from contracts.messages.tickets import IssueTicket
from runtime.clock import utc
from runtime.mqtt import Link, Subscription
from runtime.mqtt_network import GOODBYE_S_MAX
from tests.support.broker import Mosquitto, mosquitto, wait_until
from tests.support.offices import T0

SOON_S = 0.3  # long enough for a message to come, were it on its way


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path) as made:
        yield made


def beat(seq: int) -> Heartbeat:
    return Heartbeat(utc(T0), T0, Version(1, seq))


def test_what_is_published_together_gathers_and_comes_in_order(broker: Mosquitto) -> None:
    kiosk = broker.link("kiosk-1", Subscription("heartbeat"))
    server = broker.link("server").link
    with server.together():
        for n in range(300):
            assert server.publish("heartbeat", beat(n))
        time.sleep(SOON_S)
        assert kiosk.got("heartbeat") == []
    wait_until(lambda: len(kiosk.got("heartbeat")) == 300)
    assert [h.version.seq for h in kiosk.got("heartbeat")] == list(range(300))


def test_work_that_fails_lets_go_of_what_it_said(broker: Mosquitto) -> None:
    kiosk = broker.link("kiosk-1", Subscription("heartbeat"))
    server = broker.link("server").link

    def failing() -> None:
        with server.together():
            server.publish("heartbeat", beat(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    kiosk.wait("heartbeat")
    server.publish("heartbeat", beat(2))
    kiosk.wait("heartbeat", lambda h: h.version.seq == 2)


def test_nothing_arrives_while_another_thread_works_and_all_of_it_after(broker: Mosquitto) -> None:
    seen: list[str] = []
    server = Link(
        broker.broker("server"), broker.office, [Subscription("cmd.issue")], lambda i: seen.append(i.message.id)
    )  # fmt: skip
    broker.links.append(server)
    server.start()
    wait_until(lambda: server.connected)
    kiosk = broker.link("kiosk-1").link
    with server.together():
        for n in range(50):
            kiosk.publish("cmd.issue", IssueTicket(id=f"touch-{n:04d}", service="A"), user="kiosk-1")
        time.sleep(SOON_S)
        assert seen == []
    wait_until(lambda: len(seen) == 50)
    assert seen == [f"touch-{n:04d}" for n in range(50)]


def test_two_threads_that_publish_lose_nothing(broker: Mosquitto) -> None:
    """One in bundles, one alone, as the writer and the heartbeat do: nobody waits for the next tick of the loop."""
    kiosk = broker.link("kiosk-1", Subscription("heartbeat"))
    server = broker.link("server").link

    def bundles() -> None:
        for n in range(100):
            with server.together():
                for m in range(5):
                    server.publish("heartbeat", beat(n * 5 + m))

    def alone() -> None:
        for n in range(500):
            server.publish("heartbeat", beat(10_000 + n))

    threads = [threading.Thread(target=bundles), threading.Thread(target=alone)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_until(lambda: len(kiosk.got("heartbeat")) == 1000)
    seqs = [h.version.seq for h in kiosk.got("heartbeat")]
    assert [s for s in seqs if s < 10_000] == list(range(500))
    assert [s for s in seqs if s >= 10_000] == list(range(10_000, 10_500))


def test_a_library_that_stumbles_is_connected_again(broker: Mosquitto) -> None:
    server: Any = broker.link("server").link
    read, stumbled = server._client.loop_read, []

    def stumbling() -> Any:
        if not stumbled:
            stumbled.append(True)
            raise ValueError("not a packet")
        return read()

    server._client.loop_read = stumbling
    kiosk = broker.link("kiosk-1", Subscription("heartbeat"))
    server.own("board", BoardSnapshot(Version(1, 1), utc(T0), "2026-11-23", (), (), ()))  # its answer is stumbled over
    wait_until(lambda: bool(stumbled))
    wait_until(lambda: server.connected and server.publish("heartbeat", beat(7)) and kiosk.got("heartbeat"))


def test_it_ends_although_the_broker_hangs(broker: Mosquitto) -> None:
    server: Any = broker.link("server").link
    assert broker.process is not None
    os.kill(broker.process.pid, signal.SIGSTOP)
    start_s = time.monotonic()
    server.stop()
    os.kill(broker.process.pid, signal.SIGCONT)
    assert not server._network.is_alive()
    assert time.monotonic() - start_s < 10 * GOODBYE_S_MAX


def test_it_ends_although_there_never_was_a_broker(broker: Mosquitto) -> None:
    broker.kill()
    server = Link(broker.broker("server"), broker.office, [], lambda _: None)
    server.start()
    server.stop()
    assert not server._network.is_alive()
    assert not server.publish("heartbeat", beat(1))


def test_a_link_that_was_never_started_can_be_stopped(broker: Mosquitto) -> None:
    Link(broker.broker("server"), broker.office, [], lambda _: None).stop()
