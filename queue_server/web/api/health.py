"""Does it live, is it ready, how much does it do."""

import asyncio

import msgspec
from litestar import Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from queue_server.application.storage import Storage
from queue_server.web.door import door
from queue_server.web.kit import Kit
from queue_server.web.metrics import gauges

READY_S_MAX = 3.0


class Alive(msgspec.Struct, frozen=True):
    """The event loop turns."""

    ok: bool = True


class Ready(msgspec.Struct, frozen=True):
    """Whether all vital parts work, each of them, and what a person must see to though all work (error codes)."""

    ok: bool
    parts: dict[str, bool]
    warnings: tuple[str, ...] = ()


@door("GET", "/healthz")
async def healthz() -> Alive:
    """No look at anything: a supervisor asks whether to restart us."""
    return Alive()


@door("GET", "/readyz")
async def readyz(kit: Kit) -> Response[Ready]:
    """503 while a vital part does not answer."""
    try:
        parts = await asyncio.wait_for(kit.service.ready(), READY_S_MAX)
    except TimeoutError:
        parts = {"writer": False}
    found = {
        "clock_jumped": kit.service.clock_jumped_to() is not None,
        "storage_unavailable": kit.service.storage() is Storage.CLOSING,
    }
    ready = Ready(all(parts.values()), parts, tuple(code for code, there in found.items() if there))
    return Response(ready, status_code=200 if ready.ok else 503)


@door("GET", "/metrics")
async def metrics(kit: Kit) -> Response[bytes]:
    """Text format of Prometheus."""
    gauges(kit.service.board(), kit.service.alerts(), kit.hub.listeners, kit.service.storage())
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
