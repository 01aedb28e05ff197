"""The one writer: a thread that commits whatever arrived while it committed the last batch (design.md §4).

Callers never wait for the disk: they hand over a job and hear back after the commit. The queue is bounded; when it is
full the answer is `busy` at once.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from contracts.errors import Rejected
from contracts.settings import Office
from queue_server.application.ports import Store
from queue_server.application.unit_of_work import Batch, Command, Result, decide_batch
from queue_server.domain import events as ev
from queue_server.domain.decide import Fresh
from queue_server.domain.model import OfficeState
from runtime.clock import Clock

QUEUE_MAX = 2_000
BATCH_MAX = 256
FATAL = frozenset({"fenced", "database_corrupt"})

Done = Callable[[Result, OfficeState], None]


@dataclass(frozen=True)
class Job:
    """A command and who wants to know; without a command it only lets time pass (midnight, opening hours).

    `passed` is called when the batch is through, whatever became of it.
    """

    command: Command | None
    done: Done = lambda _result, _state: None
    passed: Callable[[], None] = lambda: None


class Writer(threading.Thread):
    """Owns the committed state. `on_committed(state, events)` runs here, after each commit and each tick."""

    def __init__(
        self,
        office: Office,
        store: Store,
        fresh: Fresh,
        clock: Clock,
        on_committed: Callable[[OfficeState, Sequence[ev.AnyEvent]], int | None],
        on_fatal: Callable[[Rejected], None],
    ) -> None:
        super().__init__(name="writer", daemon=True)
        self.state = store.load([c.n for c in office.counter])
        self._office, self._store, self._fresh, self._clock = office, store, fresh, clock
        self._on_committed, self._on_fatal = on_committed, on_fatal
        self._jobs: queue.Queue[Job | None] = queue.Queue(QUEUE_MAX)
        self._published_seq: int | None = None
        self._log = structlog.get_logger("writer")

    def submit(self, job: Job) -> None:
        """Hands a job over. Raises Rejected `busy`."""
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            raise Rejected("busy", f"{QUEUE_MAX} commands wait") from None

    def stop(self) -> None:
        """Commits what was handed over before, then ends."""
        self._jobs.put(None)
        self.join()

    def run(self) -> None:
        """Batch after batch."""
        ending = False
        while not ending:
            jobs, ending = self._collect()
            if jobs:
                self._batch(jobs)
            for job in jobs:
                job.passed()

    def _collect(self) -> tuple[list[Job], bool]:
        first = self._jobs.get()
        if first is None:
            return [], True
        jobs = [first]
        while len(jobs) < BATCH_MAX:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return jobs, True
            jobs.append(job)
        return jobs, False

    def _batch(self, jobs: list[Job]) -> None:
        asked = [job for job in jobs if job.command is not None]
        commands = [job.command for job in asked if job.command is not None]
        try:
            batch = self._commit(commands)
        except Rejected as why:
            self._refuse(asked, why)
            return
        except Exception as error:
            self._log.exception("batch failed", commands=len(commands))
            self._refuse(asked, Rejected("internal", type(error).__name__))
            return
        self._published_seq = self._on_committed(self.state, [e.event for e in batch.changes.entries])
        for job, result in zip(asked, batch.results, strict=True):
            job.done(result, self.state)

    def _commit(self, commands: list[Command]) -> Batch:
        now_ms = self._clock.wall_ms()
        remembered = self._store.outcomes([c.key for c in commands]) if commands else {}
        batch = decide_batch(self.state, self._office, commands, remembered, now_ms, self._fresh)
        if batch.changes:
            batch.changes.published_seq = self._published_seq
            self._store.commit(batch.changes, batch.state)
            self.state = batch.state
        return batch

    def _refuse(self, jobs: list[Job], why: Rejected) -> None:
        self._log.error("batch refused", code=why.code, detail=why.detail, commands=len(jobs))
        for job in jobs:
            if job.command is not None:
                job.done(Result(job.command, error=why), self.state)
        if why.code in FATAL:
            self._on_fatal(why)
