"""Who wants to know that something changed: callbacks on event loops, told from any thread."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator

from contracts.errors import Rejected

LISTENERS_MAX = 500


class Listeners:
    """Callbacks with the loops they run on."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[asyncio.AbstractEventLoop, Callable[[str], None]]] = {}
        self._lock = threading.Lock()

    def add(self, callback: Callable[[str], None]) -> Callable[[], None]:
        """`callback(topic)` on the running loop from now on; returns its end. Raises Rejected `busy` over the limit."""
        loop = asyncio.get_running_loop()
        with self._lock:
            if len(self._known) >= LISTENERS_MAX:
                raise Rejected("busy", f"{LISTENERS_MAX} listeners already")
            key = max(self._known, default=0) + 1
            self._known[key] = (loop, callback)

        def end() -> None:
            with self._lock:
                self._known.pop(key, None)

        return end

    def tell(self, topic: str) -> None:
        """Calls all of them, each on its own loop."""
        with self._lock:
            known = list(self._known.values())
        for loop, callback in known:
            on_loop(loop, callback, topic)


class Mail:
    """What one thread tells event loops: each of them is woken once for all that was said while it `gathered`."""

    def __init__(self) -> None:
        self._writer: int | None = None
        self._letters: dict[asyncio.AbstractEventLoop, list[tuple[Callable[..., None], tuple[object, ...]]]] = {}

    @contextlib.contextmanager
    def gathered(self) -> Iterator[None]:
        """While it lasts, what the calling thread sends is kept; then it goes out, in order. For one thread."""
        self._writer = threading.get_ident()
        try:
            yield
        finally:
            self._writer = None
            letters, self._letters = self._letters, {}
            for loop, calls in letters.items():
                on_loop(loop, _all, calls)

    def send(self, loop: asyncio.AbstractEventLoop, callback: Callable[..., None], *arguments: object) -> None:
        """`callback(*arguments)` on the loop, soon."""
        if self._writer == threading.get_ident():
            self._letters.setdefault(loop, []).append((callback, arguments))
        else:
            on_loop(loop, callback, *arguments)


def _all(calls: list[tuple[Callable[..., None], tuple[object, ...]]]) -> None:
    for callback, arguments in calls:
        callback(*arguments)


def on_loop(loop: asyncio.AbstractEventLoop, callback: Callable[..., None], *arguments: object) -> None:
    """Runs a callback on a loop from any thread; nothing happens when the loop has ended: nobody waits any more."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(callback, *arguments)
