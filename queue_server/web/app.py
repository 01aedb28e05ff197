"""Puts the door together: handlers, guard, refusals, headers, figures."""

import functools
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Litestar, Response
from litestar.datastructures import State
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.types import ASGIApp

from queue_server.access import Access
from queue_server.application.ports import QueueService
from queue_server.application.waits import Reports
from queue_server.web.api import counters, day, dossiers, events, health, leases, reports, services, session, tickets
from queue_server.web.api.appointments import HANDLERS as APPOINTMENT_HANDLERS
from queue_server.web.board_feed import BoardFeed
from queue_server.web.door import StrictRequest, door
from queue_server.web.guard import guard
from queue_server.web.headers import add_headers
from queue_server.web.hub import Hub
from queue_server.web.kit import Kit
from queue_server.web.lane import TicketLane
from queue_server.web.limits import Limiter
from queue_server.web.metrics import Measured
from queue_server.web.pages import board, booking, clerk, front, greeter, manager, phone, static
from queue_server.web.problems import answer

TITLE, VERSION = "Một Cửa", "1"

API: tuple[HTTPRouteHandler, ...] = (
    health.healthz, health.readyz, health.metrics, session.sign_in, session.sign_out, tickets.issue, tickets.follow,
    tickets.cancel, leases.lease, leases.hand_over, counters.counter, counters.counter_queue, *counters.VERB_HANDLERS,
    services.services, *services.SERVICE_HANDLERS, day.confirm, services.board, services.devices, events.events,
    dossiers.lookup, dossiers.import_dossiers, reports.waits, *APPOINTMENT_HANDLERS,
)  # fmt: skip
PAGES: tuple[HTTPRouteHandler, ...] = (
    front.index, front.sign_in, board.board_page, board.frame, board.frames, phone.phone_page, clerk.desk_page,
    booking.book_page, greeter.greeter_page, manager.manager_page, manager.live, manager.chart, static.file,
)  # fmt: skip


def make_app(service: QueueService, access: Access, *, reports: Reports, trusted: bool = False) -> ASGIApp:
    """The ASGI application of one listener. `trusted`: its callers are the machine's administrator (Unix socket)."""
    return Measured(TicketLane(build(service, access, reports=reports, trusted=trusted)))


def build(service: QueueService, access: Access, *, reports: Reports, trusted: bool = False) -> Litestar:
    """The application without the coats around it; tests look into it."""
    hub = Hub(service)
    feed = BoardFeed(service)
    hub.observe(lambda topic: feed.changed() if topic == "board" else None)
    kit = Kit(service, access, reports, hub, feed, Limiter(service.clock), trusted)
    app = Litestar(
        [*API, *PAGES, openapi],
        **_SHARED,
        guards=[guard],
        exception_handlers={Exception: answer},
        before_send=[add_headers],
        on_startup=[hub.open],
        on_shutdown=[hub.close, feed.close],
        openapi_config=None,
        logging_config=None,
    )
    app.state.kit = kit
    return app


def _kit(state: State) -> Kit:
    kit: Kit = state.kit
    return kit


_SHARED: dict[str, Any] = {
    "dependencies": {"kit": Provide(_kit, sync_to_thread=False)},
    "request_class": StrictRequest,
}


@door("GET", "/api/openapi.json")
async def openapi() -> Response[bytes]:
    """OpenAPI 3.1, made from the typed handlers."""
    return Response(schema(API), media_type="application/json")


@functools.cache
def schema(handlers: Sequence[HTTPRouteHandler]) -> bytes:
    """The document of these handlers."""
    # An application only for its schema: the framework would otherwise add documentation routes without a row.
    config = OpenAPIConfig(title=TITLE, version=VERSION, path="/schema")
    described = Litestar(list(handlers), **_SHARED, openapi_config=config, logging_config=None)
    return msgspec.json.encode(described.openapi_schema.to_schema())
