"""The listener as the product configures it, on a real socket, against callers who never finish."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from socket import create_connection, socket

import pytest
import structlog
import uvicorn
from litestar.types import ASGIApp

from queue_server import bootstrap
from queue_server.access import Access
from queue_server.web import wire
from queue_server.web.app import build
from tests.support.fake_queue import FakeQueue, FakeReports

UUID = "0b2f9a52-4e0f-4a51-a4f5-97d2b8ce0001"


@contextmanager
def listening(app: ASGIApp) -> Iterator[int]:
    """The port of a running listener."""
    options = {**bootstrap._COMMON, "loop": "asyncio"}
    server = bootstrap._Quiet(uvicorn.Config(app, host="127.0.0.1", port=0, **options))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    end_s = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < end_s
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def port(queue: FakeQueue, access: Access, reports: FakeReports) -> Iterator[int]:
    with listening(build(queue, access, reports=reports)) as found:
        yield found


def until_closed(sock: socket) -> bytes:
    """All that came, once the other side has closed; TimeoutError when it does not."""
    got = b""
    while True:
        try:
            more = sock.recv(65536)
        except ConnectionError:
            return got
        if not more:
            return got
        got += more


def call(port: int, text: str) -> bytes:
    with create_connection(("127.0.0.1", port), timeout=5) as sock:
        sock.sendall(text.encode())
        return until_closed(sock)


def get(port: int) -> bytes:
    return call(port, "GET /healthz HTTP/1.1\r\nHost: office\r\nConnection: close\r\n\r\n")


def flood(port: int, first: bytes, piece: bytes, times: int) -> bytes:
    with create_connection(("127.0.0.1", port), timeout=5) as sock:
        try:
            sock.sendall(first)
            for _ in range(times):
                sock.sendall(piece)
        except ConnectionError:
            pass
        else:
            pytest.fail("all of it was taken")
        try:
            return until_closed(sock)
        except OSError:
            return b""


def test_a_request_is_answered(port: int) -> None:
    assert b"200 OK" in get(port)


def test_headers_and_request_lines_without_end_are_cut(port: int) -> None:
    flood(port, b"GET /healthz HTTP/1.1\r\nHost: office\r\n", b"X-A: " + b"a" * 60_000 + b"\r\n", 400)
    flood(port, b"GET /", b"a" * 60_000, 400)
    flood(port, b"GET / HTTP/1.1\r\nX-A: ", b"a" * 60_000, 400)
    assert b"200 OK" in get(port)


def test_headers_that_are_too_long_hear_so(port: int) -> None:
    with create_connection(("127.0.0.1", port), timeout=5) as sock:
        for piece in (b"GET / HTTP/1.1\r\n", *[b"X-A: " + b"a" * 40_000 + b"\r\n"] * 2):
            sock.sendall(piece)
            time.sleep(0.05)
        answer = until_closed(sock)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"413" in head.split(b"\r\n")[0]
    assert json.loads(body)["code"] == "too_large"


def test_trailers_without_end_are_cut(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MESSAGE_BYTES_MAX", 500_000)
    first = b"POST /api/v1/session HTTP/1.1\r\nHost: office\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-A: "
    flood(port, first, b"a" * 60_000, 400)


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"GET /healthz HT",
        b"\r\n",
        b"POST /api/v1/session HTTP/1.1\r\nHost: office\r\nContent-Length: 100\r\n\r\n{",
        b"GET /healthz HTTP/1.1\r\nHost: office\r\n\r\nGET /heal",
    ],
)
def test_who_never_finishes_a_request_is_cut(port: int, monkeypatch: pytest.MonkeyPatch, start: bytes) -> None:
    monkeypatch.setattr(wire, "MESSAGE_S_MAX", 0.2)
    with create_connection(("127.0.0.1", port), timeout=3) as sock:
        sock.sendall(start)
        until_closed(sock)


def test_blank_lines_do_not_keep_a_connection(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MESSAGE_S_MAX", 0.5)
    with create_connection(("127.0.0.1", port), timeout=0.1) as sock:
        sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: office\r\n\r\n")
        end_s = time.monotonic() + 5
        while time.monotonic() < end_s:
            try:
                sock.sendall(b"\r\n")
                if sock.recv(65536) == b"":
                    return
            except TimeoutError:
                continue
            except ConnectionError:
                return
    pytest.fail("still there")


def test_a_live_stream_outlives_the_limit_of_a_request(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MESSAGE_S_MAX", 0.2)
    with create_connection(("127.0.0.1", port), timeout=0.5) as sock:
        sock.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: office\r\n\r\n")
        with pytest.raises(TimeoutError):
            until_closed(sock)


def test_more_connections_than_places_are_closed_and_places_come_back(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "CONNECTIONS_MAX", 3)
    held = [create_connection(("127.0.0.1", port), timeout=2) for _ in range(3)]
    time.sleep(0.1)
    with create_connection(("127.0.0.1", port), timeout=2) as more:
        assert until_closed(more) == b""
    for sock in held:
        sock.close()
    time.sleep(0.1)
    assert b"200 OK" in get(port)


def test_a_caller_cannot_write_its_own_address(port: int) -> None:
    def guess(n: int) -> bytes:
        body = '{"code":"x"}'
        head = f"POST /api/v1/session HTTP/1.1\r\nHost: office\r\nX-Forwarded-For: 10.0.0.{n}\r\nConnection: close\r\n"
        return call(port, f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}")

    assert any(b"429" in guess(n).split(b"\r\n")[0] for n in range(20))


def test_a_caller_who_leaves_in_the_middle_is_no_bug(port: int) -> None:
    with structlog.testing.capture_logs() as logs:
        with create_connection(("127.0.0.1", port), timeout=2) as sock:
            sock.sendall(b"POST /api/v1/session HTTP/1.1\r\nHost: office\r\nContent-Length: 100\r\n\r\n{")
            time.sleep(0.1)
        time.sleep(0.2)
    assert not logs
    assert b"200 OK" in get(port)
