"""Look-ups: on a thread of their own, no more than a few, and every one of them answered."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from contracts.errors import Rejected
from contracts.messages.dossiers import DossierView, LookupDossier, Timeliness
from contracts.messages.replies import Reply
from queue_server.application import lookups as module
from queue_server.application.lookups import Lookups
from runtime.clock import Clock
from tests.support.offices import T0

VIEW = DossierView("H1", "1.001193", "Khai sinh", "N***", "UBND", 4, Timeliness.ON_TIME, None, None, None, "x")


class Slow:
    """A database that answers when it may."""

    def __init__(self) -> None:
        self.gate, self.error, self.threads = threading.Event(), None, set[str]()
        self.gate.set()

    def find(self, command: LookupDossier, now_ms: int) -> DossierView:
        assert now_ms == T0
        self.gate.wait(5)
        self.threads.add(threading.current_thread().name)
        if self.error is not None:
            raise self.error
        return VIEW


class Rig:
    def __init__(self) -> None:
        self.slow: Any = Slow()
        self.lookups = Lookups(self.slow, Clock(wall_ms=lambda: T0))
        self.replies: list[Reply] = []
        self.answered = threading.Semaphore(0)

    def ask(self) -> None:
        self.lookups.submit("lookup-dossier", LookupDossier(id="command-1", code="H1"), self._done)

    def wait(self) -> Reply:
        assert self.answered.acquire(timeout=5)
        return self.replies[-1]

    def _done(self, reply: Reply) -> None:
        self.replies.append(reply)
        self.answered.release()


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig()
    yield made
    made.slow.gate.set()
    made.lookups.close()


def test_the_asking_thread_does_not_wait(rig: Rig) -> None:
    rig.slow.gate.clear()
    rig.ask()  # returns
    assert rig.replies == []
    rig.slow.gate.set()
    reply = rig.wait()
    assert (reply.ok, reply.dossier, reply.verb) == (True, VIEW, "lookup-dossier")
    assert all(name.startswith("lookups") for name in rig.slow.threads)


@pytest.mark.parametrize(
    ("error", "code"), [(Rejected("dossier_unknown"), "dossier_unknown"), (ZeroDivisionError(), "internal")]
)
def test_a_refusal_and_a_bug_are_answers(rig: Rig, error: Exception, code: str) -> None:
    rig.slow.error = error
    rig.ask()
    reply = rig.wait()
    assert reply.error is not None
    assert (reply.ok, reply.error.code) == (False, code)
    rig.slow.error = None
    rig.ask()
    assert rig.wait().ok


def test_too_many_are_busy_at_once_and_there_is_room_again_later(rig: Rig) -> None:
    rig.slow.gate.clear()
    refused = 0
    for _ in range(module.WAITING_MAX + 5):
        try:
            rig.ask()
        except Rejected as why:
            assert why.code == "busy"
            refused += 1
    assert refused in (4, 5)  # one may be on its way already
    rig.slow.gate.set()
    for _ in range(module.WAITING_MAX + 5 - refused):
        rig.wait()
    rig.ask()
    assert rig.wait().ok


def test_a_reply_that_fails_does_not_end_the_thread(rig: Rig) -> None:
    def broken(_reply: Reply) -> None:
        raise ZeroDivisionError

    rig.lookups.submit("lookup-dossier", LookupDossier(id="command-1", code="H1"), broken)
    rig.ask()
    assert rig.wait().ok


def test_after_the_end_it_is_busy(rig: Rig) -> None:
    rig.lookups.close()
    with pytest.raises(Rejected) as why:
        rig.ask()
    assert why.value.code == "busy"
