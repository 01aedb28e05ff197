"""The business day: a manager says that a clock that jumped is right."""

from typing import Any

import msgspec
from litestar import Request

from contracts.ids import check_command_id
from contracts.messages.office_day import ConfirmDay
from queue_server.access import Principal
from queue_server.web.door import door
from queue_server.web.kit import Kit


class BusinessDay(msgspec.Struct, frozen=True):
    """The day whose numbers are given now."""

    business_day: str


@door("POST", "/api/v1/day/confirm", body=ConfirmDay, status_code=200)
async def confirm(kit: Kit, request: Request[Principal, Any, Any], data: ConfirmDay) -> BusinessDay:
    """Nothing happens when the clock is believed already."""
    check_command_id(data.id)
    await kit.execute(request.user, "confirm-day", data)
    return BusinessDay(kit.service.board().business_day)
