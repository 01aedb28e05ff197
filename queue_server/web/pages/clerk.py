"""The clerk's desk: my ticket, my queue, my day."""

from typing import Any

import msgspec
from litestar import Request, Response

from contracts.errors import ERRORS
from contracts.messages.replies import CounterSnapshot
from contracts.settings import say
from queue_server.access import Principal
from queue_server.web.api.counters import CounterQueue, check_counter, queue_of
from queue_server.web.door import door
from queue_server.web.kit import Kit, given
from queue_server.web.language import catalog_of
from queue_server.web.pages.render import page, texts
from queue_server.web.pages.rule import poster

SECONDARY = ("recall", "no-show", "undo-no-show", "hold", "transfer", "requeue", "pause", "help")
"""The acts beside the primary one, in the order of their keys 2-9."""
PAUSE_REASONS = ("short", "lunch", "meeting", "fault", "other")
"""Of contracts.messages.counters.REASONS, those of a pause."""

TEXTS = (
    "web.clerk.act.open", "web.clerk.act.call-next", "web.clerk.act.start", "web.clerk.act.finish",
    "web.clerk.act.pause", "web.clerk.act.resume", "web.clerk.sending", "web.clerk.retrying", "web.clerk.nobody",
    "web.clerk.no_answer", "web.clerk.none", "web.clerk.waiting", "web.clerk.waited", "web.clerk.called_for",
    "web.clerk.served_for", "web.clerk.state.waiting", "web.clerk.state.called", "web.clerk.state.serving",
    "web.clerk.status.open", "web.clerk.status.paused", "web.clerk.status.closed", "web.clerk.minutes",
    "web.clerk.queue.empty", "web.clerk.queue.more", "web.clerk.transfer.none", "web.clerk.held.none",
    "web.clerk.done.recall", "web.clerk.appointment",
    "web.clerk.done.no-show", "web.clerk.done.undo-no-show", "web.clerk.done.hold", "web.clerk.done.transfer",
    "web.clerk.done.requeue", "web.clerk.done.more", "web.clerk.button_refused", "web.clerk.pause.short",
    "web.clerk.pause.lunch", "web.clerk.pause.meeting", "web.clerk.pause.fault", "web.clerk.pause.other",
    "web.clerk.error.call.unknown_ticket", "web.clerk.error.call.bad_number", "web.clerk.error.call.wrong_state",
    "web.clerk.error.transfer.counter_closed", "web.clerk.error.close.counter_busy",
    "web.clerk.error.recall.rate_limited", "web.clerk.done.help", "web.clerk.done.finish", "web.clerk.changed",
    "web.live", "web.lost", "web.lang.vi", "web.lang.en",
)  # fmt: skip


class Desk(msgspec.Struct, frozen=True):
    """What the script starts with."""

    n: int
    snapshot: CounterSnapshot
    queue: CounterQueue
    services: dict[str, str]  # code → name
    priorities: dict[str, str]
    errors: dict[str, str]
    texts: dict[str, str]


@door("GET", "/counter/{n}")
async def desk_page(kit: Kit, request: Request[Principal, Any, Any], n: int) -> Response[str]:
    """One column on a phone, three on a desk screen."""
    office, catalog = kit.service.office, catalog_of(request)
    check_counter(office, n)
    lang = catalog.lang
    desk = Desk(
        n,
        kit.service.counter(n),
        await queue_of(kit, n),
        {row.code: say(row.name, lang) for row in office.service},
        {row.code: say(row.name, lang) for row in office.priority},
        {code: spec.en if lang == "en" else spec.vi for code, spec in ERRORS.items()},
        texts(catalog, TEXTS),
    )
    row = given(office.counter_by_n(n))
    return page(
        request, "counter.html", desk=desk, n=n, name=say(row.name, lang), secondary=SECONDARY, reasons=PAUSE_REASONS,
        results=[(r.code, say(r.name, lang)) for r in office.result], rule=poster(office, catalog),
        services=[(s.code, say(s.name, lang)) for s in office.service],
        counters=[(c.n, say(c.name, lang)) for c in office.counter if c.n != n],
    )  # fmt: skip
