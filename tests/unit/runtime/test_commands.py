"""Commands wait for replies: one id over all retries, a time to live, a limit; on a clock of our own."""

from collections.abc import Mapping
from typing import Any

from contracts import topics
from contracts.messages.common import Version
from contracts.messages.devices import Heartbeat
from contracts.messages.replies import Reply
from contracts.messages.tickets import IssueTicket
from runtime.clock import Clock, utc
from runtime.commands import PENDING_MAX, RESEND_S, SERVER_SILENT_S, Commander
from runtime.mqtt import Inbound

SERVER_MS = 1_795_403_600_000


class Wire:
    """A link that may be down; keeps what was published."""

    def __init__(self) -> None:
        self.up = True
        self.sent: list[Any] = []

    def publish(self, name: str, message: Any, **params: Any) -> bool:
        assert (name, params) == ("cmd.issue", {"user": "kiosk-1"})
        if self.up:
            self.sent.append(message)
        return self.up


class Rig:
    def __init__(self) -> None:
        self.wire: Any = Wire()
        self.now_s = 100.0
        self.commander = Commander(self.wire, "kiosk-1", Clock(mono_s=lambda: self.now_s, wall_ms=lambda: 0))
        self.replies: list[Reply | None] = []

    def send(self, n: int = 1, ttl_s: float = 5.0) -> bool:
        message = IssueTicket(id=f"touch-{n:04d}", service="A")
        return self.commander.send("issue", message, self.replies.append, ttl_s=ttl_s)

    def after(self, seconds: float) -> None:
        self.now_s += seconds
        self.commander.tick()

    def hear(self, message: Any, name: str = "reply", **params: str) -> bool:
        made: Mapping[str, str] = params
        return self.commander.arrived(Inbound(topics.TOPICS[name], made, message, b"", "", False))

    def answer(self, n: int = 1) -> bool:
        return self.hear(Reply(id=f"touch-{n:04d}", verb="issue", ok=True, at=utc(SERVER_MS)))


def test_a_lost_reply_is_asked_for_again_with_the_same_id_and_told_once() -> None:
    rig = Rig()
    rig.send()
    rig.after(RESEND_S + 0.01)
    assert [m.id for m in rig.wire.sent] == ["touch-0001"] * 2
    rig.answer()
    rig.answer()
    rig.after(10)
    assert [r.ok for r in rig.replies if r] == [True]
    assert len(rig.wire.sent) == 2


def test_nothing_is_handed_over_while_the_link_is_down_and_it_goes_out_when_it_is_back() -> None:
    rig = Rig()
    rig.wire.up = False
    assert rig.send()
    rig.after(0.2)
    assert rig.wire.sent == []
    rig.wire.up = True
    rig.after(0.2)
    assert len(rig.wire.sent) == 1
    rig.after(0.2)
    assert len(rig.wire.sent) == 1


def test_a_command_is_given_up_after_its_time() -> None:
    rig = Rig()
    rig.send(ttl_s=3)
    rig.after(2.9)
    assert rig.replies == []
    rig.after(0.1)
    assert rig.replies == [None]
    rig.answer()  # too late: nobody waits
    assert rig.replies == [None]


def test_the_time_of_sending_is_the_servers_and_stays_over_retries() -> None:
    rig = Rig()
    assert rig.hear(Heartbeat(utc(SERVER_MS), SERVER_MS, Version(1, 1)), "heartbeat")
    rig.now_s += 2
    rig.send()
    rig.after(RESEND_S + 0.01)
    assert [(m.sent_at_ms, m.ttl_ms) for m in rig.wire.sent] == [(SERVER_MS + 2000, 5000)] * 2


def test_a_silent_server_is_not_alive() -> None:
    rig = Rig()
    assert not rig.commander.server_time.alive()
    rig.hear(Heartbeat(utc(SERVER_MS), SERVER_MS, Version(1, 1)), "heartbeat")
    rig.now_s += SERVER_SILENT_S - 0.1
    assert rig.commander.server_time.alive()
    rig.now_s += 0.2
    assert not rig.commander.server_time.alive()


def test_more_than_the_limit_is_refused_at_once() -> None:
    rig = Rig()
    assert all(rig.send(n) for n in range(PENDING_MAX))
    assert not rig.send(PENDING_MAX)
    rig.answer(0)
    assert rig.send(PENDING_MAX)
