"""An application with fakes behind it, and a client for each role."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient

from contracts.roles import Role
from queue_server.access import Access
from queue_server.access.codes import UsedCodes
from queue_server.web.app import build
from tests.support.fake_queue import FakeQueue, FakeReports


@pytest.fixture
def queue() -> FakeQueue:
    return FakeQueue()


@pytest.fixture
def reports() -> FakeReports:
    return FakeReports()


@pytest.fixture
def access(tmp_path: Path, queue: FakeQueue) -> Access:
    return Access(bytes(32), UsedCodes(tmp_path / "used"), queue.clock)


@pytest.fixture
def client(queue: FakeQueue, access: Access, reports: FakeReports) -> Iterator[TestClient]:
    with TestClient(build(queue, access, reports=reports), raise_server_exceptions=False) as found:
        yield found


@pytest.fixture
def bearer(access: Access) -> Callable[..., dict[str, str]]:
    def headers(role: Role, counter: int | None = None) -> dict[str, str]:
        return {} if role is Role.ANONYMOUS else {"Authorization": f"Bearer {access.bearer(role, counter, 1)}"}

    return headers


@pytest.fixture
def signed_in(client: TestClient, access: Access) -> TestClient:
    """A browser in which a manager signed in."""
    client.post("/api/v1/session", json={"code": access.code(Role.MANAGER, None)})
    return client
