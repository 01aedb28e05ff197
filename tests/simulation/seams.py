"""Where the product meets the simulation: two names are replaced while it runs, threads by steps and paho by wires."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import structlog

from queue_server.application.writer import Job, Writer
from tests.simulation.network import SimLink


class SimWriter(Writer):
    """The product's writer without its thread: the world calls `step` when there is work."""

    def submit(self, job: Job) -> None:
        """Hands a job over, and lets the world know."""
        super().submit(job)
        store: Any = self._store
        store.work_waits()

    def start(self) -> None:
        """What the thread would do first."""
        store: Any = self._store
        store.work_waits(self.step())

    def step(self) -> float | None:
        """One turn, as the thread makes it; the seconds after which it wants another one although nothing came."""
        return self._turn(0.0)[0]

    @property
    def waiting(self) -> int:
        """Jobs that wait."""
        return self._jobs.qsize()


class Complaints:
    """What the product logged as a bug of its own, and how often it said anything else."""

    def __init__(self) -> None:
        self.bugs: list[str] = []

    def heard(self, _logger: object, method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
        """A structlog processor: keeps what `log.exception` says."""
        if method == "exception" or event.get("exc_info"):
            self.bugs.append(" ".join(f"{k}={v}" for k, v in event.items() if k != "exc_info"))
        raise structlog.DropEvent


@contextmanager
def seams(uuid: Callable[[], str]) -> Iterator[Complaints]:
    """The product as the simulation needs it; all as before at the end."""
    before = structlog.get_config()
    complaints = Complaints()
    structlog.configure(processors=[complaints.heard], wrapper_class=structlog.stdlib.BoundLogger,
                        logger_factory=structlog.PrintLoggerFactory(), cache_logger_on_first_use=False)  # fmt: skip
    try:
        with (
            patch("queue_server.application.live.Writer", SimWriter),
            patch("queue_server.adapters.mqtt.Link", SimLink),
            patch("kiosk.adapters.server.Link", SimLink),
            patch("kiosk.adapters.spool.uuid4", uuid),
            patch("displays.signs.service.Link", SimLink),
        ):
            yield complaints
    finally:
        structlog.configure(**before)
