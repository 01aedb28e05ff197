"""What clerks do: a route a verb, made from the table of verbs."""

from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler

from contracts.errors import Rejected
from contracts.ids import check_command_id
from contracts.messages.common import CounterView, TicketView
from contracts.messages.replies import CounterSnapshot
from contracts.settings import Office
from contracts.verbs import COUNTER_VERBS, VERBS
from queue_server.access import Principal
from queue_server.application.waits import CounterDay
from queue_server.web.bodies import body_of, message_of
from queue_server.web.door import door
from queue_server.web.kit import Kit, given

QUEUE_SHOWN_MAX = 50
"""Tickets of the queue that a clerk's page gets."""


class Acted(msgspec.Struct, frozen=True):
    """The counter after the command, and the ticket that it was about."""

    counter: CounterView
    ticket: TicketView | None = None


class CounterQueue(msgspec.Struct, frozen=True):
    """Who this counter could call, in the order of calling, and what it did today."""

    waiting: int
    tickets: tuple[TicketView, ...]  # the first QUEUE_SHOWN_MAX of them
    day: CounterDay


def check_counter(office: Office, n: int) -> None:
    """Raises `unknown_counter`."""
    if office.counter_by_n(n) is None:
        raise Rejected("unknown_counter", f"there is no counter {n}")


def _verb_handler(verb: str) -> HTTPRouteHandler:
    body = body_of(verb, "counter")

    async def act(kit: Kit, request: Request[Principal, Any, Any], n: int, data: Any) -> Response[Acted]:
        check_counter(kit.service.office, n)
        check_command_id(data.id)
        message = message_of(verb, data, counter=n)
        reply = await kit.execute(request.user, verb, message)
        if verb == "call-next" and reply.ticket is None:
            return Response(None, status_code=204)  # type: ignore[arg-type]  # nobody waits: no content
        counter = reply.counter or kit.service.counter(n).counter
        return Response(Acted(given(counter), reply.ticket))

    act.__doc__ = VERBS[verb].doc
    return door("POST", f"/api/v1/counters/{{n}}/{verb}", body=body, status_code=200)(act)


VERB_HANDLERS = tuple(_verb_handler(verb) for verb in COUNTER_VERBS)


@door("GET", "/api/v1/counters/{n}")
async def counter(kit: Kit, n: int) -> CounterSnapshot:
    """The counter now."""
    return kit.service.counter(n)


@door("GET", "/api/v1/counters/{n}/queue")
async def counter_queue(kit: Kit, n: int) -> CounterQueue:
    """Its queue and its day."""
    return await queue_of(kit, n)


async def queue_of(kit: Kit, n: int) -> CounterQueue:
    """The queue and the day of a counter. Raises `unknown_counter`."""
    check_counter(kit.service.office, n)
    mine = kit.service.queue(n)
    today = date.fromisoformat(kit.service.board().business_day)
    day = await kit.reports.counter_day(today, n)
    return CounterQueue(len(mine), mine[:QUEUE_SHOWN_MAX], day)
