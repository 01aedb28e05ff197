"""Take a ticket, follow it, give it back."""

from typing import Any

import msgspec
from litestar import Request, Response

from contracts.errors import Rejected
from contracts.ids import check_command_id
from contracts.messages.common import CODE_CHARS_MAX, IssuedTicket, TicketView
from contracts.messages.tickets import IssueTicket
from queue_server.access import Principal
from queue_server.application.ports import TicketStatus
from queue_server.web.bodies import body_of, message_of
from queue_server.web.door import door
from queue_server.web.kit import Kit, given


def token_in_path(text: str) -> str:
    """Raises `unknown_ticket` for what cannot be a token."""
    if not 1 <= len(text) <= CODE_CHARS_MAX:
        raise Rejected("unknown_ticket")
    return text


def public(status: TicketStatus) -> TicketStatus:
    """What the holder of the token may see. The dossier code is for clerks: a photographed QR must not tell it."""
    ticket = msgspec.structs.replace(status.ticket, dossier=None)
    return msgspec.structs.replace(status, ticket=ticket)


@door("POST", "/api/v1/tickets", body=IssueTicket, status_code=201)
async def issue(kit: Kit, request: Request[Principal, Any, Any], data: IssueTicket) -> Response[IssuedTicket]:
    """The same id gives the same ticket again."""
    check_command_id(data.id)
    reply = await kit.execute(request.user, "issue", data)
    return Response(given(reply.issued), status_code=201)


@door("GET", "/api/v1/tickets/{token}")
async def follow(kit: Kit, token: str) -> TicketStatus:
    """Place in the queue, expected wait, the counter once called."""
    return public(kit.service.ticket(token_in_path(token)))


@door("POST", "/api/v1/tickets/{token}/cancel", body=body_of("cancel", "token"), status_code=200)
async def cancel(kit: Kit, request: Request[Principal, Any, Any], token: str, data: Any) -> TicketView:
    """The ticket as it is now."""
    check_command_id(data.id)
    message = message_of("cancel", data, token=token_in_path(token))
    reply = await kit.execute(request.user, "cancel", message)
    return msgspec.structs.replace(given(reply.ticket), dossier=None)
