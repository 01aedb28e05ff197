"""Several subscribers of the board in one process, each with its own connection; they only note when what came.

One JSON argument; prints a line when all are connected, and what they saw (JSON) once their input ends.
"""

import json
import selectors
import socket
import sys
import time
from pathlib import Path
from typing import Any, cast

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from contracts import codec, topics
from contracts.messages.board import BoardSnapshot, CallEvent
from runtime.mqtt import KEEPALIVE_S, Broker
from runtime.secrets import read_secret
from tests.bench._rig import OFFICE_ID

READY = "ready"
BOARD, CALL = topics.topic("board", office=OFFICE_ID), topics.topic("call", office=OFFICE_ID)


class Listener:
    """One connection. Payloads are read after the run, so that reading them delays nobody."""

    def __init__(self, broker: Broker) -> None:
        self.seen: list[tuple[int, str, bytes]] = []
        self.subscribed = False
        self.client = client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=broker.username, protocol=MQTTProtocolVersion.MQTTv5
        )
        client.username_pw_set(broker.username, broker.password)
        client.on_connect = lambda c, *_: c.subscribe([(BOARD, 1), (CALL, 1)])
        client.on_subscribe = self._subscribed
        client.on_message = lambda _c, _u, m: self.seen.append((time.monotonic_ns(), m.topic, bytes(m.payload)))
        client.connect(broker.host, broker.port, KEEPALIVE_S)

    def _subscribed(self, *_: Any) -> None:
        self.subscribed = True

    def turn(self, *, readable: bool) -> None:
        """Whatever there is to do."""
        if readable:
            self.client.loop_read()
        while self.client.want_write():
            self.client.loop_write()
        self.client.loop_misc()


def first_seen(seen: list[tuple[int, str, bytes]]) -> dict[str, dict[str, int]]:
    """When each number (repeat 0) first came: {"call": {number: ns}, "board": {number: ns}, "seq": {seq: ns}}."""
    found: dict[str, dict[str, int]] = {"call": {}, "board": {}, "seq": {}}
    for at_ns, topic, payload in seen:
        if topic == CALL:
            event = codec.decode(payload, CallEvent)
            found["call"].setdefault(event.call.number, at_ns)
            continue
        snapshot = codec.decode(payload, BoardSnapshot)
        if snapshot.version.epoch == 0:  # the raw fan-out of call.py
            found["seq"].setdefault(str(snapshot.version.seq), at_ns)
            continue
        for call in snapshot.calls:
            found["board"].setdefault(call.number, at_ns)
    return found


def listen(listeners: list[Listener]) -> None:
    """Until the input ends (whoever started us wants the figures)."""
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin, selectors.EVENT_READ, None)
        for listener in listeners:
            selector.register(cast("socket.socket", listener.client.socket()), selectors.EVENT_READ, listener)
        told = False
        while True:
            for key, _ in selector.select(0.5):
                if key.data is None:
                    return
                key.data.turn(readable=True)
            for listener in listeners:
                listener.turn(readable=False)
            if not told and all(listener.subscribed for listener in listeners):
                told = True
                sys.stdout.write(READY + "\n")
                sys.stdout.flush()


def main(options: dict[str, Any]) -> int:
    """Options: url, data, users."""
    data = Path(options["data"])
    listeners = [Listener(Broker.from_url(options["url"], u, read_secret(data, u))) for u in options["users"]]
    listen(listeners)
    sys.stdout.write(json.dumps([first_seen(listener.seen) for listener in listeners]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
