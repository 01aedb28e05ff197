"""Slots, bookings, check-in."""

import io
from typing import Annotated, Any

import msgspec
import segno
from litestar import Request, Response
from litestar.params import QueryParameter

from contracts.errors import Rejected
from contracts.ids import check_command_id
from contracts.messages.appointments import AppointmentView, BookAppointment, Slot, qr_text
from contracts.messages.common import CODE_CHARS_MAX, IssuedTicket
from queue_server.access import Principal
from queue_server.domain.slots import day_from
from queue_server.web.bodies import body_of, message_of
from queue_server.web.door import door
from queue_server.web.kit import Kit, given

QUIET_MODULES = 4  # ISO/IEC 18004, 6.3.8
_ONE = "/api/v1/appointments/{token}"


class Slots(msgspec.Struct, frozen=True):
    """What may be booked of a service on a date; full ones too."""

    slots: tuple[Slot, ...]


class Appointments(msgspec.Struct, frozen=True):
    """Today's bookings, by slot."""

    appointments: tuple[AppointmentView, ...]


def token_in_path(text: str) -> str:
    """Raises `unknown_appointment` for what cannot be a token."""
    if not 1 <= len(text) <= CODE_CHARS_MAX:
        raise Rejected("unknown_appointment")
    return text


@door("GET", "/api/v1/slots")
async def slots(
    kit: Kit,
    service: Annotated[str, QueryParameter(description="service code")],
    day: Annotated[str, QueryParameter(name="date", description="2026-11-23")],
) -> Slots:
    """None where the office is closed, the date is over or too far ahead, or the service has no appointments."""
    if day_from(day) is None:
        raise Rejected("malformed", "date is no date like 2026-11-23")
    return Slots(kit.service.slots(service, day))


@door("GET", "/api/v1/appointments")
async def today(kit: Kit) -> Appointments:
    """For staff."""
    return Appointments(kit.service.appointments())


@door("POST", "/api/v1/appointments", body=BookAppointment, status_code=201)
async def book(kit: Kit, request: Request[Principal, Any, Any], data: BookAppointment) -> Response[AppointmentView]:
    """The same id gives the same booking again."""
    check_command_id(data.id)
    reply = await kit.execute(request.user, "book", data)
    return Response(given(reply.appointment), status_code=201)


@door("GET", _ONE)
async def follow(kit: Kit, token: str) -> AppointmentView:
    """The booking as it is now."""
    return kit.service.appointment(token_in_path(token))


@door("GET", f"{_ONE}/qr")
async def qr(kit: Kit, token: str) -> Response[bytes]:
    """What the kiosk scans, as SVG."""
    booking = kit.service.appointment(token_in_path(token))
    picture = io.BytesIO()
    code = segno.make_qr(qr_text(booking.token), error="m")
    code.save(picture, kind="svg", border=QUIET_MODULES, light="#fff", xmldecl=False, omitsize=True)
    return Response(picture.getvalue(), media_type="image/svg+xml")


@door("POST", f"{_ONE}/cancel", body=body_of("cancel-booking", "token"), status_code=200)
async def cancel(kit: Kit, request: Request[Principal, Any, Any], token: str, data: Any) -> AppointmentView:
    """The booking as it is now."""
    check_command_id(data.id)
    message = message_of("cancel-booking", data, token=token_in_path(token))
    return given((await kit.execute(request.user, "cancel-booking", message)).appointment)


@door("POST", f"{_ONE}/check-in", body=body_of("check-in", "token"), status_code=201)
async def check_in(kit: Kit, request: Request[Principal, Any, Any], token: str, data: Any) -> Response[IssuedTicket]:
    """Its ticket; the same one again as long as it waits."""
    check_command_id(data.id)
    message = message_of("check-in", data, token=token_in_path(token))
    reply = await kit.execute(request.user, "check-in", message)
    return Response(given(reply.issued), status_code=201)


HANDLERS = (slots, today, book, follow, qr, cancel, check_in)
