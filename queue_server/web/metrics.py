"""Prometheus figures of the HTTP door and of the queue as it stands."""

import functools
import time
from collections import Counter as Counts
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import Counter, Gauge, Histogram

from contracts.messages.board import BoardSnapshot
from queue_server.application.ports import Alerts
from queue_server.application.storage import Storage

_REQUESTS = Counter("motcua_http_requests_total", "Requests answered", ("method", "route", "status"))
_SECONDS = Histogram(
    "motcua_http_seconds", "From the request to the first byte of the answer", ("method", "route"),
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5, 15),
)  # fmt: skip
_WAITING = Gauge("motcua_waiting", "Tickets waiting", ("service",))
_AT_RISK = Gauge("motcua_at_risk", "Waiting tickets that are about to miss their target wait, or have", ("service",))
_COUNTERS = Gauge("motcua_counters", "Counters by status", ("status",))
_STORAGE = Gauge("motcua_storage", "1 for how the database is: ok, closing (disk full), away", ("state",))
_LISTENERS = Gauge("motcua_event_listeners", "Open event streams")

METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS"})


def gauges(board: BoardSnapshot, alerts: Alerts, listeners: int, storage: Storage) -> None:
    """Sets the figures that are read, not counted."""
    for state in Storage:
        _STORAGE.labels(state).set(state is storage)
    at_risk = Counts(alert.service for alert in alerts.tickets)
    for service in board.services:
        _WAITING.labels(service.code).set(service.waiting)
        _AT_RISK.labels(service.code).set(at_risk[service.code])
    _COUNTERS.clear()
    for counter in board.counters:
        _COUNTERS.labels(counter.status.value).inc()
    _LISTENERS.set(listeners)


class Measured:
    """ASGI application around ours that counts and times. Labels are templates: their number is bounded."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        start_s = time.perf_counter()

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                _count(scope, message["status"], time.perf_counter() - start_s)
            await send(message)

        await self._app(scope, receive, counting)


def _count(scope: Any, status: int, seconds: float) -> None:
    method = scope["method"] if scope["method"] in METHODS else "other"
    route = scope.get("path_template") or "unknown"
    requests, took = _figures_of(method, route, status)
    requests.inc()
    took.observe(seconds)


@functools.cache
def _figures_of(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Finding them by their labels takes longer than counting; there are as many as the table of routes allows."""
    return _REQUESTS.labels(method, route, status), _SECONDS.labels(method, route)
