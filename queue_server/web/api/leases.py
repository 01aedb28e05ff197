"""A kiosk over HTTP: lent numbers, and the hand-over of what it printed without us (docs/protocol.md, lease).

Its identity is the subject of its bearer token: blocks belong to it, so a kiosk keeps its token, or better speaks MQTT.
"""

from typing import Any

import msgspec
from litestar import Request

from contracts.ids import check_command_id
from contracts.messages.leases import HandedOver, HandOver, LeaseBlocks, LeaseGrant
from queue_server.access import Principal
from queue_server.web.door import door
from queue_server.web.kit import Kit, given


class Handed(msgspec.Struct, frozen=True):
    """What became of each ticket, in the order of the request."""

    tickets: tuple[HandedOver, ...]


@door("POST", "/api/v1/leases", body=LeaseBlocks, status_code=200)
async def lease(kit: Kit, request: Request[Principal, Any, Any], data: LeaseBlocks) -> LeaseGrant:
    """All blocks that this kiosk may give numbers from now; they replace what it knew."""
    check_command_id(data.id)
    return given((await kit.execute(request.user, "lease", data)).lease)


@door("POST", "/api/v1/hand-over", body=HandOver, status_code=200)
async def hand_over(kit: Kit, request: Request[Principal, Any, Any], data: HandOver) -> Handed:
    """Each ticket is judged alone; a refused one does not touch the others."""
    check_command_id(data.id)
    return Handed(given((await kit.execute(request.user, "hand-over", data)).handed))
