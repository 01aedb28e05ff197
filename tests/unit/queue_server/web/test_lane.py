"""The short way of POST /api/v1/tickets and the framework's: the same answers to the same requests, byte by byte."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from contracts.errors import Rejected
from contracts.roles import Role
from queue_server.access import Access
from queue_server.web import kit as kit_module
from queue_server.web.app import build
from queue_server.web.lane import TicketLane
from queue_server.web.routes import BODY_BYTES_MAX
from tests.support.fake_queue import FakeQueue, FakeReports

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
Bearer = Callable[..., dict[str, str]]


class Spy:
    """Between the lane and the framework: counts what went on to it."""

    def __init__(self, app: Any) -> None:
        self.app, self.state, self.passed = app, app.state, 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.passed += scope["type"] == "http"
        await self.app(scope, receive, send)


@pytest.fixture
def spy(queue: FakeQueue, access: Access, reports: FakeReports) -> Spy:
    return Spy(build(queue, access, reports=reports))


@pytest.fixture
def lane(spy: Any) -> Iterator[TestClient]:
    with TestClient(TicketLane(spy), raise_server_exceptions=False) as found:
        yield found


def post(client: TestClient, content: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    answer = client.post("/api/v1/tickets", content=content, headers=headers)
    return answer.status_code, dict(answer.headers), answer.content


GOOD = json.dumps({"id": ID, "service": "A", "priority": "elderly", "lang": "en", "unknown_field": 1}).encode()
BODIES = [
    GOOD, b"{", b"null", b"[1]", b"\xff\xfe", b"[" * 5000, json.dumps({"id": ID}).encode(),
    json.dumps({"id": ID, "service": 5}).encode(), json.dumps({"id": "short", "service": "A"}).encode(),
    json.dumps({"id": "no spaces here", "service": "A"}).encode(),
    json.dumps({"id": ID, "service": "A", "ttl_ms": 0}).encode(), b" " * BODY_BYTES_MAX,
]  # fmt: skip


@pytest.mark.parametrize("content", BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize("cookie", ["", "lang=en"])
def test_both_ways_answer_alike(
    content: bytes, cookie: str, client: TestClient, lane: TestClient, spy: Spy, queue: FakeQueue, bearer: Bearer
) -> None:
    headers = {**bearer(Role.DEVICE), "content-type": "application/json", **({"cookie": cookie} if cookie else {})}
    framework = post(client, content, headers)
    asked = queue.executed.copy()
    queue.executed.clear()
    assert post(lane, content, headers) == framework
    assert queue.executed == asked
    assert spy.passed == 0


@pytest.mark.parametrize("code", ["service_closed", "quota_reached", "storage_unavailable", "busy", "id_reused"])
def test_refusals_of_the_queue_are_told_alike(
    code: str, client: TestClient, lane: TestClient, spy: Spy, queue: FakeQueue, bearer: Bearer
) -> None:
    queue.refusal, headers = code, bearer(Role.DEVICE)
    assert post(lane, GOOD, headers) == post(client, GOOD, headers)
    assert (spy.passed, len(queue.executed)) == (0, 2)


def test_a_bug_and_a_silent_writer_are_told_alike(
    client: TestClient, lane: TestClient, queue: FakeQueue, bearer: Bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = bearer(Role.DEVICE)

    async def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    async def silent(*_: Any) -> Any:
        await asyncio.sleep(60)

    for execute, status in ((broken, 500), (silent, 503)):
        monkeypatch.setattr(queue, "execute", execute)
        monkeypatch.setattr(kit_module, "EXECUTE_S_MAX", 0.05)
        told = post(lane, GOOD, headers)
        assert told == post(client, GOOD, headers)
        assert told[0] == status


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer forged.token"}, {"authorization": "Basic YTpi"}, {"authorization": "Bearer"}],
    ids=["nobody", "forged", "basic", "empty"],
)
def test_whoever_has_no_good_token_goes_on_to_the_framework_untouched(
    headers: dict[str, str], client: TestClient, lane: TestClient, spy: Spy
) -> None:
    assert post(lane, GOOD, headers) == post(client, GOOD, headers)
    assert spy.passed == 1


def test_what_is_large_or_empty_or_of_unknown_length_goes_on_too(
    client: TestClient, lane: TestClient, spy: Spy, bearer: Bearer
) -> None:
    headers = bearer(Role.DEVICE)
    for content in (b"", b" " * (BODY_BYTES_MAX + 1)):
        assert post(lane, content, headers) == post(client, content, headers)
    chunked = lane.post("/api/v1/tickets", content=iter([GOOD]), headers=headers)
    assert (chunked.status_code, spy.passed) == (201, 3)


def test_other_doors_are_none_of_its_business(lane: TestClient, spy: Spy, bearer: Bearer) -> None:
    assert lane.get("/healthz").status_code == 200
    assert lane.get("/api/v1/tickets", headers=bearer(Role.DEVICE)).status_code == 405
    assert lane.post("/api/v1/tickets/", content=GOOD, headers=bearer(Role.DEVICE)).status_code == 201
    assert spy.passed == 3


def test_who_may_not_take_tickets_is_refused_by_the_framework(
    client: TestClient, lane: TestClient, spy: Spy, bearer: Bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise Rejected("forbidden", "not here")

    monkeypatch.setattr("queue_server.web.lane.check_role", refuse)
    monkeypatch.setattr("queue_server.web.guard.check_role", refuse)
    headers = bearer(Role.DEVICE)
    assert post(lane, GOOD, headers) == post(client, GOOD, headers)
    assert spy.passed == 1


def test_a_caller_who_leaves_before_the_end_of_the_body_takes_no_ticket(
    spy: Any, queue: FakeQueue, bearer: Bearer
) -> None:
    sent: list[Any] = []
    arriving = iter([
        {"type": "http.request", "body": GOOD[:9], "more_body": True}, {"type": "http.disconnect"},
    ])  # fmt: skip
    head = {"content-length": str(len(GOOD)), **bearer(Role.DEVICE)}
    scope = {
        "type": "http", "method": "POST", "path": "/api/v1/tickets", "query_string": b"", "client": ("127.0.0.1", 1),
        "headers": [(k.lower().encode(), v.encode()) for k, v in head.items()],
    }  # fmt: skip

    async def receive() -> Any:
        return next(arriving)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(TicketLane(spy)(scope, receive, send))  # type: ignore[arg-type]  # a scope as small as it may be
    assert sent[0]["status"] == 400
    assert queue.executed == []
