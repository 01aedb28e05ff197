"""Plays announcements in its own thread, one after the other; a failing device is an answer, not a crash."""

import queue
import threading
from collections.abc import Callable

from contracts.errors import Rejected
from firmware_bridge.speech.sinks import Job, Sink

JOBS_MAX = 2  # the announcer waits for each answer; the second place is for a caller that does not
POLL_S = 0.2
JOIN_S = 5.0

OnEnd = Callable[[int, Rejected | None], None]
"""Called in the player's thread with the job's id, and why it failed."""


class Player:
    """A thread, a bounded queue and a sink."""

    def __init__(self, sink: Sink, on_end: OnEnd) -> None:
        self._sink = sink
        self._on_end = on_end
        self._jobs: queue.Queue[Job] = queue.Queue(JOBS_MAX)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="speech-player", daemon=True)

    def start(self) -> None:
        """Begin to play."""
        self._thread.start()

    def submit(self, job: Job) -> bool:
        """Queue `job`; False when the queue is full. Never blocks."""
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            return False
        return True

    def stop(self) -> None:
        """Break off what is playing and end the thread."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(JOIN_S)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                job = self._jobs.get(timeout=POLL_S)
            except queue.Empty:
                continue
            problem: Rejected | None = None
            try:
                self._sink.play(job, self._stopping.wait)
            except Rejected as refused:
                problem = refused
            self._on_end(job.id, problem)
