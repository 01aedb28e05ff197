"""Bookings over HTTP and their pages: typed, coded, slowed for strangers, and offered only where there are any."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from contracts.messages.appointments import PERSON_CHARS_MAX, CancelAppointment, CheckIn
from contracts.roles import Role
from queue_server.web.limits import LIMITS
from runtime.i18n import Catalog
from tests.support.fake_queue import DAY, TOKEN, FakeQueue

Bearer = Callable[..., dict[str, str]]
ONE = f"/api/v1/appointments/{TOKEN}"
WISH = {
    "id": "12345678", "service": "A", "date": DAY.isoformat(), "start": "10:00", "person": "0912 345 678",
}  # fmt: skip


def test_a_booking_is_created_and_shown(client: TestClient, queue: FakeQueue) -> None:
    answer = client.post("/api/v1/appointments", json=WISH)
    assert answer.status_code == 201
    assert answer.json()["token"] == TOKEN
    assert queue.executed[0][:2] == ("http:anonymous", "book")
    assert client.get(ONE).json() == answer.json()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"person": ""}, "person"),
        ({"person": "Nguyễn Văn A"}, "person"),
        ({"person": "0" * (PERSON_CHARS_MAX + 1)}, "person"),
        ({"person": 912345678}, "person"),
        ({"start": "7:30"}, "start"),
        ({"start": "10:00:00"}, "start"),
        ({"date": "23/11/2026"}, "date"),
        ({"service": ""}, "service"),
        ({"lang": "VI"}, "lang"),
        ({"id": "x"}, "id"),
    ],
)
def test_what_is_no_booking_is_refused_without_repeating_it(
    client: TestClient, queue: FakeQueue, change: dict[str, Any], field: str
) -> None:
    answer = client.post("/api/v1/appointments", json=WISH | change)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "malformed"
    assert field in problem["detail"]
    assert "912" not in problem["detail"]
    assert not queue.executed


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?service=A&date=2026-11-23", 200, None),
        ("?service=Z&date=2026-11-23", 404, "unknown_service"),
        ("?service=A&date=2026-02-30", 400, "malformed"),
        ("?service=A&date=20261123", 400, "malformed"),
        ("?service=A&date=2026-W48-1", 400, "malformed"),
        ("?service=A", 400, "malformed"),
        ("?date=2026-11-23", 400, "malformed"),
    ],
)
def test_slots(client: TestClient, query: str, status: int, code: str | None) -> None:
    answer = client.get("/api/v1/slots" + query)
    assert answer.status_code == status
    assert answer.json().get("code") == code
    if code is None:
        assert answer.json()["slots"][0].keys() == {"service", "start", "end", "capacity", "free"}


@pytest.mark.parametrize("path", ["cancel", "check-in"])
def test_the_token_in_the_path_becomes_the_command(client: TestClient, queue: FakeQueue, path: str) -> None:
    answer = client.post(f"{ONE}/{path}", json={"id": "12345678"})
    message = {"cancel": CancelAppointment, "check-in": CheckIn}[path](id="12345678", token=TOKEN)
    assert queue.executed[0][2] == message
    assert answer.status_code == (201 if path == "check-in" else 200)
    assert answer.json()["number" if path == "check-in" else "state"] in ("A016", "cancelled")


@pytest.mark.parametrize("path", ["", "/qr", "/cancel", "/check-in"])
@pytest.mark.parametrize("token", ["nobodyknowsthis2", "x" * 65])
def test_a_token_that_no_booking_has(client: TestClient, queue: FakeQueue, path: str, token: str) -> None:
    queue.refusal = "unknown_appointment"
    url = f"/api/v1/appointments/{token}{path}"
    answer = client.post(url, json={"id": "12345678"}) if path in ("/cancel", "/check-in") else client.get(url)
    assert answer.status_code == 404
    assert answer.json()["code"] == "unknown_appointment"


def test_strangers_book_only_so_often_and_staff_are_not_slowed(
    client: TestClient, queue: FakeQueue, bearer: Bearer
) -> None:
    limit = LIMITS["booking"]
    codes = [client.post("/api/v1/appointments", json=WISH).status_code for _ in range(limit.burst + 1)]
    assert codes == [201] * limit.burst + [429]
    refused = client.post("/api/v1/appointments", json=WISH)
    assert refused.json()["code"] == "rate_limited"
    assert refused.headers["retry-after"] == str(round(limit.every_s))
    assert client.post("/api/v1/appointments", json=WISH, headers=bearer(Role.CLERK)).status_code == 201
    queue.time.now_ms += round(limit.every_s * 1000)
    assert client.post("/api/v1/appointments", json=WISH).status_code == 201


def test_the_qr_is_a_picture_of_the_mark_and_the_token(client: TestClient) -> None:
    answer = client.get(f"{ONE}/qr")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.text.startswith("<svg")
    assert 'viewBox="0 0 37 37"' in answer.text
    assert "script" not in answer.text


def test_the_page_knows_no_token(client: TestClient) -> None:
    html = client.get("/book").text
    assert TOKEN not in html
    assert 'value="2026-11-23"' in html
    assert 'value="2026-11-29"' not in html, "a Sunday"
    assert 'name="service" value="A"' in html
    assert 'name="service" value="C"' not in html


def test_an_office_without_appointments_offers_none(client: TestClient, queue: FakeQueue, bearer: Bearer) -> None:
    services = [msgspec.structs.replace(row, slot_capacity=0) for row in queue.office.service]
    queue.office = msgspec.structs.replace(queue.office, service=services)
    assert "/book" not in client.get("/").text
    page = client.get("/book").text
    assert Catalog.load("vi").text("web.book.not_here") in page
    assert 'id="form"' not in page
    assert "bookings" not in client.get("/greeter", headers=bearer(Role.CLERK)).text


def test_staff_see_todays_bookings(client: TestClient, bearer: Bearer) -> None:
    found = client.get("/api/v1/appointments", headers=bearer(Role.CLERK)).json()["appointments"]
    assert [row["token"] for row in found] == [TOKEN]
    assert 'id="bookings-rows"' in client.get("/greeter", headers=bearer(Role.CLERK)).text


@pytest.mark.parametrize(("keep_days", "key"), [(0, "web.book.person.why"), (30, "web.book.person.why.days")])
def test_the_page_says_truly_how_long_the_hash_is_kept(
    client: TestClient, queue: FakeQueue, keep_days: int, key: str
) -> None:
    rules = msgspec.structs.replace(queue.office.appointments, keep_days=keep_days)
    queue.office = msgspec.structs.replace(queue.office, appointments=rules)
    assert Catalog.load("vi").text(key, days=keep_days) in client.get("/book").text


def test_the_manager_reads_how_many_came(client: TestClient, queue: FakeQueue, bearer: Bearer) -> None:
    html = client.get("/manager/live", headers=bearer(Role.MANAGER)).text
    text = Catalog.load("vi").text("web.manager.answer.appointments", all=1, came=0, due=1, missed=0)
    assert text in html
