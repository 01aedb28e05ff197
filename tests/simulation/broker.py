"""The broker in memory: sessions, subscriptions, retained messages, last wills, and the permission table.

Without persistence, as the office's own (design.md §3): a restart forgets all. What the table of contracts/topics.py
does not allow is no silence here but the end of the simulation: the product must never try.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

from contracts.acl import user_rules
from contracts.roles import MqttRole
from tests.simulation.world import Violation, World


@dataclass(frozen=True)
class Packet:
    """A message, as paho hands it over."""

    topic: str
    payload: bytes
    qos: int
    retain: bool


class Session(Protocol):
    """The broker's end of a connection."""

    user: str

    def deliver(self, packet: Packet) -> None:
        """Towards the client."""

    def broken(self) -> None:
        """The broker went away, or the same client came again."""


@cache
def matches(pattern: str, topic: str) -> bool:
    """MQTT's rule for `+` (no `#` in our table)."""
    wanted, given = pattern.split("/"), topic.split("/")
    return len(wanted) == len(given) and all(w in ("+", g) for w, g in zip(wanted, given, strict=True))


@dataclass
class MemoryBroker:
    """`roles`: user → role; `office`: its id."""

    world: World
    office: str
    roles: Mapping[str, MqttRole]
    up: bool = True
    retained: dict[str, Packet] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._sessions: dict[str, tuple[Session, Packet]] = {}
        self._wanted: dict[str, tuple[str, ...]] = {}
        self._readers: dict[str, tuple[str, ...]] = {}
        self.on_publish: Callable[[str, Packet], None] = lambda _user, _packet: None
        self._rules = {u: user_rules(u, role, self.office) for u, role in sorted(self.roles.items())}
        self._writable: dict[tuple[str, str], bool] = {}

    def connect(self, session: Session, will: Packet) -> None:
        """A client came; its older connection ends."""
        old = self._sessions.pop(session.user, None)
        if old is not None:
            old[0].broken()
        self._sessions[session.user] = (session, will)
        self._want(session.user, ())

    def subscribe(self, session: Session, filters: tuple[str, ...]) -> None:
        """Retained messages follow at once."""
        for pattern in filters:
            if not any(access == "read" and matches(rule, pattern) for access, rule in self._rules[session.user]):
                raise Violation("acl", f"{session.user} subscribes to {pattern}")
        self._want(session.user, filters)
        for topic, packet in self.retained.items():
            if any(matches(pattern, topic) for pattern in filters):
                session.deliver(Packet(topic, packet.payload, packet.qos, retain=True))

    def publish(self, user: str, packet: Packet) -> None:
        """To all who want it."""
        if not self._may_write(user, packet.topic):
            raise Violation("acl", f"{user} publishes to {packet.topic}")
        self.on_publish(user, packet)
        if packet.retain:
            self.retained.pop(packet.topic, None)
            if packet.payload:
                self.retained[packet.topic] = packet
        live = Packet(packet.topic, packet.payload, packet.qos, retain=False)
        for reader in self._readers_of(packet.topic):
            self._sessions[reader][0].deliver(live)

    def gone(self, session: Session, *, tell: bool) -> None:
        """A connection ended; `tell`: without a goodbye, so the last will is published."""
        known = self._sessions.get(session.user)
        if known is None or known[0] is not session:
            return
        del self._sessions[session.user]
        self._want(session.user, ())
        if tell and self.up:
            self.publish(session.user, known[1])

    def crash(self) -> None:
        """All connections and all retained messages are gone."""
        self.up = False
        sessions = [session for session, _ in self._sessions.values()]
        self._sessions.clear()
        self._wanted.clear()
        self._readers.clear()
        self.retained.clear()
        for session in sessions:
            session.broken()

    def _want(self, user: str, filters: tuple[str, ...]) -> None:
        self._wanted[user] = filters
        self._readers.clear()

    def _readers_of(self, topic: str) -> tuple[str, ...]:
        known = self._readers.get(topic)
        if known is None:
            known = tuple(
                user for user, filters in self._wanted.items()
                if user in self._sessions and any(matches(pattern, topic) for pattern in filters)
            )  # fmt: skip
            self._readers[topic] = known
        return known

    def _may_write(self, user: str, topic: str) -> bool:
        key = (user, topic)
        if key not in self._writable:
            self._writable[key] = any(a == "write" and matches(p, topic) for a, p in self._rules[user])
        return self._writable[key]
