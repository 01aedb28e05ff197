"""Sends commands and waits for their replies: one id a touch or press, kept over every retry (design.md §3, §4).

A command counts only when its reply came. It is sent again every RESEND_S while the link is up, and given up after
its time to live. Nothing is queued in the MQTT library while the link is down.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

import msgspec

from contracts.messages.devices import Heartbeat
from contracts.messages.replies import Reply
from runtime.clock import Clock
from runtime.mqtt import Inbound, Link

RESEND_S = 0.7
PENDING_MAX = 64
SERVER_SILENT_S = 5.0


class ServerTime:
    """The server's clock as heard in its heartbeat: judged by our monotonic clock, never by our wall clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset_ms: float | None = None
        self.heard_at_s: float | None = None

    def heard(self, beat: Heartbeat) -> None:
        """Takes a heartbeat in."""
        self.heard_at_s = self._clock.mono_s()
        self._offset_ms = beat.at_ms - self.heard_at_s * 1000

    def now_ms(self) -> int | None:
        """Server time in UTC ms, or None before the first heartbeat."""
        return None if self._offset_ms is None else round(self._clock.mono_s() * 1000 + self._offset_ms)

    def alive(self) -> bool:
        """True when the server was heard within SERVER_SILENT_S."""
        return self.heard_at_s is not None and self._clock.mono_s() - self.heard_at_s < SERVER_SILENT_S


@dataclass
class _Pending:
    verb: str
    message: msgspec.Struct
    done: Callable[[Reply | None], None]
    sent_at_s: float | None
    give_up_at_s: float


class Commander:
    """Commands of one process. `tick()` must be called a few times a second; `done` runs on the caller's thread of
    `tick` (time-out: None) or on the MQTT thread (a reply)."""

    def __init__(self, link: Link, user: str, clock: Clock) -> None:
        self.server_time = ServerTime(clock)
        self._link, self._user, self._clock = link, user, clock
        self._pending: dict[str, _Pending] = {}
        self._lock = Lock()

    def send(self, verb: str, message: Any, done: Callable[[Reply | None], None], *, ttl_s: float = 5.0) -> bool:
        """Sends `message` (its `id` is the command id). False when PENDING_MAX commands already wait."""
        now = self._clock.mono_s()
        server_ms = self.server_time.now_ms()
        if server_ms is not None and "ttl_ms" in message.__struct_fields__:
            message = msgspec.structs.replace(message, sent_at_ms=server_ms, ttl_ms=max(1, round(ttl_s * 1000)))
        with self._lock:
            if len(self._pending) >= PENDING_MAX:
                return False
            self._pending[message.id] = _Pending(verb, message, done, None, now + ttl_s)
        self._attempt(message.id, now)
        return True

    def arrived(self, inbound: Inbound) -> bool:
        """Feeds replies and heartbeats; True when the message was one of them."""
        if isinstance(inbound.message, Heartbeat):
            self.server_time.heard(inbound.message)
            return True
        if not isinstance(inbound.message, Reply):
            return False
        with self._lock:
            pending = self._pending.pop(inbound.message.id, None)
        if pending is not None:
            pending.done(inbound.message)
        return True

    def tick(self) -> None:
        """Resends what is unanswered; gives up what is too old."""
        now = self._clock.mono_s()
        with self._lock:
            late = [i for i, p in self._pending.items() if now >= p.give_up_at_s]
            dropped = [self._pending.pop(i) for i in late]
            again = [i for i, p in self._pending.items() if p.sent_at_s is None or now - p.sent_at_s >= RESEND_S]
        for pending in dropped:
            pending.done(None)
        for command_id in again:
            self._attempt(command_id, now)

    def _attempt(self, command_id: str, now_s: float) -> None:
        with self._lock:
            pending = self._pending.get(command_id)
        if pending is None:
            return
        if self._link.publish(f"cmd.{pending.verb}", pending.message, user=self._user):
            pending.sent_at_s = now_s
