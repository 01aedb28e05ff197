"""Where news from other threads waits for the screen loop: bounded, and it wakes the loop instead of being polled."""

from collections import deque
from collections.abc import Callable
from threading import Lock

from kiosk.flow.events import News, PrinterSeen, ServerSeen, ServicesArrived

WAITING_MAX = 256
"""Replies and outcomes that wait; each belongs to something this kiosk asked for, so more mean a bug elsewhere."""
LATEST = (ServicesArrived, PrinterSeen, ServerSeen)
"""Of these only the newest counts: a newer one takes the place of an older one that still waits."""


class NewsInbox:
    """Filled from any thread, drained by one. `wake` is called from the filling thread."""

    def __init__(self) -> None:
        self.wake: Callable[[], None] = lambda: None
        self.dropped = 0
        self._lock = Lock()
        self._latest: dict[type, News] = {}
        self._waiting: deque[News] = deque()

    def put(self, news: News) -> None:
        """Take news in. Over the limit the oldest goes, counted."""
        with self._lock:
            if isinstance(news, LATEST):
                self._latest[type(news)] = news
            else:
                if len(self._waiting) >= WAITING_MAX:
                    self._waiting.popleft()
                    self.dropped += 1
                self._waiting.append(news)
        self.wake()

    def take(self, most: int) -> list[News]:
        """At most `most` news: what the kiosk asked for first, then the newest states."""
        with self._lock:
            taken = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
            while self._latest and len(taken) < most:
                taken.append(self._latest.pop(next(iter(self._latest))))
        return taken

    def __len__(self) -> int:
        with self._lock:
            return len(self._waiting) + len(self._latest)
