"""The link over a real Mosquitto: what a broker that dies, hangs or comes back does to retained state."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import Rejected
from contracts.messages.board import BoardSnapshot
from contracts.messages.common import CounterStatus, CounterView, Version
from contracts.messages.replies import CounterSnapshot
from contracts.messages.tickets import IssueTicket
from runtime.clock import utc
from runtime.mqtt import Link, Subscription
from tests.support.broker import Mosquitto, mosquitto, wait_until
from tests.support.offices import DAY, T0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path) as made:
        yield made


def board(seq: int) -> BoardSnapshot:
    return BoardSnapshot(Version(1, seq), utc(T0), DAY, (), (), ())


def counter(n: int) -> CounterSnapshot:
    return CounterSnapshot(Version(1, 1), utc(T0), CounterView(n, CounterStatus.OPEN, 0))


def test_what_a_dying_broker_never_took_does_not_come_back_over_newer_state(broker: Mosquitto) -> None:
    server = broker.link("server").link
    assert broker.process is not None
    os.kill(broker.process.pid, signal.SIGSTOP)  # it hangs: the link looks alive, nothing is acknowledged
    assert server.own("board", board(1))
    broker.kill()
    wait_until(lambda: not server.connected)
    assert not server.own("board", board(2))
    broker.start()
    wait_until(lambda: server.connected)
    wait_until(lambda: not server._client._out_messages, what="the broker's acknowledgements")
    late = broker.link("board-1", Subscription("board"))
    assert late.wait("board").version.seq == 2


def test_state_set_while_the_link_comes_up_is_not_overwritten_by_what_was_before(broker: Mosquitto) -> None:
    """Two threads publish one topic: the network thread (all that is owned) and the owner."""
    server = Link(broker.broker("server"), broker.office, [], lambda _: None)
    broker.links.append(server)
    server.own("board", board(1))
    sent: list[bytes] = []
    owner = threading.Thread(target=server.own, args=("board", board(2)))
    publish = server._client.publish

    def racing(topic: str, payload: Any, *more: Any, **options: Any) -> Any:
        if topic.endswith("/state/board"):
            if not owner.ident:
                owner.start()
                owner.join(0.3)  # it either waits for us, or has published by now
            sent.append(payload)
        return publish(topic, payload, *more, **options)

    server._client.publish = racing  # type: ignore[method-assign]
    server.start()
    wait_until(lambda: len(sent) == 2)
    assert [b'"seq":1' in payload for payload in sent] == [True, False]


def test_an_orphan_is_cleared_and_nobody_is_told_of_a_damaged_message(broker: Mosquitto) -> None:
    bridge = broker.link("bridge-1", Subscription("counter"))
    server = broker.link("server").link
    server.own("counter", counter(9), n=9)
    bridge.wait("counter")
    server.clear("counter", n=9)
    server.own("counter", counter(8), n=8)
    bridge.wait("counter", lambda c: c.counter.n == 8)
    assert not bridge.link.rejected
    late = broker.link("monitor", Subscription("counter"))
    late.wait("counter")
    assert [c.counter.n for c in late.got("counter")] == [8]


def test_a_handler_that_fails_does_not_make_the_process_deaf(broker: Mosquitto) -> None:
    seen: list[str] = []
    refused: list[str] = []

    def take(inbound: Any) -> None:
        seen.append(inbound.message.id)
        if len(seen) == 1:
            raise ZeroDivisionError

    def told(_topic: str, _payload: bytes, why: Rejected) -> None:
        refused.append(why.code)
        raise KeyError("the one who is told fails too")

    server = Link(broker.broker("server"), broker.office, [Subscription("cmd.issue")], take, on_rejected=told)
    broker.links.append(server)
    server.start()
    wait_until(lambda: server.connected)
    kiosk = broker.link("kiosk-1").link
    for n in (1, 2):
        kiosk.publish("cmd.issue", IssueTicket(id=f"touch-000{n}", service="A"), user="kiosk-1")
    wait_until(lambda: seen == ["touch-0001", "touch-0002"], what="the second message")
    assert refused == ["internal"]
    assert server.rejected == {"internal": 1}


def test_connected_means_subscribed(broker: Mosquitto) -> None:
    """A command sent to a server that says it is ready is never lost for want of a subscription."""
    server = Link(broker.broker("server"), broker.office, [Subscription("cmd.issue")], lambda _: None)
    broker.links.append(server)
    before: list[bool] = []
    subscribed = server._client.on_subscribe

    def spy(*arguments: Any) -> None:
        before.append(server.connected)
        subscribed(*arguments)  # type: ignore[misc]

    server._client.on_subscribe = spy
    server.start()
    wait_until(lambda: server.connected)
    assert before == [False]


def test_stopping_when_the_broker_went_first_is_no_error(broker: Mosquitto) -> None:
    server = broker.link("server").link
    broker.kill()
    wait_until(lambda: not server.connected)
    server.connected = True  # the moment before the network thread noticed
    server.stop()
    assert not server.connected
