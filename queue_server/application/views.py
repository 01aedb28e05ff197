"""What readers see of the committed state, and when the snapshots of it go out.

A reader gets what its own state says, made when somebody asks: never older than what a reply told. Towards the broker
and the open pages a change at a counter goes out at once; tickets that are merely taken change figures only, so that
their snapshots go out at most every GAP_S, the last of them always. Measured: without this a batch of a few tickets
cost more for its snapshots than for all the rest.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

import msgspec

from contracts.messages.board import BoardSnapshot, ServicesSnapshot
from contracts.messages.common import Version
from contracts.messages.replies import CounterSnapshot, Notice
from contracts.settings import Office
from queue_server.application import projections
from queue_server.application.ports import Publisher
from queue_server.domain.clock import since_epoch_ms
from queue_server.domain.clock_trust import next_event_ms
from queue_server.domain.estimates import Estimator
from queue_server.domain.model import OfficeState
from runtime.clock import Clock

NOTICE_MS = 10_000
"""So long a counter's snapshot says why a press came to nothing."""
GAP_S = 0.05
"""Between two rounds of snapshots that differ only by tickets taken, in seconds."""


@dataclass(frozen=True)
class View:
    """Snapshots of one committed state, replaced as a whole."""

    state: OfficeState
    board: BoardSnapshot
    services: ServicesSnapshot
    counters: dict[int, CounterSnapshot] = field(default_factory=dict)


class Views:
    """The current view. Reading: any thread. `committed`, `show`, `due_s`: the writer's thread."""

    def __init__(
        self, office: Office, estimator: Estimator, clock: Clock, publisher: Publisher, tell: Callable[[str], None],
        epoch: int, state: OfficeState,
    ) -> None:  # fmt: skip
        self._office, self._estimator, self._clock = office, estimator, clock
        self._publisher, self._tell = publisher, tell
        self._lock = threading.Lock()
        self._version = Version(epoch, 0)
        self._notices: dict[int, Notice] = {}  # replaced as a whole
        self._view = self._project(state, None)
        self._behind = False  # the snapshots of the view are older than its state
        self._shown: View | None = None  # what went out last
        self._due_s = 0.0  # monotonic: nothing that can wait goes out before

    # ---- reading ----

    @property
    def state(self) -> OfficeState:
        """The last committed state; nobody changes it."""
        return self._view.state

    @property
    def version(self) -> Version:
        """Of the last committed state."""
        return self._version

    def current(self) -> View:
        """Snapshots of the last committed state."""
        with self._lock:
            if self._behind:
                self._view, self._behind = self._project(self._view.state, self._view), False
            return self._view

    # ---- writer thread ----

    def committed(self, state: OfficeState) -> None:
        """Something was committed, or time passed."""
        with self._lock:
            self._view, self._behind = replace(self._view, state=state), True
            self._version = Version(self._version.epoch, self._version.seq + 1)

    def noticed(self, n: int, notice: Notice | None) -> None:
        """Something to say at a counter, or no more."""
        if self._notices.get(n) == notice or n not in self.state.counters:
            return
        with self._lock:
            self._notices = (
                {**self._notices, n: notice} if notice else {k: v for k, v in self._notices.items() if k != n}
            )
            self._behind = True
            self._version = Version(self._version.epoch, self._version.seq + 1)

    def show(self) -> None:
        """Publishes every snapshot that says something new."""
        view, shown = self.current(), self._shown
        if shown is None or view.board is not shown.board:
            self._publisher.board(view.board)
            self._tell("board")
        if shown is None or view.services is not shown.services:
            self._publisher.services(view.services)
            self._tell("services")
        for n, snapshot in view.counters.items():
            if shown is None or snapshot is not shown.counters.get(n):
                self._publisher.counter(snapshot)
                self._tell(f"counter/{n}")
        self._shown, self._due_s = view, self._clock.mono_s() + GAP_S

    def show_if_due(self) -> float | None:
        """Publishes what has waited long enough; the seconds until the rest is due, None when nothing waits."""
        if not self._behind and self._view is self._shown:
            return None
        left_s = self._due_s - self._clock.mono_s()
        if left_s > 0:
            return left_s
        self.show()
        return None

    def _project(self, state: OfficeState, before: View | None) -> View:
        """A new view; a snapshot whose content did not change stays the very same object, with its old version."""
        now_ms, version = self._clock.wall_ms(), self._version
        decided_ms = next_event_ms(state, now_ms)  # a card says what a press would hear
        rows = projections.service_states(state, self._office, self._estimator, decided_ms)
        board = projections.board_snapshot(state, rows, version, now_ms)
        services = projections.services_snapshot(state, rows, version, now_ms)
        notices = {n: said for n, said in self._notices.items() if now_ms - since_epoch_ms(said.at) < NOTICE_MS}
        counters = {
            n: projections.counter_snapshot(state, self._office, n, version, now_ms, notices.get(n))
            for n in state.counters
        }  # fmt: skip
        if before is None:
            return View(state, board, services, counters)
        kept = {n: _same(before.counters.get(n), new) for n, new in counters.items()}
        return View(state, _same(before.board, board), _same(before.services, services), kept)


Snapshot = TypeVar("Snapshot", BoardSnapshot, ServicesSnapshot, CounterSnapshot)


def _same(old: Snapshot | None, new: Snapshot) -> Snapshot:
    """`old` when `new` says the same (but for version and time)."""
    if old is None or msgspec.structs.replace(new, version=old.version, at=old.at) != old:
        return new
    return old
