"""Wires between clients and the broker, and the end of paho that the product's Link holds.

A wire is up, cut (both sides notice), stalled, or deaf (stalled towards the client only). On a stalled one TCP holds
what is sent and delivers it late and in order, until the keepalive gives the connection up and all of it is lost. A
lossy wire delays, doubles and reorders; what may be missed by design (commands, replies, call events, pulses) it loses
too. Retained state is never lost on a connection that lives: TCP does not do that, and a client that must live with it
could not exist.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import paho.mqtt.client as paho

from contracts.messages.devices import PresenceState
from runtime.mqtt import KEEPALIVE_S, Broker, Link
from runtime.mqtt_network import RECONNECT_S_MAX, RECONNECT_S_MIN
from tests.simulation.broker import MemoryBroker, Packet
from tests.simulation.world import World

LATENCY_S = (0.0005, 0.01)
LOSSY_LATENCY_S = (0.001, 0.6)
LOSS, DOUBLE = 0.15, 0.15
GIVE_UP_S = 1.5 * KEEPALIVE_S
MAY_BE_LOST = ("/cmd/", "/reply/", "/event/", "/pulse/")
ARRIVES = "/event/"  # at the broker, while the connection lives: its sender waits for the acknowledgement


class Reason(NamedTuple):
    """paho's reason code, as far as the Link looks."""

    is_failure: bool = False


@dataclass
class Sent:
    """paho's MQTTMessageInfo, as far as the Link looks."""

    rc: int = paho.MQTT_ERR_SUCCESS
    acknowledged: bool = False

    def is_published(self) -> bool:
        """The broker has it."""
        return self.acknowledged

    def wait_for_publish(self, timeout_s: float) -> None:
        """It is on its way."""


@dataclass
class Wire:
    """The way between one user and the broker."""

    user: str
    up: bool = True
    stalled: bool = False
    deaf: bool = False
    lossy: bool = False
    held: list[Callable[[], None]] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """True when what is sent arrives now."""
        return self.up and not self.stalled and not self.deaf


class Network:
    """All wires, also those of browsers (`pages`). `clients`: the latest client of each MQTT user."""

    def __init__(self, world: World, broker: MemoryBroker, pages: tuple[str, ...]) -> None:
        self.world, self.broker = world, broker
        self.wires = {user: Wire(user) for user in (*sorted(broker.roles), *pages)}
        self.clients: dict[str, SimClient] = {}
        self.on_sent: Callable[[str, Packet], None] = lambda _user, _packet: None
        self.on_arrived: Callable[[str, Packet], None] = lambda _user, _packet: None

    def up_since(self, user: str) -> float | None:
        """Since when this user's link has been whole: connected, subscribed, nothing held. None: it is not."""
        client = self.clients.get(user)
        return client.connection.ready_s if client is not None and client.connection is not None else None

    def connected(self, user: str) -> bool:
        """True when the client has a connection, as far as it knows."""
        client = self.clients.get(user)
        return client is not None and client.connection is not None

    # ---- faults ----

    def cut(self, user: str) -> None:
        """Both ends notice."""
        self.wires[user].up = False
        self._drop(user)

    def mend(self, user: str) -> None:
        """The wire is whole; what TCP held goes on."""
        wire = self.wires[user]
        wire.up, wire.stalled, wire.deaf = True, False, False
        held, wire.held = wire.held, []
        for action in held:
            action()
        client = self.clients.get(user)
        if client is not None and client.connection is not None and client.connection.subscribed:
            client.connection.ready_s = self.world.now_s

    def stall(self, user: str, *, deaf: bool) -> None:
        """Nothing comes through (`deaf`: to the client), and nobody knows; the keepalive finds out."""
        wire = self.wires[user]
        wire.stalled, wire.deaf = not deaf, deaf
        client = self.clients.get(user)
        if client is None or client.connection is None:
            return
        connection = client.connection
        connection.ready_s = None

        def give_up() -> None:
            if not wire.good and connection.open:
                wire.held.clear()
                connection.close(tell=True)

        self.world.after(GIVE_UP_S, give_up)

    def _drop(self, user: str) -> None:
        self.wires[user].held.clear()
        client = self.clients.get(user)
        if client is not None and client.connection is not None:
            client.connection.close(tell=True)


class Connection:
    """One TCP connection with its MQTT session. Both directions keep their order, but for a lossy wire's."""

    def __init__(self, net: Network, client: "SimClient") -> None:
        self.user, self.open, self.subscribed = client.user, True, False
        self.ready_s: float | None = None
        self._net, self._client = net, client
        self._last = {True: 0.0, False: 0.0}

    # ---- broker's side ----

    def deliver(self, packet: Packet) -> None:
        """Broker → client."""
        wire, world = self._net.wires[self.user], self._net.world
        if wire.lossy and world.chance(LOSS) and any(part in packet.topic for part in MAY_BE_LOST):
            return
        for _ in range(2 if wire.lossy and world.chance(DOUBLE) and packet.qos else 1):
            self._carry(lambda: self._client.arrived(self, packet), up=False, ordered=not wire.lossy)

    def broken(self) -> None:
        """The broker ended it."""
        self.close(tell=False)

    # ---- client's side ----

    def send(self, packet: Packet, mid: int | None) -> None:
        """Client → broker, in order: one stream carries it."""
        wire, world = self._net.wires[self.user], self._net.world
        lost = any(part in packet.topic for part in MAY_BE_LOST) and ARRIVES not in packet.topic
        if wire.lossy and world.chance(LOSS) and lost:
            return

        def arrive() -> None:
            if self._net.broker.up:
                self._net.broker.publish(self.user, packet)
                self._carry(lambda: self._client.acknowledged(self, mid), up=False, ordered=True)

        self._carry(arrive, up=True, ordered=True)

    def subscribe(self, filters: tuple[str, ...]) -> None:
        """SUBSCRIBE, and its acknowledgement ahead of the retained messages."""

        def arrive() -> None:
            if not self._net.broker.up:
                return
            self._carry(lambda: self._client.subscribed(self, len(filters)), up=False, ordered=True)
            self._net.broker.subscribe(self, filters)

        self._carry(arrive, up=True, ordered=True)

    def close(self, *, tell: bool) -> None:
        """Ends it; `tell`: the broker publishes the last will."""
        if not self.open:
            return
        self.open = False
        self._net.broker.gone(self, tell=tell)
        self._client.disconnected(self)

    def _carry(self, action: Callable[[], None], *, up: bool, ordered: bool) -> None:
        wire, world = self._net.wires[self.user], self._net.world

        def go() -> None:
            if not self.open:
                return
            if wire.stalled or (wire.deaf and not up):
                wire.held.append(lambda: world.after(0.0, go))
            else:
                action()

        low, high = LOSSY_LATENCY_S if wire.lossy else LATENCY_S
        due = world.now_s + world.between(low, high)
        if ordered:
            due = self._last[up] = max(due, self._last[up] + 1e-6)
        world.at(due, go)


class SimClient:
    """What the product's Link uses of paho.Client. What was sent with QoS 1 and not acknowledged is sent again by the
    library after the next connect, as paho does, unless somebody empties `_out_messages`."""

    on_connect: Any
    on_subscribe: Any
    on_disconnect: Any
    on_message: Any

    def __init__(self, net: Network, user: str, will: Packet) -> None:
        self.user = user
        self.connection: Connection | None = None
        self.alive = True
        self._net, self._will = net, will
        self._out_message_mutex = nullcontext()
        self._out_messages: dict[int, Packet] = {}
        self._inflight_messages = 0
        self._sent: dict[int, Sent] = {}
        self._mid = 0
        self._retry_s = float(RECONNECT_S_MIN)
        self.before_publish: Callable[[], None] = lambda: None

    # ---- what the Link calls ----

    def connect_async(self, _host: str, _port: int, keepalive: int, clean_start: bool) -> None:
        """Begins with `begin`."""

    def begin(self) -> None:
        """Connects, and connects again, until `kill` or `disconnect`."""
        self._net.clients[self.user] = self
        self._net.world.after(self._net.world.between(*LATENCY_S), self._attempt)

    def disconnect(self) -> None:
        """A goodbye: no last will."""
        self.alive = False
        if self.connection is not None:
            self.connection.close(tell=False)

    def subscribe(self, wanted: list[tuple[str, int]]) -> None:
        """Acknowledged through on_subscribe."""
        if self.connection is not None:
            self.connection.subscribe(tuple(pattern for pattern, _ in wanted))

    def publish(self, topic: str, payload: bytes, qos: int, retain: bool) -> Sent:
        """Sends now, or queues (what the product must never rely on)."""
        self.before_publish()
        if not payload and topic not in self._net.broker.retained:
            return Sent(acknowledged=True)  # clears what is not there: nobody would notice
        packet = Packet(topic, payload, qos, retain)
        self._net.on_sent(self.user, packet)
        mid, sent = None, Sent(acknowledged=not qos)
        if qos:
            self._mid += 1
            mid = self._mid
            self._out_messages[mid], self._sent[mid] = packet, sent
        if self.connection is None:
            sent.rc = paho.MQTT_ERR_NO_CONN
        else:
            self.connection.send(packet, mid)
        return sent

    # ---- what the wire calls ----

    def arrived(self, connection: Connection, packet: Packet) -> None:
        """A message."""
        if self.alive and connection is self.connection:
            self._net.on_arrived(self.user, packet)
            self.on_message(self, None, packet)

    def acknowledged(self, connection: Connection, mid: int | None) -> None:
        """The broker has it."""
        if mid is not None and connection is self.connection:
            self._out_messages.pop(mid, None)
            if mid in self._sent:  # a message that was sent again is acknowledged twice
                self._sent.pop(mid).acknowledged = True

    def subscribed(self, connection: Connection, count: int) -> None:
        """The broker has the subscriptions."""
        if self.alive and connection is self.connection:
            connection.subscribed = True
            connection.ready_s = self._net.world.now_s
            self.on_subscribe(self, None, 0, [Reason()] * count, None)

    def disconnected(self, connection: Connection) -> None:
        """The connection is over."""
        if connection is self.connection:
            self.connection = None
            if self.alive:
                self.on_disconnect(self, None, None, "lost", None)
                self._net.world.after(self._retry_s, self._attempt)

    def kill(self) -> None:
        """The process is gone: the kernel closes its socket, the broker tells the last will."""
        self.alive = False
        if self.connection is not None:
            self.connection.close(tell=True)

    def _attempt(self) -> None:
        if not self.alive or self.connection is not None:
            return
        if not (self._net.broker.up and self._net.wires[self.user].good):
            self._retry_s = min(2 * self._retry_s, float(RECONNECT_S_MAX))
            self._net.world.after(self._retry_s, self._attempt)
            return
        self._retry_s = float(RECONNECT_S_MIN)
        connection = self.connection = Connection(self._net, self)
        self._net.broker.connect(connection, self._will)
        self.on_connect(self, None, None, Reason(), None)
        for mid, packet in list(self._out_messages.items()):
            connection.send(packet, mid)


@dataclass(frozen=True)
class SimAddress(Broker):
    """Where the broker is, and the network that leads there."""

    net: Network | None = None


def address(net: Network, user: str) -> SimAddress:
    """The address for one user."""
    return SimAddress("sim", 1, user, "sim", net)


class SimThread:
    """In the place of the network thread."""

    def __init__(self, client: SimClient) -> None:
        self._client = client

    def start(self) -> None:
        """Begins to connect."""
        self._client.begin()

    def close(self) -> None:
        """No more."""
        self._client.alive = False

    def settled(self) -> None:
        """The broker took us."""

    def together(self) -> AbstractContextManager[None]:
        """One thread: nothing gathers."""
        return nullcontext()


class SimLink(Link):
    """The product's Link with the simulated end of paho."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        client: Any = self._client
        self._network = SimThread(client)  # type: ignore[assignment]  # a thread in the product

    def _make_client(self) -> Any:
        assert isinstance(self._broker, SimAddress)
        assert self._broker.net is not None
        topic, payload = self._presence_message(PresenceState.OFFLINE, None)
        client = SimClient(self._broker.net, self._broker.username, Packet(topic, payload, 1, retain=True))
        client.on_connect = self._accepted
        client.on_subscribe = self._subscribed
        client.on_disconnect = self._disconnected
        client.on_message = self._arrived
        return client
