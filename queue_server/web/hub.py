"""Live events: each change is encoded once, whoever listens; a slow listener gets the newest state, never a backlog."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field

import msgspec

from contracts.errors import Rejected
from queue_server.application.ports import QueueService

LISTENERS_MAX = 300
STAFF_RESERVED = 60
"""Of these, places that only signed-in callers get: phones never crowd out a counter."""
KEEPALIVE_S = 15.0
GAP_S = 0.05
"""Changes within this time go out together."""
STREAM_S_MAX = 3600.0
"""Then the stream ends and the page connects again, with its rights looked at anew."""
RETRY_MS = 2000


class Devices(msgspec.Struct, frozen=True):
    """Event "devices": something about a device or a process changed; GET /api/v1/devices tells what."""

    changed: bool = True


@dataclass(eq=False)
class _Listener:
    topics: tuple[str, ...]
    dirty: set[str]
    wake: asyncio.Event = field(default_factory=asyncio.Event)


class Hub:
    """Between the queue's change notices and the open streams. Lives on the event loop."""

    def __init__(self, service: QueueService) -> None:
        self._service = service
        self._listeners: set[_Listener] = set()
        self._frames: dict[str, bytes] = {}
        self._closed = False
        self._unsubscribe: Callable[[], None] = lambda: None
        self._observers: list[Callable[[str], None]] = []

    def open(self) -> None:
        """Starts listening to the queue; called on the event loop."""
        self._unsubscribe = self._service.subscribe(self._changed)

    def observe(self, observer: Callable[[str], None]) -> None:
        """Tell `observer` of every change, too."""
        self._observers.append(observer)

    @property
    def listeners(self) -> int:
        """Open streams."""
        return len(self._listeners)

    def close(self) -> None:
        """Ends every stream; the server is stopping."""
        self._closed = True
        self._unsubscribe()
        self._unsubscribe = lambda: None
        for listener in self._listeners:
            listener.wake.set()

    def stream(self, topics: Iterable[str], *, staff: bool) -> AsyncIterator[bytes]:
        """Event-stream bytes: the present state of the topics, then every change. Raises `busy` when all is full."""
        places = LISTENERS_MAX if staff else LISTENERS_MAX - STAFF_RESERVED
        if len(self._listeners) >= places:
            raise Rejected("busy", f"{len(self._listeners)} pages listen already")
        names = tuple(topics)
        return self._run(_Listener(names, set(names)))

    def _changed(self, topic: str) -> None:
        self._frames.pop(topic, None)
        for observer in self._observers:
            observer(topic)
        for listener in self._listeners:
            if topic in listener.topics:
                listener.dirty.add(topic)
                listener.wake.set()

    async def _run(self, listener: _Listener) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        end_s = loop.time() + STREAM_S_MAX
        self._listeners.add(listener)
        try:
            yield b"retry: %d\n\n" % RETRY_MS
            while not self._closed and loop.time() < end_s:
                dirty, listener.dirty = listener.dirty, set()
                listener.wake.clear()
                yield b"".join(self._frame(topic) for topic in listener.topics if topic in dirty) or b": alive\n\n"
                await asyncio.sleep(GAP_S)
                await self._wait(listener)
        finally:
            self._listeners.discard(listener)

    async def _wait(self, listener: _Listener) -> None:
        with contextlib.suppress(TimeoutError):  # nothing changed: the caller of this sends the keep-alive comment
            await asyncio.wait_for(listener.wake.wait(), KEEPALIVE_S)

    def _frame(self, topic: str) -> bytes:
        if topic not in self._frames:
            event, _, _ = topic.partition("/")
            self._frames[topic] = b"event: %s\ndata: %s\n\n" % (event.encode(), msgspec.json.encode(self._state(topic)))
        return self._frames[topic]

    def _state(self, topic: str) -> msgspec.Struct:
        event, _, n = topic.partition("/")
        if event == "counter":
            return self._service.counter(int(n))
        if event == "devices":
            return Devices()
        if event == "alert":
            return self._service.alerts()
        return self._service.board() if event == "board" else self._service.services()
