"""Appointments at both doors of the real server, over restarts: one booking an id, one ticket a booking."""

import signal
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.roles import Role
from tests.support.booking_office import booking_office
from tests.support.broker import Mosquitto, mosquitto
from tests.support.server_process import MqttSide, ServerProcess, new_id

pytestmark = pytest.mark.timeout(180)

NUMBERS = iter(f"09{n:08d}" for n in range(12_345_678, 12_346_000))


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path_factory.mktemp("office")) as found:
        yield found


@pytest.fixture(scope="module")
def server(broker: Mosquitto) -> Iterator[ServerProcess]:
    found = ServerProcess(broker.data, broker, booking_office(broker.data / "office"))
    found.start()
    yield found
    found.stop()


@pytest.fixture
def web(server: ServerProcess) -> Iterator[httpx.Client]:
    with server.api() as client:
        yield client


@pytest.fixture(scope="module")
def kiosk(broker: Mosquitto) -> MqttSide:
    return MqttSide(broker)


def slots(web: httpx.Client) -> list[dict[str, Any]]:
    day = web.get("/api/v1/board").json()["business_day"]
    found: list[dict[str, Any]] = web.get("/api/v1/slots", params={"service": "A", "date": day}).json()["slots"]
    return [slot for slot in found if slot["free"]]


def wish(web: httpx.Client, slot: int = 0, person: str | None = None) -> dict[str, str]:
    start = datetime.fromisoformat(slots(web)[slot]["start"])
    return {
        "id": new_id(), "service": "A", "date": f"{start:%Y-%m-%d}", "start": f"{start:%H:%M}",
        "person": person or next(NUMBERS),
    }  # fmt: skip


def booked(web: httpx.Client, body: dict[str, str]) -> dict[str, Any]:
    answer = web.post("/api/v1/appointments", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def refused(web: httpx.Client, path: str, body: dict[str, str]) -> str:
    answer = web.post(path, json=body)
    assert answer.status_code >= 400
    assert answer.headers["content-type"].startswith("application/problem+json")
    return str(answer.json()["code"])


def test_a_repeated_booking_is_one_booking_also_after_a_kill(web: httpx.Client, server: ServerProcess) -> None:
    body = wish(web)
    first = booked(web, body)
    server.stop(signal.SIGKILL)
    server.start()
    assert booked(web, body) == first
    assert refused(web, "/api/v1/appointments", body | {"person": next(NUMBERS)}) == "id_reused"
    assert refused(web, "/api/v1/appointments", body | {"id": new_id()}) == "already_booked", "the key outlives it"
    assert [a["token"] for a in web.get("/api/v1/appointments").json()["appointments"]] == [first["token"]]


def test_a_kiosk_and_a_page_check_in_to_one_ticket(web: httpx.Client, kiosk: MqttSide, server: ServerProcess) -> None:
    token, touch = booked(web, wish(web))["token"], new_id()
    first = kiosk.ask("check-in", touch, token=token)
    assert first.code is None
    server.stop(signal.SIGKILL)
    server.start()
    assert kiosk.ask("check-in", touch, token=token) == first
    assert kiosk.ask("check-in", new_id(), token=token) == first
    there = web.post(f"/api/v1/appointments/{token}/check-in", json={"id": new_id()})
    assert (there.status_code, there.json()["number"]) == (201, first.number)
    assert refused(web, f"/api/v1/appointments/{token}/cancel", {"id": new_id()}) == "wrong_state"
    shown = web.get(f"/api/v1/appointments/{token}").json()
    assert (shown["state"], shown["number"]) == ("checked_in", first.number)


@pytest.mark.parametrize("token", ["nobodyknowsthis2", "x", "Đ" * 64])
def test_a_code_of_nobody(web: httpx.Client, kiosk: MqttSide, token: str) -> None:
    assert kiosk.ask("check-in", new_id(), token=token).code == "unknown_appointment"
    for act in ("check-in", "cancel"):
        assert refused(web, f"/api/v1/appointments/{token}/{act}", {"id": new_id()}) == "unknown_appointment"


def test_given_back_and_booked_again_by_the_same_person(web: httpx.Client) -> None:
    body = wish(web)
    token = booked(web, body)["token"]
    given = web.post(f"/api/v1/appointments/{token}/cancel", json={"id": new_id()}).json()
    assert given["state"] == "cancelled"
    assert booked(web, body)["state"] == "cancelled", "the same id is the same booking, as it is now"
    assert booked(web, body | {"id": new_id()})["token"] != token


def test_a_slot_takes_so_many_and_no_more(web: httpx.Client) -> None:
    body = wish(web, slot=2)
    for _ in range(3):
        booked(web, body | {"id": new_id(), "person": next(NUMBERS)})
    assert refused(web, "/api/v1/appointments", body | {"id": new_id(), "person": next(NUMBERS)}) == "slot_full"


def test_a_slot_that_is_none(web: httpx.Client) -> None:
    body = wish(web)
    assert refused(web, "/api/v1/appointments", body | {"start": "10:01"}) == "slot_unknown"
    assert refused(web, "/api/v1/appointments", body | {"date": "2020-01-01"}) == "slot_unknown"
    assert refused(web, "/api/v1/appointments", body | {"service": "C"}) == "slot_unknown"


def test_the_key_of_the_hashes_is_the_offices_own(server: ServerProcess) -> None:
    key = Path(server.data) / "secrets" / "persons.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_text() != (key.parent / "access.key").read_text()


def test_no_log_line_tells_a_number(server: ServerProcess, web: httpx.Client) -> None:
    body = wish(web, slot=4, person="0977 123 456")
    booked(web, body)
    assert refused(web, "/api/v1/appointments", body | {"person": "0977 123 456 !"}) == "malformed"
    told = (server.data / "server.log").read_text()
    assert "0977" not in told


def test_a_device_may_not_list_them(server: ServerProcess) -> None:
    with server.api(Role.DEVICE) as client:
        assert client.get("/api/v1/appointments").status_code == 403
