"""A ticket on its owner's phone: place in the queue, expected wait, and then where to go."""

from typing import Any

import msgspec
from litestar import Request, Response

from contracts.settings import say
from queue_server.access import Principal
from queue_server.application.ports import TicketStatus
from queue_server.web.api.tickets import public, token_in_path
from queue_server.web.door import door
from queue_server.web.kit import Kit
from queue_server.web.language import catalog_of
from queue_server.web.pages.render import page, texts

TEXTS = (
    "web.phone.waiting", "web.phone.called", "web.phone.serving", "web.phone.held", "web.phone.done",
    "web.phone.no_show", "web.phone.cancelled", "web.phone.expired", "web.phone.unknown", "web.phone.next",
    "web.phone.ahead", "web.phone.cancel.failed", "common.wait.range", "common.wait.under", "common.wait.none",
    "common.wait.no_counter", "web.live", "web.lost", "web.phone.updated",
)  # fmt: skip


class Follow(msgspec.Struct, frozen=True):
    """What the script starts with."""

    token: str
    status: TicketStatus
    counters: dict[int, str]
    timezone: str
    texts: dict[str, str]


@door("GET", "/t/{token}")
async def phone_page(kit: Kit, request: Request[Principal, Any, Any], token: str) -> Response[str]:
    """Whoever has the token may see it: no name, no dossier."""
    status = public(kit.service.ticket(token_in_path(token)))
    catalog, office = catalog_of(request), kit.service.office
    counters = {row.n: say(row.name, catalog.lang) for row in office.counter}
    service = office.service_by_code(status.ticket.service)
    follow = Follow(token, status, counters, office.office.timezone, texts(catalog, TEXTS))
    name = say(service.name, catalog.lang) if service else status.ticket.service
    return page(request, "phone.html", follow=follow, status=status, service_name=name)
