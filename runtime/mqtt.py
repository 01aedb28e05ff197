"""The MQTT link of a process: typed messages in and out, its own state re-published on every (re)connect.

Rules of design.md §3 that live here: MQTT 5, TCP_NODELAY, nothing handed to paho while disconnected, retained state
owned by the process and sent again on each connect, orphans cleared, a last will on the process's own presence topic,
and every inbound payload a typed message or a counted, coded rejection. A handler that fails is a rejection too
(`internal`): the library would end its thread, and the process be deaf from then on.
"""

import hashlib
import socket
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import msgspec
import paho.mqtt.client as paho
import structlog
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from contracts import codec, topics
from contracts.errors import Rejected
from contracts.messages.devices import Presence, PresenceState
from runtime.clock import Clock
from runtime.mqtt_network import NetworkThread

KEEPALIVE_S = 10
INFLIGHT_MAX = 200
OWNED_TOPICS_MAX = 2000
CLIENT_ID_PROOF_CHARS = 20  # 80 bits


@dataclass(frozen=True)
class Inbound:
    """A message that arrived. `message` is None only for rows without a type (third-party buttons: see `payload`)."""

    spec: topics.TopicSpec
    params: Mapping[str, str]
    message: Any
    payload: bytes
    topic: str
    retained: bool


@dataclass(frozen=True)
class Subscription:
    """A row of the topic table, with the parameters that are fixed; the others match anything."""

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Broker:
    """Where the broker is and who we are there."""

    host: str
    port: int
    username: str
    password: str

    @classmethod
    def from_url(cls, url: str, username: str, password: str) -> "Broker":
        """`mqtt://HOST:PORT`; raises Rejected `usage` for anything else."""
        try:
            parts = urlsplit(url if "//" in url else f"mqtt://{url}")
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if not host or (parts.scheme not in ("mqtt", "")):
            raise Rejected("usage", f"broker url {url!r} is not mqtt://HOST:PORT")
        return cls(host, port or 1883, username, password)


class Link:
    """One connection. Callbacks run on the MQTT thread: they must only hand over (a queue, a Clock trigger)."""

    def __init__(
        self,
        broker: Broker,
        office: str,
        subscriptions: Sequence[Subscription],
        on_message: Callable[[Inbound], None],
        *,
        on_connected: Callable[[bool], None] = lambda _: None,
        on_rejected: Callable[[str, bytes, Rejected], None] = lambda _topic, _payload, _why: None,
        clock: Clock | None = None,
    ) -> None:
        self.rejected: Counter[str] = Counter()
        self.connected = False
        self._broker, self._office = broker, office
        self._subscriptions = list(subscriptions)
        self._on_message, self._on_connected, self._on_rejected = on_message, on_connected, on_rejected
        self._clock = clock or Clock()
        self._log = structlog.get_logger("mqtt").bind(user=broker.username)
        self._owned: dict[str, tuple[bytes, int]] = {}
        self._lock = Lock()
        self._client = self._make_client()
        self._network = NetworkThread(self._client, broker.username, lambda: self._lost("the library failed"))

    # ---- life ----

    def start(self) -> None:
        """Connects in the background and keeps trying for ever."""
        self._client.connect_async(self._broker.host, self._broker.port, keepalive=KEEPALIVE_S, clean_start=True)
        self._network.start()

    def stop(self) -> None:
        """Says goodbye (presence offline) and ends the network thread."""
        if self.connected:
            with suppress(RuntimeError):  # the broker went first; its last will says the same
                self._publish_presence(PresenceState.OFFLINE).wait_for_publish(1.0)
        self._client.disconnect()
        self._network.close()
        self.connected = False

    # ---- out ----

    def publish(self, name: str, message: Any, **params: Any) -> bool:
        """Sends once. False when there is no link: the caller decides whether it still matters later."""
        spec = topics.TOPICS[name]
        topic = _topic(name, self._office, *params.items())
        return self._send(topic, codec.encode(message), spec.qos, retain=spec.retain)

    def publish_watched(self, name: str, message: Any, **params: Any) -> Callable[[], bool] | None:
        """Sends once, with QoS 1; gives a question that can be asked at any time: has the broker acknowledged it? It
        stays unanswered when the connection ends before. None when there is no link."""
        if not self.connected:
            return None
        spec = topics.TOPICS[name]
        topic = _topic(name, self._office, *params.items())
        sent = self._client.publish(topic, codec.encode(message), max(1, spec.qos), spec.retain)
        return sent.is_published if sent.rc == paho.MQTT_ERR_SUCCESS else None

    def together(self) -> AbstractContextManager[None]:
        """While it lasts, what this thread publishes gathers and goes out at its end, with one wake-up for all. Nothing
        arrives meanwhile. Not to be nested, nor used in a callback of this link."""
        return self._network.together()

    def own(self, name: str, message: Any, **params: Any) -> bool:
        """Publishes retained state that this process owns; sent again on every connect. True when sent now."""
        return self._keep(topics.topic(name, office=self._office, **params), codec.encode(message), name)

    def clear(self, name: str, **params: Any) -> bool:
        """Takes retained state away that is no more (an orphan), now and on every connect. True when sent now."""
        return self._keep(topics.topic(name, office=self._office, **params), b"", name)

    def _keep(self, topic: str, payload: bytes, name: str) -> bool:
        qos = topics.TOPICS[name].qos
        with self._lock:  # what is kept and what is sent must not cross with the sending of all on a connect
            if topic not in self._owned and len(self._owned) >= OWNED_TOPICS_MAX:
                raise ValueError(f"more than {OWNED_TOPICS_MAX} owned topics")
            self._owned[topic] = (payload, qos)
            return self._send(topic, payload, qos, retain=True)

    def _send(self, topic: str, payload: bytes, qos: int, *, retain: bool) -> bool:
        if not self.connected:
            return False
        return self._client.publish(topic, payload, qos, retain).rc == paho.MQTT_ERR_SUCCESS

    # ---- paho ----

    def _make_client(self) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=_client_id(self._broker), protocol=MQTTProtocolVersion.MQTTv5
        )
        client.username_pw_set(self._broker.username, self._broker.password)
        client.max_inflight_messages_set(INFLIGHT_MAX)
        client.will_set(*self._presence_message(PresenceState.OFFLINE, None), qos=1, retain=True)
        client.on_connect = self._accepted
        client.on_subscribe = self._subscribed
        client.on_disconnect = self._disconnected
        client.on_message = self._arrived
        client.on_socket_open = _no_delay
        return client

    def _presence_message(self, state: PresenceState, at: Any) -> tuple[str, bytes]:
        user = self._broker.username
        topic = topics.topic("presence", office=self._office, user=user)
        return topic, codec.encode(Presence(state, user, at))

    def _publish_presence(self, state: PresenceState) -> paho.MQTTMessageInfo:
        topic, payload = self._presence_message(state, self._clock.now())
        return self._client.publish(topic, payload, 1, retain=True)

    def _accepted(self, client: paho.Client, _userdata: object, _flags: object, reason: Any, _props: object) -> None:
        if reason.is_failure:
            self._log.error("broker refused", reason=str(reason))
            return
        self._network.settled()
        _forget_unacknowledged(client)
        wanted = [(self._filter(sub), topics.TOPICS[sub.name].qos) for sub in self._subscriptions]
        if wanted:
            client.subscribe(wanted)
        else:
            self._ready()

    def _filter(self, sub: Subscription) -> str:
        return topics.topic_filter(sub.name, **{"office": self._office, **sub.params})

    def _subscribed(self, _client: paho.Client, _userdata: object, _mid: int, reasons: Any, _props: object) -> None:
        refused = [sub.name for sub, reason in zip(self._subscriptions, reasons, strict=False) if reason.is_failure]
        if refused:
            self._log.error("broker refused subscriptions", names=refused)
        self._ready()

    def _ready(self) -> None:
        """Connected, and subscribed: what is asked of us from now on arrives."""
        with self._lock:
            self.connected = True
            self._publish_presence(PresenceState.ONLINE)
            for topic, (payload, qos) in self._owned.items():
                self._client.publish(topic, payload, qos, retain=True)
        self._log.info("connected", subscriptions=len(self._subscriptions))
        self._on_connected(True)

    def _disconnected(
        self, _client: paho.Client, _userdata: object, _flags: object, reason: Any, _props: object
    ) -> None:
        self._lost(str(reason))

    def _lost(self, reason: str) -> None:
        was, self.connected = self.connected, False
        if was:
            self._log.warning("disconnected", reason=reason)
            self._on_connected(False)

    def _arrived(self, _client: paho.Client, _userdata: object, packet: paho.MQTTMessage) -> None:
        try:
            inbound = self._typed(packet)
            if inbound is not None:
                self._on_message(inbound)
        except Rejected as why:
            self._reject(packet, why)
        except Exception as bug:
            self._log.exception("handler failed", topic=packet.topic)
            self._reject(packet, Rejected("internal", type(bug).__name__))

    def _reject(self, packet: paho.MQTTMessage, why: Rejected) -> None:
        self.rejected[why.code] += 1
        if self.rejected[why.code].bit_count() == 1:  # the 1st, 2nd, 4th, 8th …: counted all, logged few
            self._log.warning("rejected", topic=packet.topic, code=why.code, detail=why.detail)
        try:
            self._on_rejected(packet.topic, bytes(packet.payload), why)
        except Exception:
            self._log.exception("the rejection could not be told", topic=packet.topic)

    def _typed(self, packet: paho.MQTTMessage) -> Inbound | None:
        payload = bytes(packet.payload)
        found = topics.match(packet.topic)
        if found is None:
            raise Rejected("not_found", "no such topic")
        spec, params = found
        if not payload and (packet.retain or spec.retain):
            return None  # a cleared retained topic
        limit = codec.COMMAND_BYTES_MAX if spec.kind is topics.Kind.COMMAND else codec.PAYLOAD_BYTES_MAX
        message: msgspec.Struct | None = None
        bare = spec.bare_text and not payload.lstrip().startswith(b"{")
        if spec.payload is not None and not bare:
            message = codec.decode(payload, spec.payload, bytes_max=limit)
        elif len(payload) > limit:
            raise Rejected("too_large", f"{len(payload)} bytes")
        return Inbound(spec, params, message, payload, packet.topic, packet.retain)


@lru_cache(OWNED_TOPICS_MAX)
def _topic(name: str, office: str, *params: tuple[str, Any]) -> str:
    """topics.topic, remembered: a server says the same few all day."""
    return topics.topic(name, office=office, **dict(params))


def _client_id(broker: Broker) -> str:
    """The same at each start, so that the broker drops our old connection; known to nobody else, because whoever comes
    with the client id of another takes its connection away, whatever their own user name (MQTT 5, 3.1.4)."""
    proof = hashlib.sha256(f"motcua client id v1\0{broker.username}\0{broker.password}".encode()).hexdigest()
    return f"{broker.username}-{proof[:CLIENT_ID_PROOF_CHARS]}"


def _forget_unacknowledged(client: paho.Client) -> None:
    """The library would send again, after all that we publish on a connect, what the last connection left without an
    acknowledgement: older state over newer, and presses of a minute ago."""
    with client._out_message_mutex:  # noqa: SLF001 - no public way; tests/contract/test_mqtt_link.py watches it
        client._out_messages.clear()  # noqa: SLF001
        client._inflight_messages = 0  # noqa: SLF001


def _no_delay(_client: paho.Client, _userdata: object, sock: Any) -> None:
    """Measured: 1,706 → 3,697 round trips/s, p99 56 → 16 ms (measured.md, MQTT)."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
