"""Refusals as application/problem+json (RFC 9457) with a stable `code`; on pages, as a page."""

from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from contracts.errors import ERRORS, Rejected
from queue_server.web.language import lang_of
from queue_server.web.routes import ROUTES

MEDIA_TYPE = "application/problem+json"
RETRY_BUSY_S = 1

_CODES = {400: "malformed", 401: "unauthorised", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
          413: "too_large", 415: "malformed", 429: "rate_limited", 503: "busy"}  # fmt: skip


class Problem(msgspec.Struct, frozen=True):
    """What went wrong. `code` is stable (docs/errors.md), `title` for people, `detail` for staff and logs."""

    code: str
    title: str
    status: int
    detail: str
    type: str = "about:blank"


def problem_of(rejected: Rejected, lang: str = "vi") -> Problem:
    """The problem document of a refusal."""
    spec = rejected.spec
    return Problem(rejected.code, spec.en if lang == "en" else spec.vi, spec.http, rejected.detail)


def as_rejected(error: Exception) -> Rejected:
    """What the framework or a bug raised, as a coded refusal."""
    if isinstance(error, Rejected):
        return error
    if isinstance(error, HTTPException) and error.status_code < 500:
        code = _CODES.get(error.status_code, "malformed")
        return Rejected(code, _detail(error))
    return Rejected("internal", ERRORS["internal"].en)


def _detail(error: HTTPException) -> str:
    extra = error.extra if isinstance(error.extra, list) else []
    parts = [f"{row.get('key')}: {row.get('message')}" for row in extra if isinstance(row, dict)]
    if parts == ["data: 'data'"]:
        parts = ["the body is empty"]
    return ("; ".join(parts) or error.detail)[:300]


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The response to whatever was raised while this request was handled."""
    rejected = as_rejected(error)
    if rejected.code == "internal":
        log = structlog.get_logger("http")
        log.error("bug", method=request.method, route=request.scope.get("path_template", ""), exc_info=error)
    headers = _headers(rejected, error)
    row = ROUTES.get((request.method, request.scope.get("path_template", "")))
    wants_page = row.page if row is not None else "text/html" in request.headers.get("accept", "")
    problem = problem_of(rejected, lang_of(request))
    if wants_page:
        from queue_server.web.pages.render import problem_page

        return problem_page(request, problem, headers)
    return Response(problem, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


def _headers(rejected: Rejected, error: Exception) -> dict[str, str]:
    headers: dict[str, str] = {}
    if rejected.code == "unauthorised":
        headers["WWW-Authenticate"] = 'Bearer realm="motcua"'
    if rejected.code == "rate_limited":
        headers["Retry-After"] = str(rejected.params.get("retry_s", RETRY_BUSY_S))
    if rejected.spec.http == 503:
        headers["Retry-After"] = str(RETRY_BUSY_S)
    if isinstance(error, HTTPException) and error.headers:
        headers["Allow"] = next((value for name, value in error.headers.items() if name.lower() == "allow"), "")
    return headers
