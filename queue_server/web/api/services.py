"""The services, the board, and the devices."""

from typing import Any

import msgspec
from litestar import Request
from litestar.handlers import HTTPRouteHandler

from contracts.errors import Rejected
from contracts.ids import check_command_id
from contracts.messages.board import BoardSnapshot, ServicesSnapshot, ServiceState
from contracts.messages.counters import ServiceCommand
from contracts.messages.devices import DeviceHealth, Presence
from contracts.verbs import VERBS
from queue_server.access import Principal
from queue_server.web.bodies import body_of, message_of
from queue_server.web.door import door
from queue_server.web.kit import Kit


class Devices(msgspec.Struct, frozen=True):
    """Every device that has spoken, every process that was there."""

    devices: tuple[DeviceHealth, ...]
    processes: tuple[Presence, ...]


@door("GET", "/api/v1/services")
async def services(kit: Kit) -> ServicesSnapshot:
    """What can be had, how many wait, how long it takes."""
    return kit.service.services()


@door("GET", "/api/v1/board")
async def board(kit: Kit) -> BoardSnapshot:
    """The whole board."""
    return kit.service.board()


@door("GET", "/api/v1/devices")
async def devices(kit: Kit) -> Devices:
    """As they last reported."""
    return Devices(kit.service.devices(), kit.service.presences())


def _handler(verb: str) -> HTTPRouteHandler:
    async def act(kit: Kit, request: Request[Principal, Any, Any], code: str, data: Any) -> ServiceState:
        check_command_id(data.id)
        return await _act(kit, request.user, verb, message_of(verb, data, service=code))

    act.__doc__ = VERBS[verb].doc
    path = f"/api/v1/services/{{code}}/{verb.removesuffix('-service')}"
    return door("POST", path, body=body_of(verb, "service"), status_code=200)(act)


async def _act(kit: Kit, who: Principal, verb: str, message: ServiceCommand) -> ServiceState:
    if kit.service.office.service_by_code(message.service) is None:
        raise Rejected("unknown_service", "the office file has no such service")
    await kit.execute(who, verb, message)
    return next(row for row in kit.service.services().services if row.code == message.service)


SERVICE_HANDLERS = tuple(_handler(verb) for verb in ("open-service", "close-service"))
