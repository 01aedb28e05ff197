"""The services, the board, and the devices."""

from typing import Annotated, Any

import msgspec
from litestar import Request

from contracts.errors import Rejected
from contracts.ids import check_command_id
from contracts.messages.board import BoardSnapshot, ServicesSnapshot, ServiceState
from contracts.messages.counters import CloseService, OpenService, Reason, ServiceCommand
from contracts.messages.devices import DeviceHealth, Presence
from contracts.messages.tickets import CommandId
from queue_server.access import Principal
from queue_server.web.door import door
from queue_server.web.kit import Kit


class ServiceAct(msgspec.Struct, frozen=True):
    """Open or close; the reason is for staff."""

    id: CommandId
    reason: Annotated[Reason | None, msgspec.Meta(description="of a close")] = None


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


@door("POST", "/api/v1/services/{code}/open", body=ServiceAct, status_code=200)
async def open_service(kit: Kit, request: Request[Principal, Any, Any], code: str, data: ServiceAct) -> ServiceState:
    """The service as it is now."""
    return await _act(kit, request.user, "open-service", OpenService(id=check_command_id(data.id), service=code))


@door("POST", "/api/v1/services/{code}/close", body=ServiceAct, status_code=200)
async def close_service(kit: Kit, request: Request[Principal, Any, Any], code: str, data: ServiceAct) -> ServiceState:
    """The service as it is now."""
    message = CloseService(id=check_command_id(data.id), service=code, reason=data.reason)
    return await _act(kit, request.user, "close-service", message)


async def _act(kit: Kit, who: Principal, verb: str, message: ServiceCommand) -> ServiceState:
    if kit.service.office.service_by_code(message.service) is None:
        raise Rejected("unknown_service", "the office file has no such service")
    await kit.execute(who, verb, message)
    return next(row for row in kit.service.services().services if row.code == message.service)
