"""GET /api/v1/reports/waits."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from litestar import Request, Response
from litestar.params import QueryParameter

from contracts.errors import Rejected
from queue_server.access import Principal
from queue_server.application.waits import WaitsQuery, WaitsReport, waits_query
from queue_server.web.door import door
from queue_server.web.kit import Kit
from queue_server.web.language import lang_of


class Format(StrEnum):
    """How the report comes."""

    JSON = "json"
    CSV = "csv"


@door("GET", "/api/v1/reports/waits")
async def waits(
    kit: Kit,
    request: Request[Principal, Any, Any],
    first: Annotated[str | None, QueryParameter(name="from", description="first business day; default today")] = None,
    last: Annotated[str | None, QueryParameter(name="to", description="last business day; default the first")] = None,
    by: Annotated[
        str, QueryParameter(description="service, hour, day, counter, priority; several with commas")
    ] = "service",
    form: Annotated[str, QueryParameter(name="format", description="json or csv")] = "json",
) -> Response[WaitsReport]:
    """Mean, median, p90 and share within target of the waits."""
    if form not in list(Format):
        raise Rejected("malformed", f"format {form[:20]!r} is none of {', '.join(Format)}")
    query = waits_query(first, last, by, today=today(kit))
    lang = lang_of(request)
    report = await kit.reports.waits(query, lang)
    if form == Format.JSON:
        return Response(report)
    return csv_response(kit.reports.csv(report, lang), query)


def today(kit: Kit) -> date:
    """The business day."""
    return date.fromisoformat(kit.service.board().business_day)


def csv_response(content: bytes, query: WaitsQuery) -> Response[Any]:
    """A file to save."""
    name = f"waits_{query.first.isoformat()}_{query.last.isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)
