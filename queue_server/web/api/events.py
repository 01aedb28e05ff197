"""GET /api/v1/events: full snapshots as they change, so that a listener that missed some has lost nothing."""

from typing import Annotated, Any

from litestar import Request
from litestar.params import QueryParameter
from litestar.response import Stream

from contracts.errors import Rejected
from contracts.roles import Role, allows
from queue_server.access import Principal
from queue_server.web.api.counters import check_counter
from queue_server.web.door import door
from queue_server.web.kit import Kit


@door("GET", "/api/v1/events", media_type="text/event-stream")
async def events(
    kit: Kit,
    request: Request[Principal, Any, Any],
    counter: Annotated[int | None, QueryParameter(description="also events of this counter (clerks)")] = None,
    devices: Annotated[bool, QueryParameter(description="also device changes (managers)")] = False,
    alerts: Annotated[bool, QueryParameter(description="also who is about to miss a target wait (managers)")] = False,
) -> Stream:
    """Events board, services, counter, devices, alert; `data` is the snapshot."""
    who = request.user
    topics = ["board", "services"]
    if counter is not None:
        _require(who, Role.CLERK)
        check_counter(kit.service.office, counter)
        if not who.may_use_counter(counter):
            raise Rejected("forbidden", f"this sign-in is for counter {who.counter} only")
        topics.append(f"counter/{counter}")
    if devices:
        _require(who, Role.MANAGER)
        topics.append("devices")
    if alerts:
        _require(who, Role.MANAGER)
        topics.append("alert")
    # A first look before the headers go out: after that a refusal could no longer be told.
    stream = kit.hub.stream(topics, staff=who.role is not Role.ANONYMOUS)
    return Stream(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


def _require(who: Principal, role: Role) -> None:
    if not allows(who.role, frozenset({role})):
        raise Rejected("unauthorised" if who.role is Role.ANONYMOUS else "forbidden")
