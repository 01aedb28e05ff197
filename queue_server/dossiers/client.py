"""Stores through the running server: HTTP over its Unix socket in DATA (0700), so that only one process writes."""

import http.client
from collections.abc import Sequence
from pathlib import Path

import msgspec

from contracts.errors import ERRORS, Rejected
from queue_server.dossiers.ports import UpsertCounts
from queue_server.dossiers.records import DossierRecord
from runtime.unix_http import UnixConnection

PATH = "/api/v1/dossiers/import"
REPLY_BYTES_MAX = 1_000_000
BODY_BYTES_MAX = 4 * 1024 * 1024
"""Half of what the server takes in one body: a batch of long notes is sent in parts."""


class ServerAway(Exception):  # noqa: N818 - a state, not an error: the server is down
    """Nobody listens on the socket."""


class _Body(msgspec.Struct, frozen=True):
    records: tuple[DossierRecord, ...]


class _Stored(msgspec.Struct, frozen=True):
    inserted: int
    updated: int


class _Problem(msgspec.Struct, frozen=True):
    code: str = "internal"
    detail: str = ""


class ServerStore:
    """A DossierStore in another process."""

    def __init__(self, socket_path: Path) -> None:
        self._socket_path = socket_path

    def upsert_many(self, records: Sequence[DossierRecord]) -> UpsertCounts:
        """Post one batch. Raises ServerAway, or the Rejected that the server answered."""
        request = msgspec.json.encode(_Body(tuple(records)))
        if len(request) > BODY_BYTES_MAX and len(records) > 1:
            half = len(records) // 2
            return self.upsert_many(records[:half]) + self.upsert_many(records[half:])
        status, body = self._post(request)
        if status not in (200, 201):
            raise _rejected(status, body)
        try:
            stored = msgspec.json.decode(body, type=_Stored)
        except msgspec.DecodeError as error:
            raise Rejected("internal", f"the server's answer is not understood: {error}") from error
        return UpsertCounts(stored.inserted, stored.updated)

    def _post(self, body: bytes) -> tuple[int, bytes]:
        connection = UnixConnection(self._socket_path)
        try:
            connection.request("POST", PATH, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read(REPLY_BYTES_MAX)
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise ServerAway from error
        except (OSError, http.client.HTTPException) as error:
            raise Rejected("busy", f"the server does not answer on {self._socket_path}: {error}") from error
        finally:
            connection.close()


def _rejected(status: int, body: bytes) -> Rejected:
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except msgspec.DecodeError:
        problem = _Problem(detail=f"HTTP {status}")
    code = problem.code if problem.code in ERRORS else "internal"
    return Rejected(code, problem.detail or f"HTTP {status}")
