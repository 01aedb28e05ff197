"""Each door of the API: what goes through, what comes back, and what is refused, with its code."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from litestar.testing import TestClient

from contracts.errors import ERRORS
from contracts.messages import counters
from contracts.roles import Role
from contracts.verbs import COUNTER_VERBS
from queue_server.application.storage import Storage
from queue_server.web import kit as kit_module
from queue_server.web.app import build
from queue_server.web.routes import BODY_BYTES_MAX, IMPORT_BYTES_MAX
from tests.support.fake_queue import TOKEN, FakeQueue, FakeReports

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
Bearer = Callable[..., dict[str, str]]


def assert_problem(response: Any, code: str) -> dict[str, Any]:
    problem: dict[str, Any] = response.json()
    assert response.headers["content-type"].startswith("application/problem+json")
    assert problem["code"] == code, problem
    assert response.status_code == problem["status"] == ERRORS[code].http
    assert problem["title"]
    return problem


# ---- tickets ----


def test_a_ticket_is_issued(client: TestClient, queue: FakeQueue, bearer: Bearer) -> None:
    body = {"id": ID, "service": "A", "priority": "elderly", "lang": "en", "unknown_field": 1}
    response = client.post("/api/v1/tickets", json=body, headers=bearer(Role.CLERK))
    assert response.status_code == 201
    assert {k: response.json()[k] for k in ("number", "position", "token")} == {
        "number": "A015", "position": 3, "token": TOKEN,
    }  # fmt: skip
    assert response.json()["estimate"] == {"low_s": 600, "likely_s": 900, "high_s": 1500}
    actor, verb, message = queue.executed[0]
    assert actor.startswith("http:")
    assert (verb, message.service, message.priority, message.lang) == ("issue", "A", "elderly", "en")


def test_the_actor_is_the_tokens_subject(client: TestClient, queue: FakeQueue, bearer: Bearer) -> None:
    one, two = bearer(Role.CLERK), bearer(Role.CLERK)
    for headers in (one, one, two):
        client.post("/api/v1/tickets", json={"id": ID, "service": "A"}, headers=headers)
    actors = [actor for actor, _, _ in queue.executed]
    assert actors[0] == actors[1] != actors[2]


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"", "empty"),
        (b"{", "truncated"),
        (b"[]", "object"),
        (b"null", "object"),
        (b"\xff\xfe", "utf-8"),
        (b'{"id":"12345678"}', "service"),
        (b'{"id":"12345678","service":5}', "$.service"),
        (b'{"id":"12345678","service":""}', "$.service"),
        (b'{"id":"12345678","service":"A","sent_at_ms":"5"}', "$.sent_at_ms"),
        (b'{"id":"short","service":"A"}', "$.id"),
        (b'{"id":"has blanks in it","service":"A"}', "id must be"),
        (b'{"id":"12345678","service":"A","lang":"VIETNAMESE"}', "$.lang"),
        (b"service=A&id=12345678", "malformed"),
        (b"[" * 20_000, ""),
    ],
)
def test_a_malformed_ticket_changes_nothing(
    client: TestClient, queue: FakeQueue, bearer: Bearer, content: bytes, hint: str
) -> None:
    response = client.post("/api/v1/tickets", content=content, headers=bearer(Role.DEVICE))
    problem = assert_problem(response, "malformed")
    assert hint in problem["detail"]
    assert queue.executed == []


def test_a_huge_body_is_refused(client: TestClient, queue: FakeQueue, bearer: Bearer) -> None:
    body = json.dumps({"id": ID, "service": "A", "x": "y" * BODY_BYTES_MAX}).encode()
    assert_problem(client.post("/api/v1/tickets", content=body, headers=bearer(Role.CLERK)), "too_large")
    chunks = iter([b"y" * 1024] * 65)  # without Content-Length
    assert_problem(client.post("/api/v1/tickets", content=chunks, headers=bearer(Role.CLERK)), "too_large")
    assert queue.executed == []


@pytest.mark.parametrize("code", ["unknown_service", "service_closed", "quota_reached", "id_reused", "busy"])
def test_a_refusal_keeps_its_code(client: TestClient, queue: FakeQueue, bearer: Bearer, code: str) -> None:
    queue.refusal = code
    response = client.post("/api/v1/tickets", json={"id": ID, "service": "A"}, headers=bearer(Role.CLERK))
    assert_problem(response, code)


def test_a_ticket_is_followed_without_its_dossier(client: TestClient) -> None:
    found = client.get(f"/api/v1/tickets/{TOKEN}").json()
    assert (found["position"], found["ticket"]["number"], found["ticket"]["dossier"]) == (2, "A015", None)
    assert_problem(client.get("/api/v1/tickets/nobodysticket"), "unknown_ticket")
    assert_problem(client.get("/api/v1/tickets/" + "a" * 65), "unknown_ticket")


def test_a_ticket_is_given_back(client: TestClient, queue: FakeQueue) -> None:
    response = client.post(f"/api/v1/tickets/{TOKEN}/cancel", json={"id": ID})
    assert (response.status_code, response.json()["state"]) == (200, "cancelled")
    assert queue.executed[0][2].token == TOKEN
    assert_problem(client.post(f"/api/v1/tickets/{TOKEN}/cancel", json={}), "malformed")


def test_anonymous_tickets_follow_the_office_file(client: TestClient, queue: FakeQueue) -> None:
    import msgspec

    assert_problem(client.post("/api/v1/tickets", json={"id": ID, "service": "A"}), "unauthorised")
    rules = msgspec.structs.replace(queue.office.queue, anonymous_tickets=True)
    queue.office = msgspec.structs.replace(queue.office, queue=rules)
    assert client.post("/api/v1/tickets", json={"id": ID, "service": "A"}).status_code == 201
    assert queue.executed[0][0] == "http:anonymous"


# ---- counters ----

EXTRA: dict[str, dict[str, Any]] = {
    "call": {"number": "A015"},
    "resume": {"number": "A015"},
    "transfer": {"to_service": "C"},
}


@pytest.mark.parametrize("verb", COUNTER_VERBS)
def test_every_counter_verb_has_its_route(client: TestClient, queue: FakeQueue, bearer: Bearer, verb: str) -> None:
    body = {"id": ID, **EXTRA.get(verb, {})}
    response = client.post(f"/api/v1/counters/3/{verb}", json=body, headers=bearer(Role.CLERK, 3))
    assert response.status_code == 200
    assert (response.json()["counter"]["n"], response.json()["ticket"]["number"]) == (3, "A015")
    _, executed, message = queue.executed[0]
    assert (executed, message.counter, message.id) == (verb, 3, ID)
    for name, value in EXTRA.get(verb, {}).items():
        assert getattr(message, name) == value


def test_call_next_with_nobody_waiting_is_empty(client: TestClient, queue: FakeQueue, bearer: Bearer) -> None:
    queue.nobody_waits = True
    response = client.post("/api/v1/counters/1/call-next", json={"id": ID}, headers=bearer(Role.CLERK))
    assert (response.status_code, response.content) == (204, b"")


def test_the_path_says_the_counter(client: TestClient, queue: FakeQueue, bearer: Bearer) -> None:
    body = {"id": ID, "counter": 5}
    client.post("/api/v1/counters/1/start", json=body, headers=bearer(Role.CLERK, 1))
    assert isinstance(queue.executed[0][2], counters.Start)
    assert queue.executed[0][2].counter == 1


def test_a_clerk_acts_at_the_own_counter_only(client: TestClient, queue: FakeQueue, bearer: Bearer) -> None:
    headers = bearer(Role.CLERK, 3)
    for method, path in (
        ("POST", "/api/v1/counters/4/start"), ("GET", "/api/v1/counters/4"), ("GET", "/api/v1/counters/4/queue"),
        ("GET", "/api/v1/events?counter=4"),
        ("GET", "/api/v1/events?alerts=true"),
    ):  # fmt: skip
        assert_problem(client.request(method, path, json={"id": ID}, headers=headers), "forbidden")
    assert queue.executed == []
    assert client.get("/counter/4", headers=headers).status_code == 403


@pytest.mark.parametrize("n", [0, 9, 99, 100, 12345678901234567890])
def test_an_unknown_counter(client: TestClient, queue: FakeQueue, bearer: Bearer, n: int) -> None:
    headers = bearer(Role.CLERK)
    assert_problem(client.post(f"/api/v1/counters/{n}/call-next", json={"id": ID}, headers=headers), "unknown_counter")
    assert_problem(client.get(f"/api/v1/counters/{n}", headers=headers), "unknown_counter")
    assert_problem(client.get(f"/api/v1/counters/{n}/queue", headers=headers), "unknown_counter")
    assert queue.executed == []


@pytest.mark.parametrize("path", ["/api/v1/counters/one", "/api/v1/counters/1/dance", "/api/v2/board", "/nothing"])
def test_unknown_paths(client: TestClient, bearer: Bearer, path: str) -> None:
    assert_problem(client.get(path, headers=bearer(Role.ADMIN)), "not_found")


def test_the_wrong_method_is_told_the_right_one(client: TestClient) -> None:
    response = client.delete("/api/v1/board")
    assert_problem(response, "method_not_allowed")
    assert "GET" in response.headers["allow"]
    assert client.get("/api/v1/counters/1/start").status_code == 405


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("call", {"id": ID}),
        ("call", {"id": ID, "number": "A15"}),
        ("transfer", {"id": ID, "to_counter": "3"}),
        ("transfer", {"id": ID, "to_counter": 100}),
        ("pause", {"id": ID, "reason": "x" * 121}),
        ("start", {"id": ID, "ttl_ms": 60_001}),
    ],
)
def test_a_bad_counter_body(
    client: TestClient, queue: FakeQueue, bearer: Bearer, verb: str, body: dict[str, Any]
) -> None:
    assert_problem(client.post(f"/api/v1/counters/1/{verb}", json=body, headers=bearer(Role.CLERK)), "malformed")
    assert queue.executed == []


def test_a_counters_queue_holds_what_it_may_call(client: TestClient, bearer: Bearer) -> None:
    found = client.get("/api/v1/counters/1/queue", headers=bearer(Role.CLERK, 1)).json()
    assert [row["number"] for row in found["tickets"]] == ["A015", "A016"]  # not S002: no skill
    assert found["day"] == {"served": 7, "no_shows": 1, "mean_serving_s": 480.0}


def test_a_server_that_never_answers_is_busy(
    client: TestClient, queue: FakeQueue, bearer: Bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    async def never(actor: str, verb: str, message: Any) -> Any:
        await asyncio.sleep(30)

    monkeypatch.setattr(queue, "execute", never)
    monkeypatch.setattr(kit_module, "EXECUTE_S_MAX", 0.05)
    response = client.post("/api/v1/counters/1/start", json={"id": ID}, headers=bearer(Role.CLERK))
    assert_problem(response, "busy")
    assert response.headers["retry-after"] == "1"


def test_a_bug_is_a_coded_500(client: TestClient, queue: FakeQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "board", lambda: 1 / 0)
    problem = assert_problem(client.get("/api/v1/board"), "internal")
    assert "division" not in json.dumps(problem)


# ---- services, state, devices ----


def test_services_open_and_close(client: TestClient, queue: FakeQueue, bearer: Bearer) -> None:
    headers = bearer(Role.MANAGER)
    body = {"id": ID, "reason": "Hết giấy tờ mẫu"}
    assert client.post("/api/v1/services/A/close", json=body, headers=headers).json()["code"] == "A"
    assert client.post("/api/v1/services/A/open", json={"id": ID}, headers=headers).status_code == 200
    assert [(verb, message.service) for _, verb, message in queue.executed] == [
        ("close-service", "A"),
        ("open-service", "A"),
    ]
    assert queue.executed[0][2].reason == "Hết giấy tờ mẫu"
    assert_problem(client.post("/api/v1/services/Z/open", json={"id": ID}, headers=headers), "unknown_service")


def test_state_for_anybody(client: TestClient) -> None:
    assert client.get("/api/v1/board").json()["calls"][0]["number"] == "A014"
    assert len(client.get("/api/v1/services").json()["services"]) == 8


def test_devices(client: TestClient, bearer: Bearer) -> None:
    found = client.get("/api/v1/devices", headers=bearer(Role.MANAGER)).json()
    assert found["devices"][0]["code"] == "paper_out"
    assert found["processes"][0]["user"] == "kiosk-1"


def test_health(client: TestClient, queue: FakeQueue, bearer: Bearer) -> None:
    assert client.get("/healthz").json() == {"ok": True}
    assert client.get("/readyz").json() == {"ok": True, "parts": {"writer": True, "broker": True}, "warnings": []}
    queue.parts = {"writer": True, "broker": False}
    response = client.get("/readyz")
    assert (response.status_code, response.json()["ok"]) == (503, False)
    text = client.get("/metrics", headers=bearer(Role.DEVICE)).text
    assert 'motcua_at_risk{service="A"} 1.0' in text
    assert 'motcua_waiting{service="A"} 2.0' in text
    assert 'motcua_counters{status="paused"} 1.0' in text
    assert 'motcua_storage{state="ok"} 1.0' in text


def test_a_full_disk_is_told(client: TestClient, queue: FakeQueue, bearer: Bearer) -> None:
    queue.stored = Storage.CLOSING
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["warnings"]) == (200, ["storage_unavailable"])
    text = client.get("/metrics", headers=bearer(Role.DEVICE)).text
    assert 'motcua_storage{state="ok"} 0.0' in text
    assert 'motcua_storage{state="closing"} 1.0' in text


# ---- dossiers ----

CODE = "000.00.01.H00-261101-0001"


def test_a_dossier_is_looked_up(client: TestClient, queue: FakeQueue, bearer: Bearer) -> None:
    response = client.post(
        "/api/v1/dossiers/lookup", json={"code": CODE, "secret": "AB12"}, headers=bearer(Role.DEVICE)
    )
    assert response.json()["applicant_masked"] == "N*** V** A"
    assert (queue.executed[0][2].code, queue.executed[0][2].secret) == (CODE, "AB12")
    queue.refusal = "dossier_unknown"
    response = client.post("/api/v1/dossiers/lookup", json={"code": CODE}, headers=bearer(Role.DEVICE))
    assert_problem(response, "dossier_unknown")
    response = client.post("/api/v1/dossiers/lookup", json={"code": 5}, headers=bearer(Role.DEVICE))
    assert_problem(response, "malformed")


RECORD = {"code": CODE, "procedure_name": "Đăng ký khai sinh", "state": 4}


def test_dossiers_are_imported_by_an_admin(client: TestClient, queue: FakeQueue, bearer: Bearer) -> None:
    body = {"records": [RECORD]}
    response = client.post("/api/v1/dossiers/import", json=body, headers=bearer(Role.ADMIN))
    assert response.json() == {"inserted": 1, "updated": 0}
    assert queue.imported[0].code == CODE
    assert_problem(client.post("/api/v1/dossiers/import", json=body, headers=bearer(Role.MANAGER)), "forbidden")


@pytest.mark.parametrize("body", [{}, {"records": {}}, {"records": [{"code": CODE}]}, {"records": [RECORD] * 1001}])
def test_a_bad_import_stores_nothing(
    client: TestClient, queue: FakeQueue, bearer: Bearer, body: dict[str, Any]
) -> None:
    assert_problem(client.post("/api/v1/dossiers/import", json=body, headers=bearer(Role.ADMIN)), "malformed")
    assert queue.imported == []


def test_an_import_may_be_larger_but_not_endless(client: TestClient, bearer: Bearer) -> None:
    record = {**RECORD, "note": "x" * 2 * BODY_BYTES_MAX}
    headers = bearer(Role.ADMIN)
    assert client.post("/api/v1/dossiers/import", json={"records": [record]}, headers=headers).status_code == 200
    record["note"] = "x" * IMPORT_BYTES_MAX
    assert_problem(client.post("/api/v1/dossiers/import", json={"records": [record]}, headers=headers), "too_large")


def test_the_unix_socket_is_the_admin(queue: FakeQueue, access: Any, reports: FakeReports) -> None:
    with TestClient(build(queue, access, reports=reports, trusted=True)) as trusted:
        assert trusted.post("/api/v1/dossiers/import", json={"records": [RECORD]}).status_code == 200
        assert trusted.post("/api/v1/counters/1/open", json={"id": ID}).status_code == 200
    assert queue.executed[0][0] == "http:local"


# ---- reports ----


def test_a_report_of_waits(client: TestClient, reports: FakeReports, bearer: Bearer) -> None:
    headers = bearer(Role.MANAGER)
    query = "from=2026-11-02&to=2026-11-20&by=service,hour"
    found = client.get(f"/api/v1/reports/waits?{query}&format=json", headers=headers)
    assert found.json()["rows"][0]["median_s"] == 540.0
    asked = reports.asked[0]
    assert (asked.first.isoformat(), asked.last.isoformat(), asked.by) == (
        "2026-11-02",
        "2026-11-20",
        ("service", "hour"),
    )
    csv = client.get(f"/api/v1/reports/waits?{query}&format=csv", headers=headers)
    assert csv.headers["content-type"].startswith("text/csv")
    assert csv.headers["content-disposition"] == 'attachment; filename="waits_2026-11-02_2026-11-20.csv"'
    assert csv.content.startswith(b"\xef\xbb\xbf")
    client.get("/api/v1/reports/waits", headers=headers)
    assert reports.asked[-1].first == reports.asked[-1].last  # the business day


@pytest.mark.parametrize(
    "query",
    ["from=yesterday", "from=2026-02-30", "from=20261102", "from=2026-11-20&to=2026-11-02", "by=mood", "format=pdf",
     "from=2006-01-01&to=2026-01-01", "from=2026-11-2", "to=2026-11-1x"],
)  # fmt: skip
def test_a_bad_report_query(client: TestClient, reports: FakeReports, bearer: Bearer, query: str) -> None:
    assert_problem(client.get(f"/api/v1/reports/waits?{query}", headers=bearer(Role.MANAGER)), "malformed")
    assert reports.asked == []


# ---- machine contract ----


def test_openapi_names_every_api_route(client: TestClient) -> None:
    from queue_server.web.routes import ROUTES

    document = client.get("/api/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    told = {(method.upper(), path) for path, row in document["paths"].items() for method in row}
    silent = ("/api/openapi.json", "/board/frame.json", "/board/frames")
    assert told == {key for key, row in ROUTES.items() if not row.page and row.template not in silent}
    assert "TransferBody" in document["components"]["schemas"]


def test_problems_speak_english_when_asked(client: TestClient) -> None:
    assert client.get("/api/v1/devices").json()["title"] == ERRORS["unauthorised"].vi
    assert client.get("/api/v1/devices?lang=en").json()["title"] == ERRORS["unauthorised"].en


# ---- kiosks that may be cut off ----


def test_a_kiosk_gets_blocks_and_hands_over_through_the_same_verbs(
    client: TestClient, queue: FakeQueue, bearer: Bearer
) -> None:
    kiosk = bearer(Role.DEVICE)
    granted = client.post("/api/v1/leases", json={"id": ID, "epoch": "epoch-0001"}, headers=kiosk)
    assert granted.status_code == 200
    assert granted.json()["blocks"] == [
        {"id": "block-1", "service": "A", "day": "2026-11-23", "first": 970, "last": 999}
    ]
    touch = {"id": "touch-0001", "block": "block-1", "number": "A970", "taken_ms": 1_795_399_200_000}
    handed = client.post(
        "/api/v1/hand-over", json={"id": ID, "epoch": "epoch-0001", "tickets": [touch]}, headers=kiosk
    )  # fmt: skip
    assert handed.json() == {"tickets": [{"id": "touch-0001", "number": "A970", "accepted": True, "code": None}]}
    (one, verb, _), (two, other, message) = queue.executed
    assert one == two
    assert (verb, other, message.tickets[0].number) == ("lease", "hand-over", "A970")


def test_a_refused_lease_and_a_malformed_hand_over_have_their_codes(
    client: TestClient, queue: FakeQueue, bearer: Bearer
) -> None:
    kiosk = bearer(Role.DEVICE)
    nothing = client.post("/api/v1/hand-over", json={"id": ID, "epoch": "epoch-0001", "tickets": []}, headers=kiosk)
    assert_problem(nothing, "malformed")
    assert queue.executed == []
    queue.refusal = "lease_refused"
    refused = client.post("/api/v1/leases", json={"id": ID, "epoch": "epoch-0001"}, headers=kiosk)
    assert_problem(refused, "lease_refused")
