"""What every handler may use."""

import asyncio
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from contracts.errors import ERRORS, Rejected
from contracts.messages.replies import Reply
from queue_server.access import Access, Principal
from queue_server.application.ports import QueueService
from queue_server.application.waits import Reports
from queue_server.web.board_feed import BoardFeed
from queue_server.web.hub import Hub
from queue_server.web.limits import Limiter

T = TypeVar("T")

EXECUTE_S_MAX = 10.0
"""A caller waits this long for the writer, then hears `busy` and may repeat the same command id."""


@dataclass(frozen=True)
class Kit:
    """The parts behind the door. `trusted`: everybody who reaches this listener is the machine's administrator."""

    service: QueueService
    access: Access
    reports: Reports
    hub: Hub
    feed: BoardFeed
    limiter: Limiter
    trusted: bool

    async def execute(self, who: Principal, verb: str, message: msgspec.Struct) -> Reply:
        """Run a command as this caller. Raises the Rejected of a refusal."""
        try:
            async with asyncio.timeout(EXECUTE_S_MAX):  # who stops waiting does not undo a commit on its way
                reply = await self.service.execute(f"http:{who.subject}", verb, message)
        except TimeoutError:
            raise Rejected("busy", f"no answer within {EXECUTE_S_MAX:.0f} s; repeat the same id") from None
        if reply.error is not None or not reply.ok:
            code = reply.error.code if reply.error is not None and reply.error.code in ERRORS else "internal"
            raise Rejected(code, reply.error.detail if reply.error is not None else "")
        return reply


def given(value: T | None) -> T:
    """What a successful reply must hold; `internal` when the service broke that promise."""
    if value is None:
        raise Rejected("internal", "the reply lacks what the verb gives")
    return value
