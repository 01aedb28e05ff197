"""Sign in with a one-time code, sign out."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.datastructures import Cookie

from contracts.roles import Role
from queue_server.access import Principal
from queue_server.access.office_access import SESSION_S
from queue_server.access.tokens import TOKEN_CHARS_MAX
from queue_server.web.door import door
from queue_server.web.guard import SESSION_COOKIE, require_same_origin
from queue_server.web.kit import Kit


class SignIn(msgspec.Struct, frozen=True):
    """The code of a sign-in link."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=TOKEN_CHARS_MAX)]


class Session(msgspec.Struct, frozen=True):
    """Who came in, and the page to go to."""

    role: Role
    counter: int | None
    home: str


def home_of(who: Principal) -> str:
    """Where somebody with this role starts."""
    if who.counter is not None:
        return f"/counter/{who.counter}"
    return {Role.MANAGER: "/manager", Role.ADMIN: "/manager"}.get(who.role, "/")


def _cookie(value: str, life_s: int) -> Cookie:
    # Not `secure`: an office network has no certificate of its own; the cookie never leaves the office.
    return Cookie(SESSION_COOKIE, value=value, max_age=life_s, path="/", httponly=True, samesite="strict")


def _check_origin(request: Request[Principal, Any, Any]) -> None:
    # A script without either header may sign in: it has no cookie that a foreign page could abuse.
    if "origin" in request.headers or "sec-fetch-site" in request.headers:
        require_same_origin(request)


@door("POST", "/api/v1/session", body=SignIn, status_code=200)
async def sign_in(kit: Kit, request: Request[Principal, Any, Any], data: SignIn) -> Response[Session]:
    """Sets the cookie."""
    _check_origin(request)
    token, who = kit.access.redeem(data.code.strip())
    return Response(Session(who.role, who.counter, home_of(who)), cookies=[_cookie(token, SESSION_S)])


@door("POST", "/api/v1/session/end", status_code=204)
async def sign_out(request: Request[Principal, Any, Any]) -> Response[None]:
    """Takes the cookie away."""
    _check_origin(request)
    return Response(None, status_code=204, cookies=[_cookie("", 0)])
