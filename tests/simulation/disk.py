"""The server's disk: the product's own store on a real SQLite file, with trouble at the commits.

A power cut before the commit leaves nothing of it, a cut after it leaves all of it (what the cut leaves of the file
itself is shown elsewhere, on a disk that drops unsynced writes). In both cases whoever waits for a reply waits in vain.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.errors import Rejected
from queue_server.adapters.store import OfficeStore
from queue_server.application.ports import Changes
from queue_server.domain.model import OfficeState
from tests.simulation.world import PowerCut, Powered


@dataclass
class Disk:
    """What is going to happen to the next commits. It outlives the server process."""

    path: Path
    full: bool = False  # every commit is refused
    lie: bool = False  # the next commit happens, and an error is reported all the same
    then_blind: bool = False  # and then nothing can be read for a while
    blind: bool = False  # nothing can be read
    cut_before: bool = False  # the next commit meets a power cut
    cut_after: bool = False  # the next commit happens, then the power is gone
    cut_publish: int | None = None  # the power goes at the n-th publish from now
    commits: int = 0
    lied_s: float = -1e9  # when it last lied

    def publishing(self, owner: Powered) -> None:
        """Called before each message of the server leaves."""
        if self.cut_publish is not None:
            self.cut_publish -= 1
            if self.cut_publish <= 0:
                self.cut_publish = None
                raise PowerCut(owner)


class SimStore(OfficeStore):
    """The store, on that disk. `work_waits`: told by the writer (a thread in the product, a step here)."""

    def __init__(
        self, disk: Disk, now_ms: int, owner: Powered, work_waits: Callable[[], None], now_s: Callable[[], float]
    ) -> None:
        self.work_waits, self._now_s = work_waits, now_s
        self._disk, self._owner = disk, owner
        super().__init__(disk.path, now_ms)

    def load(self, counters: Sequence[int]) -> OfficeState:
        """The product's reading, unless the disk does not answer."""
        if self._disk.blind:
            raise Rejected("storage_unavailable", "disk I/O error")
        return super().load(counters)

    def commit(self, changes: Changes, state: OfficeState) -> Any:
        """The product's commit, between the troubles."""
        disk = self._disk
        if disk.full:
            raise Rejected("storage_unavailable", "database or disk is full")
        if disk.cut_before:
            disk.cut_before = False
            raise PowerCut(self._owner)
        super().commit(changes, state)
        disk.commits += 1
        if disk.cut_after:
            disk.cut_after = False
            raise PowerCut(self._owner)
        if disk.lie:
            disk.lie = False
            disk.lied_s = self._now_s()
            disk.blind = disk.then_blind
            raise Rejected("storage_unavailable", "disk I/O error")
