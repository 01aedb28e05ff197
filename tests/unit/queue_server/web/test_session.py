"""Signing in, cookies, foreign pages, wrong tokens, and how often one may knock."""

from collections.abc import Callable

import pytest
from litestar.testing import TestClient

from contracts.errors import Rejected
from contracts.roles import Role
from queue_server.access import Access
from queue_server.web import limits as limits_module
from queue_server.web.guard import SESSION_COOKIE
from queue_server.web.limits import LIMITS, Limiter
from tests.support.fake_queue import FakeQueue, FakeTime

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
SAME = {"Origin": "http://testserver.local", "Sec-Fetch-Site": "same-origin"}
Bearer = Callable[..., dict[str, str]]


@pytest.fixture
def clerk(client: TestClient, access: Access) -> TestClient:
    """A browser in which the clerk of counter 2 has signed in."""
    response = client.post("/api/v1/session", json={"code": access.code(Role.CLERK, 2)}, headers=SAME)
    assert response.json() == {"role": "clerk", "counter": 2, "home": "/counter/2"}
    return client


def act(client: TestClient, headers: dict[str, str], n: int = 2) -> int:
    return client.post(f"/api/v1/counters/{n}/start", json={"id": ID}, headers=headers).status_code


def test_the_cookie_is_closed_to_scripts_and_other_sites(client: TestClient, access: Access) -> None:
    response = client.post("/api/v1/session", json={"code": access.code(Role.MANAGER, None)})
    cookie = response.headers["set-cookie"].lower()
    assert cookie.startswith(f"{SESSION_COOKIE}=")
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie
    assert response.json()["home"] == "/manager"


def test_a_session_acts(clerk: TestClient, queue: FakeQueue) -> None:
    assert act(clerk, SAME) == 200
    assert act(clerk, {"Origin": "http://testserver.local"}) == 200
    assert act(clerk, {"Sec-Fetch-Site": "same-origin"}) == 200
    assert act(clerk, SAME, n=3) == 403
    assert len(queue.executed) == 3


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver.local:81"},
        {"Origin": "http://testserver.local.evil.example"},
        {"Origin": "file://testserver.local"},
        {"Origin": "http://[bad"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://testserver.local", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_a_foreign_page_cannot_use_the_cookie(clerk: TestClient, queue: FakeQueue, headers: dict[str, str]) -> None:
    assert act(clerk, headers) == 403
    assert queue.executed == []


def test_a_bearer_token_needs_no_origin(client: TestClient, bearer: Bearer) -> None:
    assert act(client, bearer(Role.CLERK, 2)) == 200
    assert act(client, {**bearer(Role.CLERK, 2), "Origin": "http://evil.example"}) == 200


def test_a_code_works_once(client: TestClient, access: Access) -> None:
    code = access.code(Role.ADMIN, None)
    assert client.post("/api/v1/session", json={"code": code}).status_code == 200
    again = client.post("/api/v1/session", json={"code": code}, headers=SAME)
    assert (again.status_code, again.json()["code"]) == (401, "unauthorised")
    assert "set-cookie" not in again.headers


@pytest.mark.parametrize("code", ["", "x", "a.b", "x" * 513, 5, None])
def test_a_wrong_code_opens_nothing(client: TestClient, code: object) -> None:
    response = client.post("/api/v1/session", json={"code": code})
    assert response.status_code in (400, 401)
    assert "set-cookie" not in response.headers


def test_a_foreign_page_cannot_sign_somebody_in(client: TestClient, access: Access) -> None:
    code = access.code(Role.CLERK, 1)
    response = client.post("/api/v1/session", json={"code": code}, headers={"Origin": "http://evil.example"})
    assert response.status_code == 403
    assert client.post("/api/v1/session", json={"code": code}, headers=SAME).status_code == 200  # not used up


def test_signing_out(clerk: TestClient) -> None:
    assert clerk.get("/counter/2").status_code == 200
    assert clerk.post("/api/v1/session/end", headers=SAME).status_code == 204
    assert clerk.get("/counter/2").status_code == 401


def test_a_session_ends_by_itself(clerk: TestClient, queue: FakeQueue) -> None:
    queue.time.now_ms += 13 * 3600 * 1000
    assert clerk.get("/api/v1/counters/2").status_code == 401
    assert clerk.get("/board").status_code == 200  # a spent cookie is nobody, and anybody may look


@pytest.mark.parametrize("header", ["Bearer", "Bearer x", "Bearer a.b", "Basic YTpi", "bearer  ", "Token abc"])
def test_a_wrong_authorisation_is_refused_everywhere(client: TestClient, header: str) -> None:
    for path in ("/api/v1/board", "/api/v1/devices"):
        response = client.get(path, headers={"Authorization": header})
        assert (response.status_code, response.json()["code"]) == (401, "unauthorised")
        assert response.headers["www-authenticate"].startswith("Bearer")


def test_a_page_refuses_with_a_page(client: TestClient, bearer: Bearer) -> None:
    response = client.get("/manager")
    assert (response.status_code, response.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert client.get("/manager", headers=bearer(Role.CLERK)).status_code == 403
    assert client.get("/nothing", headers={"Accept": "text/html"}).headers["content-type"].startswith("text/html")


# ---- limits ----


def test_the_bucket_empties_and_refills() -> None:
    time = FakeTime()
    limiter = Limiter(time.clock)
    limit = LIMITS["lookup"]
    for _ in range(limit.burst):
        limiter.take("lookup", "one")
    for _ in range(3):
        with pytest.raises(Rejected, match="tries") as caught:
            limiter.take("lookup", "one")
        assert (caught.value.code, caught.value.params["retry_s"]) == ("rate_limited", 3)
    limiter.take("lookup", "two")
    time.now_ms += round(limit.every_s * 1000)
    limiter.take("lookup", "one")
    with pytest.raises(Rejected):
        limiter.take("lookup", "one")
    time.now_ms += 3600 * 1000
    for _ in range(limit.burst):
        limiter.take("lookup", "one")


def test_the_memory_of_callers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits_module, "KEYS_MAX", 3)
    limiter = Limiter(FakeTime().clock)
    for i in range(10):
        limiter.take("lookup", f"caller-{i}")
    assert len(limiter._empty_until) == 3


def test_lookups_are_limited_by_caller(client: TestClient, queue: FakeQueue, bearer: Bearer) -> None:
    one, two = bearer(Role.DEVICE), bearer(Role.DEVICE)
    burst = LIMITS["lookup"].burst
    statuses = [
        client.post("/api/v1/dossiers/lookup", json={"code": "x"}, headers=one).status_code for _ in range(burst + 1)
    ]
    assert statuses == [200] * burst + [429]
    response = client.post("/api/v1/dossiers/lookup", json={"code": "x"}, headers=one)
    assert (response.json()["code"], response.headers["retry-after"]) == ("rate_limited", "3")
    assert client.post("/api/v1/dossiers/lookup", json={"code": "x"}, headers=two).status_code == 200


def test_anonymous_posts_are_limited_and_staff_is_not(client: TestClient, bearer: Bearer) -> None:
    path, burst = "/api/v1/tickets/abcdefgh23456777/cancel", LIMITS["anonymous-post"].burst
    statuses = [client.post(path, json={"id": ID}).status_code for _ in range(burst + 1)]
    assert statuses == [200] * burst + [429]
    clerk = bearer(Role.CLERK)
    assert {client.post(path, json={"id": ID}, headers=clerk).status_code for _ in range(burst * 3)} == {200}


def test_guessing_codes_is_limited(client: TestClient) -> None:
    statuses = [
        client.post("/api/v1/session", json={"code": "a.b"}).status_code for _ in range(LIMITS["session"].burst + 1)
    ]
    assert statuses[-1] == 429
