"""The first page, and signing in."""

from typing import Any

from litestar import Request, Response

from queue_server.access import Principal
from queue_server.web.door import door
from queue_server.web.kit import Kit
from queue_server.web.language import catalog_of
from queue_server.web.pages.render import page, texts

SIGN_IN_TEXTS = ("web.sign_in.working", "web.sign_in.failed", "web.sign_in.away")


@door("GET", "/")
async def index(kit: Kit, request: Request[Principal, Any, Any]) -> Response[str]:
    """Where to go, by role."""
    counters = [row for row in kit.service.office.counter if request.user.may_use_counter(row.n)]
    return page(request, "index.html", counters=counters)


@door("GET", "/sign-in")
async def sign_in(request: Request[Principal, Any, Any]) -> Response[str]:
    """The code stands in the fragment of the address, which only the script on the page can read."""
    return page(request, "sign_in.html", texts=texts(catalog_of(request), SIGN_IN_TEXTS))
