"""The clock has jumped: who hears it, and who may say that it is right."""

from collections.abc import Callable

from litestar.testing import TestClient

from contracts.messages.office_day import ConfirmDay
from contracts.roles import Role
from tests.support.fake_queue import FakeQueue

BODY = {"id": "press-0001", "day": "2027-11-23"}


def test_a_manager_confirms(client: TestClient, queue: FakeQueue, bearer: Callable[..., dict[str, str]]) -> None:
    answer = client.post("/api/v1/day/confirm", json=BODY, headers=bearer(Role.MANAGER))
    assert (answer.status_code, answer.json()) == (200, {"business_day": queue.board().business_day})
    actor, verb, message = queue.executed[-1]
    assert (verb, message) == ("confirm-day", ConfirmDay(id="press-0001", day="2027-11-23"))
    assert actor.startswith("http:")


def test_a_wrong_day_is_refused(client: TestClient, queue: FakeQueue, bearer: Callable[..., dict[str, str]]) -> None:
    queue.refusal = "wrong_day"
    answer = client.post("/api/v1/day/confirm", json=BODY, headers=bearer(Role.MANAGER))
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_day")


def test_what_is_no_day_does_not_come_so_far(
    client: TestClient, queue: FakeQueue, bearer: Callable[..., dict[str, str]]
) -> None:
    for body in ({**BODY, "day": "tomorrow"}, {**BODY, "id": "x"}, {"id": "press-0001"}):
        answer = client.post("/api/v1/day/confirm", json=body, headers=bearer(Role.MANAGER))
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert queue.executed == []


def test_readiness_tells_the_code_and_stays_ready(client: TestClient, queue: FakeQueue) -> None:
    assert client.get("/readyz").json()["warnings"] == []
    queue.jumped_to = "2027-11-23"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["warnings"]) == (200, ["clock_jumped"])


def test_the_managers_page_shows_the_day_and_a_button(signed_in: TestClient, queue: FakeQueue) -> None:
    assert "data-confirm-day" not in signed_in.get("/manager/live").text
    queue.jumped_to = "2027-11-23"
    page = signed_in.get("/manager/live").text
    assert 'data-confirm-day="2027-11-23"' in page
    assert "Đồng hồ máy chủ nhảy sang ngày 23/11/2027" in page
