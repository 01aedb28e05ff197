"""Everything a door needs: hand out tokens and codes, and say who a token belongs to."""

import secrets
from collections.abc import Callable
from pathlib import Path

from contracts.roles import Role
from queue_server.access.codes import UsedCodes
from queue_server.access.keys import ensure_key
from queue_server.access.tokens import Claims, Kind, Principal, sign, verify
from runtime.clock import Clock
from runtime.paths import DataDir

CODE_S = 15 * 60
"""How long a sign-in link is good for."""
SESSION_S = 12 * 3600
"""A browser session: a working day."""
SUBJECT_BYTES = 9
DAY_S = 86_400
BEARERS_KEPT = 256


class Access:
    """The tokens of one office."""

    def __init__(
        self, key: bytes, used: UsedCodes, clock: Clock, draw: Callable[[int], str] = secrets.token_urlsafe
    ) -> None:
        self._key, self._used, self._clock, self._draw = key, used, clock, draw
        self._bearers: dict[str, Claims] = {}  # good ones, whose signature need not be worked out for every request

    @classmethod
    def open(cls, data: Path, clock: Clock | None = None) -> "Access":
        """The access of the office in this data directory; makes its key at first use."""
        folder = DataDir(data).secrets
        return cls(ensure_key(folder), UsedCodes(folder / "used-codes"), clock or Clock())

    def bearer(self, role: Role, counter: int | None, days: int) -> str:
        """A token for scripts and devices, good for `days` days."""
        return self._issue(Kind.BEARER, role, counter, days * DAY_S)

    def code(self, role: Role, counter: int | None) -> str:
        """A one-time sign-in code, good for CODE_S seconds."""
        return self._issue(Kind.CODE, role, counter, CODE_S)

    def redeem(self, code: str) -> tuple[str, Principal]:
        """A code → (session token, who it is). Raises `unauthorised` when wrong, expired or used before."""
        claims = verify(code, Kind.CODE, self._key, self._now_s())
        self._used.use(claims.subject, claims.expires_s, self._now_s())
        session = Claims(Kind.SESSION, claims.role, claims.subject, int(self._now_s()) + SESSION_S, claims.counter)
        return sign(session, self._key), _principal(session)

    def of_bearer(self, token: str) -> Principal:
        """Who sends this bearer token. Raises `unauthorised`."""
        known = self._bearers.get(token)
        if known is None or self._now_s() >= known.expires_s:
            known = verify(token, Kind.BEARER, self._key, self._now_s())
            if len(self._bearers) >= BEARERS_KEPT:
                self._bearers.clear()
            self._bearers[token] = known
        return _principal(known)

    def of_session(self, token: str) -> Principal:
        """Whose session cookie this is. Raises `unauthorised`."""
        return _principal(verify(token, Kind.SESSION, self._key, self._now_s()))

    def _issue(self, kind: Kind, role: Role, counter: int | None, life_s: int) -> str:
        subject = self._draw(SUBJECT_BYTES)
        return sign(Claims(kind, role, subject, int(self._now_s()) + life_s, counter), self._key)

    def _now_s(self) -> float:
        return self._clock.wall_ms() / 1000


def _principal(claims: Claims) -> Principal:
    return Principal(claims.role, claims.subject, claims.counter)
