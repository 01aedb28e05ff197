"""Dossier look-ups beside the writer: a thread of their own, so that no door waits for the database."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from contracts.errors import Rejected
from contracts.messages.dossiers import LookupDossier
from contracts.messages.replies import Reply
from queue_server.application.ports import Lookup
from queue_server.application.replies import rejected
from queue_server.domain.clock import utc
from runtime.clock import Clock

WAITING_MAX = 64
"""Look-ups asked for and not yet answered; a counter or kiosk asks for one at a time."""


class Lookups:
    """Answers one after the other. `close()` lets the running one end; those behind it hear nothing."""

    def __init__(self, lookup: Lookup, clock: Clock) -> None:
        self._lookup, self._clock = lookup, clock
        self._room = threading.BoundedSemaphore(WAITING_MAX)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="lookups")

    def close(self) -> None:
        """Ends the thread."""
        self._worker.shutdown(cancel_futures=True)

    def submit(self, verb: str, message: LookupDossier, done: Callable[[Reply], None]) -> None:
        """Any thread: `done(reply)` on the look-ups' own. Raises Rejected `busy` when too many wait."""
        if not self._room.acquire(blocking=False):
            raise Rejected("busy", f"{WAITING_MAX} look-ups wait")
        try:
            self._worker.submit(self._answer, verb, message, done)
        except RuntimeError:  # the server is stopping
            self._room.release()
            raise Rejected("busy", "the server is stopping") from None

    def _answer(self, verb: str, message: LookupDossier, done: Callable[[Reply], None]) -> None:
        self._room.release()
        try:
            done(self._find(verb, message))
        except Exception:
            structlog.get_logger("lookups").exception("reply failed", verb=verb)

    def _find(self, verb: str, message: LookupDossier) -> Reply:
        now_ms = self._clock.wall_ms()
        try:
            found = self._lookup.find(message, now_ms)
        except Rejected as why:
            return rejected(message.id, verb, why.code, why.detail, now_ms)
        except Exception as bug:
            structlog.get_logger("lookups").exception("look-up failed")
            return rejected(message.id, verb, "internal", type(bug).__name__, now_ms)
        return Reply(id=message.id, verb=verb, ok=True, at=utc(now_ms), dossier=found)
