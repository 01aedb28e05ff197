"""The lobby's board in a browser: the same frame as the TV draws, its words already filled in."""

from typing import Any

from litestar import Request, Response
from litestar.response import Stream

from queue_server.access import Principal
from queue_server.web.door import door
from queue_server.web.kit import Kit
from queue_server.web.language import catalog_of, lang_of
from queue_server.web.pages.render import page

PICTURE_TEXTS = (
    "board.now_calling", "board.last_called", "board.go_to", "board.counters", "board.last_calls", "board.waiting",
    "board.nobody", "board.welcome", "web.board.lost",
)  # fmt: skip


@door("GET", "/board")
async def board_page(request: Request[Principal, Any, Any]) -> Response[str]:
    """Full screen, dark."""
    catalog = catalog_of(request)
    return page(request, "board.html", words={key: catalog.text(key) for key in PICTURE_TEXTS})


@door("GET", "/board/frame.json")
async def frame(kit: Kit, request: Request[Principal, Any, Any]) -> Response[bytes]:
    """For browsers without server-sent events."""
    return Response(kit.feed.frame(lang_of(request)), media_type="application/json")


@door("GET", "/board/frames", media_type="text/event-stream")
async def frames(kit: Kit, request: Request[Principal, Any, Any]) -> Stream:
    """Every frame that looks different."""
    return Stream(kit.feed.stream(lang_of(request)), media_type="text/event-stream")
