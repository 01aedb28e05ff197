"""A ticket for somebody who cannot use the kiosk."""

from typing import Any

import msgspec
from litestar import Request, Response

from contracts.errors import ERRORS
from contracts.settings import say
from queue_server.access import Principal
from queue_server.web.door import door
from queue_server.web.kit import Kit
from queue_server.web.language import catalog_of
from queue_server.web.pages.render import page, texts

TEXTS = (
    "web.greeter.sending", "web.greeter.no_answer", "web.greeter.closed", "web.greeter.choose", "web.phone.ahead",
    "web.phone.next", "kiosk.card.nobody", "common.wait.range", "common.wait.under", "common.wait.none",
    "common.wait.no_counter", "common.waiting", "web.live", "web.lost",
)  # fmt: skip


BOOKINGS_TEXTS = (
    "web.bookings.check_in", "web.bookings.state.booked", "web.bookings.state.checked_in",
    "web.bookings.state.cancelled", "web.bookings.state.missed", "web.greeter.no_answer",
)  # fmt: skip


class Form(msgspec.Struct, frozen=True):
    """What the script starts with."""

    services: dict[str, str]
    priorities: dict[str, str]
    errors: dict[str, str]
    timezone: str
    texts: dict[str, str]


class Bookings(msgspec.Struct, frozen=True):
    """What the list of today's appointments starts with."""

    services: dict[str, str]
    errors: dict[str, str]
    texts: dict[str, str]


@door("GET", "/greeter")
async def greeter_page(kit: Kit, request: Request[Principal, Any, Any]) -> Response[str]:
    """Service, priority, language; then the number. Today's appointments, where the office takes any."""
    catalog = catalog_of(request)
    lang, office = catalog.lang, kit.service.office
    names = {row.code: say(row.name, lang) for row in office.service}
    priorities = {"normal": catalog.text("web.priority.normal")}
    priorities |= {row.code: say(row.name, lang) for row in office.priority}
    errors = {code: spec.en if lang == "en" else spec.vi for code, spec in ERRORS.items()}
    form = Form(names, priorities, errors, office.office.timezone, texts(catalog, TEXTS))
    states = {row.code: row for row in kit.service.services().services}
    booked = any(row.slot_capacity for row in office.service)
    bookings = Bookings(names, errors, texts(catalog, BOOKINGS_TEXTS)) if booked else None
    return page(
        request, "greeter.html", form=form, names=names, priorities=priorities, states=states, bookings=bookings
    )
