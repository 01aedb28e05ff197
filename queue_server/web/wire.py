"""What a connection may do before anybody knows who it is: so much at once, so long. uvicorn alone sets no limit."""

import asyncio
from typing import Any

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from contracts.errors import Rejected
from queue_server.web.problems import MEDIA_TYPE, problem_of
from queue_server.web.routes import IMPORT_BYTES_MAX

HEAD_BYTES_MAX = 64 * 1024
"""Request line and headers; a browser sends about one kB."""
MESSAGE_BYTES_MAX = 2 * IMPORT_BYTES_MAX
"""Head, body, chunk marks and trailers together; the body's own limit is the route's."""
MESSAGE_S_MAX = 30.0
"""From the connection, or the first byte of a further request, to the last byte of the request."""
CONNECTIONS_MAX = 800
"""Open connections of one listener, live events included: a process may have 1,024 files open (Debian)."""


class BoundedHttp(HttpToolsProtocol):
    """One connection. A request that is too long hears 413 or is cut; one that is too slow is cut."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._chunk_bytes = self._message_bytes = 0
        self._in_head = True
        self._arriving = True
        self._limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Closed at once when there are too many."""
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS_MAX:
            transport.close()
        else:
            self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing of it stays."""
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Counts what belongs to an unfinished request."""
        self._chunk_bytes = len(data)
        self._message_bytes += len(data)
        if self.cycle is None or self.cycle.response_complete:
            self._arm()  # also for blank lines between requests: they stop uvicorn's own clock
        super().data_received(data)
        if self._arriving and not self.transport.is_closing():
            self._check_bytes()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._arriving = self._in_head = True
        self._message_bytes = self._chunk_bytes
        self._arm()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its body follows."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All of it is here; the answer may take its time."""
        self._arriving = False
        self._disarm()
        super().on_message_complete()

    def _check_bytes(self) -> None:
        if self._in_head and self._message_bytes > HEAD_BYTES_MAX:
            if self.cycle is None or self.cycle.response_complete:
                self.transport.write(_too_large())
            self.transport.close()
        elif self._message_bytes > MESSAGE_BYTES_MAX:
            self.transport.close()

    def _arm(self) -> None:
        if self._limit is None:
            self._limit = self.loop.call_later(MESSAGE_S_MAX, self._too_slow)

    def _disarm(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _too_slow(self) -> None:
        self._limit = None
        self.transport.close()


def _too_large() -> bytes:
    problem = problem_of(Rejected("too_large", f"more than {HEAD_BYTES_MAX} bytes of headers"))
    body = msgspec.json.encode(problem)
    lines = (f"HTTP/1.1 {problem.status} Too Large", f"content-type: {MEDIA_TYPE}", f"content-length: {len(body)}")
    return "\r\n".join((*lines, "connection: close", "", "")).encode() + body
