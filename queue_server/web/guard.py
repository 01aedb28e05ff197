"""Before every handler: who is it, may they, and not too often. Follows the table of routes; no row, no entry."""

from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from contracts.errors import Rejected
from contracts.roles import Role, allows
from queue_server.access import Principal
from queue_server.access.tokens import ANONYMOUS, LOCAL_ADMIN
from queue_server.web.kit import Kit
from queue_server.web.limits import ANONYMOUS_ONLY
from queue_server.web.routes import ROUTES, Route, roles_of

SESSION_COOKIE = "motcua_session"

Connection = ASGIConnection[Any, Any, Any, Any]


async def guard(connection: Connection, _handler: BaseRouteHandler) -> None:  # a plain one would run in a thread
    """Raises `unauthorised`, `forbidden` or `rate_limited`; leaves the Principal in scope["user"]."""
    kit: Kit = connection.app.state.kit
    method = str(connection.scope.get("method", ""))
    row = ROUTES.get((method, connection.scope["path_template"]))
    if row is None:
        raise Rejected("method_not_allowed", f"{method} has no row in the table of routes")
    who = LOCAL_ADMIN if kit.trusted else identify(connection, kit)
    connection.scope["user"] = who
    check_role(who, row, anonymous_tickets=kit.service.office.queue.anonymous_tickets)
    if row.counter_bound and not who.may_use_counter(int(connection.path_params["n"])):
        raise Rejected("forbidden", f"this sign-in is for counter {who.counter} only")
    if row.limit is not None and not kit.trusted:
        _take(connection, kit, row.limit, who)


def identify(connection: Connection, kit: Kit) -> Principal:
    """Whose token or session this is. A wrong bearer token is refused; a spent cookie counts as nobody."""
    header = connection.headers.get("authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise Rejected("unauthorised", "only bearer tokens are understood")
        return kit.access.of_bearer(token.strip())
    cookie = connection.cookies.get(SESSION_COOKIE)
    if cookie is None:
        return ANONYMOUS
    try:
        who = kit.access.of_session(cookie)
    except Rejected:
        return ANONYMOUS
    if connection.scope.get("method") not in ("GET", "HEAD"):
        require_same_origin(connection)
    return who


def require_same_origin(connection: Connection) -> None:
    """A browser sends cookies along with a foreign page's request, so a foreign page is refused (`forbidden`)."""
    site = connection.headers.get("sec-fetch-site")
    origin = connection.headers.get("origin")
    if site is None and origin is None:
        raise Rejected("forbidden", "a cookie needs Origin or Sec-Fetch-Site")
    if site is not None and site != "same-origin":
        raise Rejected("forbidden", "the request comes from another site")
    if origin is not None and not _same_host(origin, connection.headers.get("host", "")):
        raise Rejected("forbidden", "the request comes from another origin")


def _same_host(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(host) and parts.netloc.lower() == host.lower()


def check_role(who: Principal, row: Route, *, anonymous_tickets: bool) -> None:
    """Raises `unauthorised` (nobody yet) or `forbidden` (somebody else's door)."""
    if allows(who.role, roles_of(row, anonymous_tickets=anonymous_tickets)):
        return
    if who.role is Role.ANONYMOUS:
        raise Rejected("unauthorised")
    raise Rejected("forbidden", f"the role {who.role.value} may not do that")


def _take(connection: Connection, kit: Kit, limit: str, who: Principal) -> None:
    if limit in ANONYMOUS_ONLY and who.role is not Role.ANONYMOUS:
        return
    client = connection.client
    caller = who.subject if who.role is not Role.ANONYMOUS else (client.host if client else "local")
    kit.limiter.take(limit, caller)
