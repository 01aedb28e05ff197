"""Signed tokens: base64url(JSON claims) "." base64url(HMAC-SHA256). Stateless: whoever has the key can check one."""

import base64
import binascii
import hmac
from enum import StrEnum

import msgspec

from contracts.errors import Rejected
from contracts.roles import HIERARCHY, Role

TOKEN_CHARS_MAX = 512


class Kind(StrEnum):
    """What a token is for. A token of one kind is worthless at the door of another."""

    BEARER = "bearer"  # scripts: Authorization header
    SESSION = "session"  # pages: HttpOnly cookie
    CODE = "code"  # one-time sign-in link


class Claims(msgspec.Struct, frozen=True):
    """What a token says. `subject` names this token in the actor of commands; `expires_s` is UTC seconds."""

    kind: Kind
    role: Role
    subject: str
    expires_s: int
    counter: int | None = None


class Principal(msgspec.Struct, frozen=True):
    """Who is at the door. `counter`: may act at this counter only; None: at any."""

    role: Role
    subject: str
    counter: int | None = None

    def may_use_counter(self, n: int) -> bool:
        """True when this caller is not bound to another counter."""
        return self.counter is None or self.counter == n


ANONYMOUS = Principal(Role.ANONYMOUS, "anonymous")
LOCAL_ADMIN = Principal(Role.ADMIN, "local")
"""Who comes through the server's Unix socket: only this machine's own user can open it (DATA/run is 0700)."""


def sign(claims: Claims, key: bytes) -> str:
    """The token of these claims."""
    body = _text(msgspec.json.encode(claims))
    return f"{body}.{_text(_mac(body, key))}"


def verify(token: str, kind: Kind, key: bytes, now_s: float) -> Claims:
    """The claims of a token of this kind. Raises `unauthorised` for a forged, damaged, foreign or expired one."""
    body, dot, mac = token.partition(".")
    if len(token) > TOKEN_CHARS_MAX or not dot or not token.isascii():
        raise Rejected("unauthorised", "not a token of this office")
    # The signature first, in constant time: nothing of an unsigned text is looked at.
    if not hmac.compare_digest(_text(_mac(body, key)).encode(), mac.encode()):
        raise Rejected("unauthorised", "not a token of this office")
    try:
        claims = msgspec.json.decode(_bytes(body), type=Claims)
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        raise Rejected("unauthorised", "not a token of this office") from None
    if claims.kind is not kind or claims.role not in HIERARCHY:
        raise Rejected("unauthorised", f"not a {kind.value} token")
    if now_s >= claims.expires_s:
        raise Rejected("unauthorised", "the token has expired")
    return claims


def _mac(body: str, key: bytes) -> bytes:
    return hmac.digest(key, b"motcua access v1\0" + body.encode(), "sha256")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
