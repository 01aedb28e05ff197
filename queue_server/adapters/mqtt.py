"""The MQTT door: commands in with the actor from their topic, replies and snapshots out (design.md §3)."""

from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from threading import Lock

import msgspec
import prometheus_client

from contracts import topics
from contracts.errors import Rejected
from contracts.messages.board import AlertEvent, BoardSnapshot, CallEvent, ServicesSnapshot
from contracts.messages.common import Version
from contracts.messages.counters import COUNTER_N_MAX
from contracts.messages.devices import DeviceHealth, Heartbeat, Presence
from contracts.messages.replies import CounterSnapshot, Reply
from contracts.settings import Office
from queue_server.adapters.discreet import discreet_reply, discreet_snapshot
from queue_server.application.live import LiveOffice
from queue_server.application.replies import rejected
from runtime.clock import Clock
from runtime.mqtt import Broker, Inbound, Link, Subscription

_REJECTED = prometheus_client.Counter("motcua_mqtt_rejections_total", "Refused MQTT payloads and commands", ("code",))
_ALERTS = prometheus_client.Counter("motcua_target_alerts_total", "Tickets about to miss their target", ("service",))

REPLY_ID_UNKNOWN = "unknown"
CALLS_WATCHED_MAX = 500
"""Calls on their way to a broker that acknowledges none; with more of them it counts as away."""


def _never() -> bool:
    """Of a call that is not even on its way: the connection has ended again."""
    return False


class _OnlyId(msgspec.Struct):
    id: str = REPLY_ID_UNKNOWN


class MqttDoor:
    """Publisher of the application, and the door for commands of kiosks, bridges and simulated clerks."""

    def __init__(self, broker: Broker, office: Office, clock: Clock) -> None:
        names = [name for name in topics.TOPICS if name.startswith("cmd.")] + ["health", "presence"]
        self.rejections: Counter[str] = Counter()
        self.versions = Version(0, 0)
        self._clock = clock
        self._hosts = {row.id: row.at for row in office.device}
        self._live: LiveOffice | None = None
        self._calls: deque[tuple[Callable[[], bool], CallEvent]] = deque()  # sent, and not known to be acknowledged
        self._calls_lock = Lock()
        self._link = Link(
            broker, office.id, [Subscription(name) for name in names], self._arrived, on_rejected=self._refused,
            on_connected=self._connected, clock=clock,
        )  # fmt: skip

    def serve(self, live: LiveOffice) -> None:
        """Opens the door, and clears what an earlier office file left on the broker."""
        self._live = live
        for n in range(1, COUNTER_N_MAX + 1):
            if live.office.counter_by_n(n) is None:
                self._link.clear("counter", n=n)
        live.broker_up, live.together = lambda: self._link.connected, self._link.together
        live.calls_on_their_way = self.calls_on_their_way
        self._link.start()

    def stop(self) -> None:
        """Closes it."""
        self._link.stop()

    def beat(self) -> None:
        """The server's pulse."""
        now_ms = self._clock.wall_ms()
        self._link.publish("heartbeat", Heartbeat(self._clock.now(), now_ms, self.versions))

    # ---- Publisher ----

    def board(self, snapshot: BoardSnapshot) -> None:
        """Retained; sent again on each connect."""
        self.versions = snapshot.version
        self._link.own("board", snapshot)

    def services(self, snapshot: ServicesSnapshot) -> None:
        """Retained."""
        self._link.own("services", snapshot)

    def counter(self, snapshot: CounterSnapshot) -> None:
        """Retained."""
        self._link.own("counter", discreet_snapshot(snapshot), n=snapshot.counter.n)

    def call(self, event: CallEvent) -> bool:
        """The fast path."""
        if self.calls_on_their_way() >= CALLS_WATCHED_MAX:
            return False
        acknowledged = self._link.publish_watched("call", event)
        if acknowledged is None:
            return False
        with self._calls_lock:
            self._calls.append((acknowledged, event))
        return True

    def calls_on_their_way(self) -> int:
        """How many of them the broker has not acknowledged, the newest ones: it acknowledges in order."""
        with self._calls_lock:
            while self._calls and self._calls[0][0]():
                self._calls.popleft()
            return len(self._calls)

    def alert(self, event: AlertEvent) -> None:
        """Counted; not sent again."""
        _ALERTS.labels(event.service).inc()
        self._link.publish("alert", event)

    # ---- MQTT thread ----

    def _connected(self, up: bool) -> None:
        """A new connection: what the last one lost on its way is sent again, unless nobody would hear it any more."""
        live = self._live
        if not up or live is None or not self.calls_on_their_way():
            return
        now, stale_s = self._clock.now(), live.office.queue.stale_s
        with self._calls_lock:
            young = [event for _, event in self._calls if (now - event.call.called_at).total_seconds() < stale_s]
            again = [(self._link.publish_watched("call", event) or _never, event) for event in young]
            self._calls = deque(again)

    def _arrived(self, inbound: Inbound) -> None:
        live = self._live
        if live is None:
            return
        message = inbound.message
        if isinstance(message, DeviceHealth):  # who it is stands in the topic, where the broker has checked it
            live.heard_health(msgspec.structs.replace(message, device=self._own_device(inbound)))
        elif isinstance(message, Presence):
            live.heard_presence(msgspec.structs.replace(message, user=inbound.params["user"]))
        elif inbound.spec.kind is topics.Kind.COMMAND and not inbound.retained:
            user, verb = inbound.params["user"], inbound.spec.name.removeprefix("cmd.")
            live.submit(f"mqtt:{user}", verb, message, lambda reply: self._reply(user, reply))

    def _own_device(self, inbound: Inbound) -> str:
        """The device of the topic. Raises `forbidden` when the office file plugs it into somebody else."""
        device, user = inbound.params["device"], inbound.params["user"]
        if self._hosts.get(device, user) != user:
            raise Rejected("forbidden", "the device hangs on another process")
        return device

    def _refused(self, topic: str, payload: bytes, why: Rejected) -> None:
        """A payload that is no message: counted, and told to its actor where the topic names one."""
        found = topics.match(topic)
        if found is None or found[0].kind is not topics.Kind.COMMAND:
            self._count(why.code)
            return
        command_id = REPLY_ID_UNKNOWN
        with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            command_id = msgspec.json.decode(payload[:4096], type=_OnlyId).id[:64]
        verb = found[0].name.removeprefix("cmd.")
        self._reply(found[1]["user"], rejected(command_id, verb, why.code, why.detail, self._clock.wall_ms()))

    def _reply(self, user: str, reply: Reply) -> None:
        if reply.error is not None:
            self._count(reply.error.code)
        for ticket in reply.handed or ():
            if ticket.code is not None:
                self._count(ticket.code)
        self._link.publish("reply", discreet_reply(reply), user=user)

    def _count(self, code: str) -> None:
        """Each refusal once: one with a reply is counted with its reply."""
        self.rejections[code] += 1
        _REJECTED.labels(code).inc()
