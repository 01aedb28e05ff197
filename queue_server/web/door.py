"""How a function becomes the handler of a row of the table of routes, and how bodies become typed messages."""

import re
from collections.abc import Callable
from typing import Annotated, Any

from litestar import Request
from litestar.di import Dependency
from litestar.enums import RequestEncodingType
from litestar.exceptions import InternalServerException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import BodyKwarg, PathParameter

from contracts import codec
from contracts.errors import Rejected
from queue_server.access import Principal
from queue_server.web.problems import MEDIA_TYPE, Problem
from queue_server.web.routes import ROUTES, Route


class StrictRequest(Request[Principal, Any, Any]):
    """Reads a body strictly: the framework alone would take "5" for 5."""

    async def body(self) -> bytes:
        """The bytes. Raises Rejected `malformed` when the caller went away before the last one: no bug of ours."""
        try:
            return await super().body()
        except InternalServerException:
            raise Rejected("malformed", "the connection ended before the body did") from None

    async def json(self) -> Any:
        """The body as the handler's message. Raises Rejected `malformed`."""
        body_type = self.route_handler.opt["body"]
        # The length was checked while it arrived (request_max_body_size).
        return codec.decode(await self.body(), body_type, bytes_max=self.route_handler.opt["bytes_max"])


_PROBLEMS = {
    400: "malformed", 401: "not signed in", 403: "not allowed", 404: "not there", 409: "not now", 429: "too often",
    503: "try again",
}  # fmt: skip


def door(method: str, template: str, *, body: type | None = None, **options: Any) -> Callable[[Any], HTTPRouteHandler]:
    """Decorator: the handler of the row (method, template). KeyError when the table has no such row.

    `body`: the type of parameter `data`. Other options go to the framework.
    """
    row = ROUTES[(method, template)]
    specs = {status: ResponseSpec(Problem, description=doc, media_type=MEDIA_TYPE) for status, doc in _PROBLEMS.items()}

    def wrap(function: Any) -> HTTPRouteHandler:
        _mark_sources(function, row, body)
        return HTTPRouteHandler(
            row.path,
            http_method=method,  # type: ignore[arg-type]  # a plain string is accepted at run time
            opt={"body": body, "bytes_max": row.bytes_max},
            request_max_body_size=row.bytes_max,
            include_in_schema=not row.page,
            summary=row.doc,
            operation_id=operation_id(method, template),
            responses=specs,
            raises=[],
            **options,
        )(function)

    return wrap


def _mark_sources(function: Any, row: Route, body: type | None) -> None:
    """Tells the framework where each parameter comes from, so that handlers need no framework words."""
    hints = function.__annotations__
    for name in {"kit"} & hints.keys():
        hints[name] = Annotated[hints[name], Dependency(kind="named")]
    for name in re.findall(r"\{(\w+)", row.path):
        hints[name] = Annotated[hints[name], PathParameter()]
    if body is not None:
        hints["data"] = Annotated[body, BodyKwarg(media_type=RequestEncodingType.JSON)]


def operation_id(method: str, template: str) -> str:
    """ "post-counters-n-call-next" of POST /api/v1/counters/{n}/call-next."""
    words = template.removeprefix("/api/v1").strip("/").replace("{", "").replace("}", "").replace("/", "-")
    return f"{method.lower()}-{words or 'root'}"
