"""Route × role: every registered route, every role, anonymous too. The expectation is written out here, not derived."""

from collections.abc import Callable, Iterator

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from contracts.roles import Role
from contracts.verbs import COUNTER_VERBS
from queue_server.access import Access
from queue_server.access.codes import UsedCodes
from queue_server.web.app import build
from queue_server.web.routes import ROUTES
from tests.support.fake_queue import TOKEN, FakeQueue, FakeReports

ANYONE = "anonymous device clerk manager admin"
ISSUERS = "device clerk manager admin"
KIOSKS = "device admin"
STAFF = "clerk manager admin"
MANAGERS = "manager admin"

EXPECTED = {
    "GET /healthz": ANYONE,
    "GET /readyz": ANYONE,
    "GET /metrics": "device manager admin",
    "GET /api/openapi.json": ANYONE,
    "POST /api/v1/session": ANYONE,
    "POST /api/v1/session/end": ANYONE,
    "POST /api/v1/tickets": ISSUERS,
    "GET /api/v1/tickets/{token}": ANYONE,
    "POST /api/v1/tickets/{token}/cancel": ANYONE,
    "POST /api/v1/leases": KIOSKS,
    "POST /api/v1/hand-over": KIOSKS,
    "GET /api/v1/counters/{n}": STAFF,
    "GET /api/v1/counters/{n}/queue": STAFF,
    **{f"POST /api/v1/counters/{{n}}/{verb}": STAFF for verb in COUNTER_VERBS},
    "GET /api/v1/services": ANYONE,
    "POST /api/v1/services/{code}/open": MANAGERS,
    "POST /api/v1/services/{code}/close": MANAGERS,
    "POST /api/v1/day/confirm": MANAGERS,
    "GET /api/v1/board": ANYONE,
    "GET /api/v1/events": ANYONE,
    "GET /api/v1/slots": ANYONE,
    "GET /api/v1/appointments": STAFF,
    "POST /api/v1/appointments": ANYONE,
    "GET /api/v1/appointments/{token}": ANYONE,
    "GET /api/v1/appointments/{token}/qr": ANYONE,
    "POST /api/v1/appointments/{token}/cancel": ANYONE,
    "POST /api/v1/appointments/{token}/check-in": ANYONE,
    "POST /api/v1/dossiers/lookup": ISSUERS,
    "POST /api/v1/dossiers/import": "admin",
    "GET /api/v1/reports/waits": MANAGERS,
    "GET /api/v1/devices": MANAGERS,
    "GET /": ANYONE,
    "GET /sign-in": ANYONE,
    "GET /board": ANYONE,
    "GET /board/frame.json": ANYONE,
    "GET /board/frames": ANYONE,
    "GET /t/{token}": ANYONE,
    "GET /book": ANYONE,
    "GET /counter/{n}": STAFF,
    "GET /greeter": STAFF,
    "GET /manager": MANAGERS,
    "GET /manager/live": MANAGERS,
    "GET /manager/waits.svg": MANAGERS,
    "GET /static/{name}": ANYONE,
}
STREAMS = ("/api/v1/events", "/board/frames")


@pytest.fixture(scope="module")
def access(tmp_path_factory: pytest.TempPathFactory) -> Access:
    return Access(bytes(32), UsedCodes(tmp_path_factory.mktemp("access") / "used"), FakeQueue().clock)


@pytest.fixture(scope="module")
def app(access: Access) -> Litestar:
    return build(FakeQueue(), access, reports=FakeReports())


@pytest.fixture(scope="module")
def client(app: Litestar) -> Iterator[TestClient]:
    with TestClient(app) as found:
        yield found


@pytest.fixture(scope="module")
def request_as(client: TestClient, access: Access) -> Callable[[str, str, Role], int]:
    def send(method: str, template: str, role: Role) -> int:
        path = (
            template.replace("{n}", "1").replace("{token}", TOKEN).replace("{code}", "A").replace("{name}", "style.css")
        )
        headers = {} if role is Role.ANONYMOUS else {"Authorization": f"Bearer {access.bearer(role, None, 1)}"}
        if path in STREAMS:
            # An endless answer: a full house refuses it behind the guard, which is all that matters here.
            client.app.state.kit.hub.close()
            client.app.state.kit.feed.close()
        return client.request(method, path, headers=headers, json={} if method == "POST" else None).status_code

    return send


def registered(app: Litestar) -> set[str]:
    found = set()
    for route in app.routes:
        methods = getattr(route, "methods", set()) - {"OPTIONS"}
        found |= {f"{method} {route.path_format}" for method in methods}
    return found


def test_every_registered_route_stands_in_both_tables(app: Litestar) -> None:
    assert registered(app) == set(EXPECTED)
    assert {f"{method} {path}" for method, path in ROUTES} == set(EXPECTED)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("door", list(EXPECTED))
def test_route_and_role(request_as: Callable[[str, str, Role], int], door: str, role: Role) -> None:
    method, path = door.split(" ")
    status = request_as(method, path, role)
    if role.value in EXPECTED[door].split():
        # Through the guard: what is behind may still miss a body (400) or refuse a wrong code.
        assert status in (200, 201, 204, 400), status
    else:
        assert status == (401 if role is Role.ANONYMOUS else 403)


@pytest.mark.parametrize("role", list(Role))
def test_options_opens_nothing(client: TestClient, access: Access, role: Role) -> None:
    headers = {} if role is Role.ANONYMOUS else {"Authorization": f"Bearer {access.bearer(role, None, 1)}"}
    assert client.options("/api/v1/devices", headers=headers).status_code == 405


def test_every_route_is_documented() -> None:
    assert all(row.doc for row in ROUTES.values())


def test_each_answer_carries_the_security_headers(client: TestClient) -> None:
    for path in ("/", "/api/v1/board", "/nothing", "/manager", "/static/style.css"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
    assert client.get("/").headers["cache-control"] == "no-store"
    assert "immutable" in client.get("/static/style.css").headers["cache-control"]
