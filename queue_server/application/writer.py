"""The one writer: a thread that commits whatever arrived while it committed the last batch (design.md §4).

Callers never wait for the disk: they hand over a job and hear back after the commit. The queue is bounded; when it is
full the answer is `busy` at once.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

import msgspec
import structlog

from contracts.errors import Rejected
from contracts.settings import Office
from queue_server.application.alarm import Alarm
from queue_server.application.ports import Store
from queue_server.application.slow_time import SlowTime
from queue_server.application.storage import Storage
from queue_server.application.unit_of_work import Batch, Command, Result, decide_batch
from queue_server.domain import events as ev
from queue_server.domain.decide import Fresh
from queue_server.domain.model import OfficeState
from runtime.clock import Clock

QUEUE_MAX = 2_000
BATCH_MAX = 256
FATAL = frozenset({"fenced", "database_corrupt"})

Done = Callable[[Result, OfficeState], None]


class Job(msgspec.Struct, frozen=True):
    """A command and who wants to know; without a command it only lets time pass (midnight, opening hours).

    `passed` is called when the batch is through, whatever became of it.
    """

    command: Command | None
    done: Done = lambda _result, _state: None
    passed: Callable[[], None] = lambda: None


class Writer(threading.Thread):
    """Owns the committed state. Two callbacks run here after each commit and each tick.

    `on_committed(state, events)`, before the replies: the journal position up to which every call is out, or None.
    `on_told(state, ending)`, after them: within how many seconds it must run again even if nothing arrives, or None.
    `on_reloaded()`, after a commit that failed, when the state was read again: what it did is not known otherwise.
    All but the commit itself is done within `together()`, in which what is published may gather.
    """

    def __init__(
        self,
        office: Office,
        store: Store,
        fresh: Fresh,
        clock: Clock,
        on_committed: Callable[[OfficeState, Sequence[ev.AnyEvent]], int | None],
        on_fatal: Callable[[Rejected], None],
        on_told: Callable[[OfficeState, bool], float | None] = lambda _state, _ending: None,
        together: Callable[[], AbstractContextManager[None]] = nullcontext,
        on_reloaded: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(name="writer", daemon=True)
        self._counters = [c.n for c in office.counter]
        self.state = store.load(self._counters)
        self._loaded = True  # and not yet looked at with this office file's eyes
        self._office, self._store, self._fresh, self._clock = office, store, fresh, clock
        self._on_committed, self._on_fatal, self._on_told = on_committed, on_fatal, on_told
        self._together, self._on_reloaded = together, on_reloaded
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._published_seq: int | None = None
        self._away = False  # the store could not be used when it was last tried
        self._time = SlowTime(clock)
        self._alarm = Alarm(office, clock, self._time)
        self._timers = True  # something may be due in this batch
        self._unsure = False  # a commit failed, and what became of it could not be read
        self._log = structlog.get_logger("writer")

    def submit(self, job: Job) -> None:
        """Hands a job over. Raises Rejected `busy`."""
        if self._jobs.qsize() >= QUEUE_MAX:  # each door may look at once and still hand one over
            raise Rejected("busy", f"{QUEUE_MAX} commands wait")
        self._jobs.put(job)

    def stop(self) -> None:
        """Commits what was handed over before, then ends."""
        if self.is_alive():
            self._jobs.put(None)
            self.join()

    def run(self) -> None:
        """Batch after batch. A bug here stops the whole server: a deaf one would be worse."""
        try:
            self._batches()
        except Exception as bug:
            self._log.exception("writer ended")
            self._on_fatal(Rejected("internal", type(bug).__name__))

    def _batches(self) -> None:
        ending: bool = False
        wait_s: float | None = None
        while not ending:
            wait_s, ending = self._turn(wait_s)

    def _turn(self, wait_s: float | None) -> tuple[float | None, bool]:
        """Waits for work, does it; how long the next turn may wait, and whether there is none."""
        jobs, ending = self._collect(wait_s)
        if jobs or self._alarm.left_s(self.state) == 0:
            self._batch(jobs)
        with self._together():
            told_s = self._on_told(self.state, ending)
        for job in jobs:
            job.passed()
        waits = [s for s in (told_s, self._alarm.left_s(self.state)) if s is not None]
        return min(waits, default=None), ending

    def _collect(self, wait_s: float | None) -> tuple[list[Job], bool]:
        """What waits, and whether to end after it. Nothing when nothing came for `wait_s`."""
        try:
            first = self._jobs.get(timeout=wait_s)
        except queue.Empty:
            return [], False
        if first is None:
            return [], True
        jobs = [first]
        with self._together():  # a door that is handing jobs over comes to its end first
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
        commands = [job.command for job in jobs if job.command is not None]
        self._timers = self._alarm.concerns(commands, self.state)
        try:
            self._decide_and_commit(jobs)
        finally:
            self._alarm.set(self.state, exactly=self._timers)

    def _decide_and_commit(self, jobs: list[Job]) -> None:
        asked = [job for job in jobs if job.command is not None]
        if len(asked) < len(jobs):
            self._look_at_store()
        commands = [job.command for job in asked if job.command is not None]
        try:
            batch = self._commit(commands)
        except Rejected as why:
            self._refuse(asked, why)
            return
        except Exception as error:
            if len(asked) > 1:  # one of them is at fault: the others shall not suffer for it
                for job in asked:
                    self._decide_and_commit([job])
                return
            self._log.exception("batch failed", commands=len(commands))
            self._refuse(asked, Rejected("internal", type(error).__name__))
            return
        with self._together():
            self._tell(asked, batch)

    def _tell(self, asked: list[Job], batch: Batch) -> None:
        published_seq = self._on_committed(self.state, [e.event for e in batch.changes.entries])
        if published_seq is not None:  # the cursor moves with the next commit, and only when there was a call
            self._published_seq = published_seq
        for job, result in zip(asked, batch.results, strict=True):
            self._answer(job, result)

    def _answer(self, job: Job, result: Result) -> None:
        try:
            job.done(result, self.state)
        except Exception:  # it is committed: whoever asked may ask again, the others hear now
            self._log.exception("reply failed", verb=result.command.verb)

    def _commit(self, commands: list[Command]) -> Batch:
        if self._unsure:
            self._reload()
        if self._unsure:
            raise Rejected("storage_unavailable", "the database cannot be read again after a failure")
        clock_ms, office_ms = self._clock.wall_ms(), self._time.now_ms(self.state)
        remembered = self._store.outcomes([key for c in commands for key in c.keys]) if commands else {}
        with self._together():
            batch = decide_batch(
                self.state, self._office, commands, remembered, clock_ms, self._fresh, office_ms=office_ms,
                loaded=self._loaded, closing=self._store.closing, timers=self._timers,
            )  # fmt: skip
        if batch.changes:
            batch.changes.published_seq = self._published_seq
            try:
                self._store.commit(batch.changes, batch.state)
            except Exception:
                self._reload()
                raise
            self.state, self._published_seq, self._away = batch.state, None, False
        self._loaded = False
        return batch

    def _reload(self) -> None:
        """A commit that failed may have happened all the same: only the database knows (design.md §4)."""
        try:
            self.state, self._unsure = self._store.load(self._counters), False
            self._on_reloaded()
        except Rejected as why:
            self._unsure = True
            self._log.error("state not reloaded", code=why.code, detail=why.detail)
            if why.code in FATAL:
                self._on_fatal(why)

    @property
    def storage(self) -> Storage:
        """How the store is, as far as was heard."""
        return Storage.AWAY if self._away else Storage.CLOSING if self._store.closing else Storage.OK

    def _look_at_store(self) -> None:
        """With each tick: a lost line is taken up, another server noticed, a reserve that was given up made again."""
        try:
            self._store.check()
            self._away = False
        except Rejected as why:
            self._refuse([], why)

    def _refuse(self, jobs: list[Job], why: Rejected) -> None:
        self._log.error("batch refused", code=why.code, detail=why.detail, commands=len(jobs))
        self._away = self._away or why.code == "storage_unavailable"
        for job in jobs:
            if job.command is not None:
                self._answer(job, Result(job.command, error=why))
        if why.code in FATAL:
            self._on_fatal(why)
