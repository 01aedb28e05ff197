"""Templates → pages, in the caller's language."""

import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jinja2
import msgspec
from litestar import Request, Response
from litestar.datastructures import Cookie
from markupsafe import Markup

from contracts.roles import Role
from queue_server.access.tokens import ANONYMOUS
from queue_server.web.language import COOKIE, catalog_of, lang_of
from queue_server.web.pages.static import asset_url
from queue_server.web.problems import Problem
from runtime.i18n import FALLBACK, Catalog, languages

FOLDER = Path(__file__).resolve().parent.parent / "templates"
LANG_S = 365 * 86_400
HTML = "text/html"


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def html(request: Request[Any, Any, Any], template: str, **values: Any) -> str:
    """The rendered template."""
    catalog = catalog_of(request)
    office = request.app.state.kit.service.office
    who = request.scope.get("user") or ANONYMOUS
    common = {
        "t": catalog.text,
        "lang": catalog.lang,
        "langs": sorted(languages(), key=lambda code: (code != FALLBACK, code)),
        "asset": asset_url,
        "office": office,
        "who": who,
        "signed_in": who.role is not Role.ANONYMOUS,
        "path": request.scope["path"],
        "json": script_json,
    }
    return _environment().get_template(template).render(**{**common, **values})


def page(request: Request[Any, Any, Any], template: str, **values: Any) -> Response[str]:
    """A page; remembers ?lang= for the next one."""
    cookies = []
    if request.query_params.get("lang") in languages():
        cookies = [Cookie(COOKIE, value=lang_of(request), max_age=LANG_S, path="/", samesite="lax")]
    return Response(html(request, template, **values), media_type=HTML, cookies=cookies)


def problem_page(request: Request[Any, Any, Any], problem: Problem, headers: Mapping[str, str]) -> Response[str]:
    """A refusal that a person reads."""
    body = html(request, "problem.html", problem=problem)
    return Response(body, status_code=problem.status, media_type=HTML, headers=dict(headers))


def script_json(value: Any) -> Markup:
    """A value as JSON inside <script type="application/json">; no text in it can end that element."""
    text = msgspec.json.encode(value).decode()
    escaped = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return Markup(escaped)  # noqa: S704 - escaped in the line above


def texts(catalog: Catalog, keys: Iterable[str]) -> dict[str, str]:
    """Texts for a script; their {parameters} are filled in there."""
    return {key: catalog.text(key) for key in keys}
