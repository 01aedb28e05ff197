"""Keep-alive HTTP connections that each ask again as soon as they are answered. One JSON argument, one JSON line out.

Own and small, so that the client costs little; TCP_NODELAY, without which a benchmark sees delayed-ACK stalls
(measured.md, HTTP).
"""

import asyncio
import json
import socket
import sys
import time
import uuid
from collections.abc import Callable
from string import ascii_uppercase
from typing import Any, cast

import uvloop

from tests.bench._figures import NS_MS

HEAD_END = b"\r\n\r\n"


def answer_length(head: bytes) -> int:
    """Content-Length of an answer's head. ValueError without one (chunked answers are not spoken here)."""
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    raise ValueError("an answer without Content-Length")


class Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, request: Callable[[], bytes | None], answered: Callable[[int, float], None]) -> None:
        self._request, self._answered = request, answered
        self._buffer = b""
        self._sent_ns = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks at once."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own does not inherit from it
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._ask()

    def _ask(self) -> None:
        request = self._request()
        if request is None:
            self._transport.close()
            return
        self._sent_ns = time.monotonic_ns()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Whole answers only; one is open at a time."""
        self._buffer += data
        try:
            self._take()
        except (ValueError, OSError) as error:
            self.done.set_exception(error)
            self._transport.abort()

    def _take(self) -> None:
        head, end, body = self._buffer.partition(HEAD_END)
        if not end or len(body) < answer_length(head):
            return
        self._answered(int(head[9:12]), (time.monotonic_ns() - self._sent_ns) / NS_MS)
        self._buffer = b""
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        """The end."""
        if not self.done.done():
            self.done.set_result(None)


class Load:
    """`count` requests over `connections`."""

    def __init__(self, port: int, count: int, token: str | None) -> None:
        self._left, self._token, self._port = count, token, port
        self.latencies_ms: list[float] = []
        self.statuses: dict[int, int] = {}

    async def run(self, connections: int) -> float:
        """Seconds it took."""
        loop = asyncio.get_running_loop()
        begin_ns = time.monotonic_ns()
        made = [
            await loop.create_connection(lambda: Connection(self._next, self._answered), "127.0.0.1", self._port)
            for _ in range(connections)
        ]
        await asyncio.gather(*(protocol.done for _, protocol in made))
        return (time.monotonic_ns() - begin_ns) / 1e9

    def _next(self) -> bytes | None:
        if self._left <= 0:
            return None
        self._left -= 1
        if self._token is None:
            return b"GET /healthz HTTP/1.1\r\nHost: bench\r\n\r\n"
        service = ascii_uppercase[self._left % len(ascii_uppercase)]
        body = json.dumps({"id": str(uuid.uuid4()), "service": service}).encode()
        head = (
            f"POST /api/v1/tickets HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def _answered(self, status: int, ms: float) -> None:
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.latencies_ms.append(ms)


def main(options: dict[str, Any]) -> int:
    """Options: port, count, connections, token (null: the empty handler)."""
    load = Load(options["port"], options["count"], options.get("token"))
    seconds = uvloop.run(load.run(options["connections"]))
    found = {"seconds": seconds, "latencies_ms": load.latencies_ms, "statuses": load.statuses}
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
