"""The short way of the one busy request, POST /api/v1/tickets by a device with its bearer token.

The framework costs more than the ticket (measured: 110 of 320 µs). This lane does for that request what the handler in
api/tickets.py does, by the same guard, codec, kit and problem documents; everything else, also whoever comes to this
door without a good token, goes on to the framework with nothing read. The API's description has the framework's entry,
and a test holds the answers of both ways side by side.
"""

from typing import Any

import msgspec
from litestar import Litestar, Request
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from contracts import codec
from contracts.errors import Rejected
from contracts.ids import check_command_id
from contracts.messages.common import IssuedTicket
from contracts.messages.tickets import IssueTicket
from queue_server.access import Principal
from queue_server.web.guard import check_role
from queue_server.web.headers import ALWAYS, add_headers
from queue_server.web.kit import Kit, given
from queue_server.web.problems import answer
from queue_server.web.routes import ANONYMOUS_TICKETS, ROUTES

METHOD, PATH = ANONYMOUS_TICKETS
_ROW = ROUTES[ANONYMOUS_TICKETS]
_JSON = (b"content-type", b"application/json")


class TicketLane:
    """ASGI application around the framework's."""

    def __init__(self, app: Litestar) -> None:
        self._app: ASGIApp = app
        self._kit: Kit = app.state.kit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, or passes the request on untouched."""
        who = self._device(scope)
        if who is None:
            await self._app(scope, receive, send)
            return
        http: Any = scope
        http["path_template"], http["user"] = PATH, who
        try:
            issued = await self._issue(who, receive)
        except Exception as error:  # whatever it is, it is answered and logged as the framework would have it
            await _refuse(http, receive, send, error)
            return
        body = msgspec.json.encode(issued)
        headers = [_JSON, (b"content-length", str(len(body)).encode()), *ALWAYS]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    def _device(self, scope: Any) -> Principal | None:
        """Whose token it is, when this lane is theirs; None: the framework shall look, and refuse in its way."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != METHOD or self._kit.trusted:
            return None
        found = _heads(scope["headers"])
        scheme, _, token = found.get(b"authorization", b"").decode("latin-1").partition(" ")
        length = found.get(b"content-length", b"")
        if scheme.lower() != "bearer" or not length.isdigit() or not 0 < int(length) <= _ROW.bytes_max:
            return None
        try:
            who = self._kit.access.of_bearer(token.strip())
            check_role(who, _ROW, anonymous_tickets=False)  # a named role is behind every token: no limit to look at
        except Rejected:
            return None
        return who

    async def _issue(self, who: Principal, receive: Receive) -> IssuedTicket:
        message = codec.decode(await _body(receive), IssueTicket, bytes_max=_ROW.bytes_max)
        check_command_id(message.id)
        reply = await self._kit.execute(who, "issue", message)
        return given(reply.issued)


def _heads(headers: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """The headers of a plain request; none of one with a header twice or a body of unknown length."""
    found = dict(headers)
    return {} if len(found) != len(headers) or b"transfer-encoding" in found else found


async def _body(receive: Receive) -> bytes:
    """All of it; the server in front keeps to the Content-Length. Raises Rejected `malformed` when the caller left."""
    body, more = b"", True
    while more:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            raise Rejected("malformed", "the connection ended before the body did")
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def _refuse(scope: Any, receive: Receive, send: Send, error: Exception) -> None:
    request: Request[Any, Any, Any] = Request(scope, receive, send)

    async def with_headers(message: Message) -> None:
        await add_headers(message, scope)
        await send(message)

    await answer(request, error).to_asgi_response(None, request)(scope, receive, with_headers)
