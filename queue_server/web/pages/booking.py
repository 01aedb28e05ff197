"""Book a slot from home, and the booking on its owner's phone. The token of a booking stands in the fragment of the
address, which a browser sends to nobody."""

from datetime import date, timedelta
from typing import Any

import msgspec
from litestar import Request, Response

from contracts.messages.appointments import PERSON_CHARS_MAX
from contracts.settings import Office, say
from queue_server.access import Principal
from queue_server.domain.slots import slot_times
from queue_server.web.door import door
from queue_server.web.kit import Kit
from queue_server.web.language import catalog_of
from queue_server.web.pages.render import page, texts
from runtime.i18n import Catalog

TEXTS = (
    "web.book.free", "web.book.full", "web.book.slots.none", "web.book.slots.failed", "web.book.sending",
    "web.book.no_answer", "web.book.look.failed", "web.book.missing.service", "web.book.missing.date",
    "web.book.missing.start", "web.book.missing.person", "web.book.person.form", "web.book.error.already_booked",
    "web.book.error.slot_full", "web.book.error.slot_unknown", "web.book.error.service_closed",
    "web.book.error.rate_limited", "web.book.error.wrong_state", "web.book.state.booked", "web.book.state.checked_in",
    "web.book.state.cancelled", "web.book.state.missed", "web.book.unknown", "web.book.cancel.failed", "web.book.code",
    "web.book.weekday.0", "web.book.weekday.1", "web.book.weekday.2", "web.book.weekday.3", "web.book.weekday.4",
    "web.book.weekday.5", "web.book.weekday.6",
)  # fmt: skip


class Booking(msgspec.Struct, frozen=True):
    """What the script starts with."""

    services: dict[str, str]
    timezone: str
    early_min: int
    late_min: int
    texts: dict[str, str]


class Day(msgspec.Struct, frozen=True):
    """A date with slots."""

    date: str
    short: str  # 23/11
    weekday: str


@door("GET", "/book")
async def book_page(kit: Kit, request: Request[Principal, Any, Any]) -> Response[str]:
    """Service, day, slot, telephone number; then the booking with its QR."""
    catalog, office = catalog_of(request), kit.service.office
    names = {row.code: say(row.name, catalog.lang) for row in office.service if row.slot_capacity}
    rules = office.appointments
    start = Booking(names, office.office.timezone, rules.early_min, rules.late_min, texts(catalog, TEXTS))
    found = days(office, date.fromisoformat(kit.service.board().business_day), catalog) if names else []
    return page(
        request, "book.html", start=start, names=names, days=found, rules=rules, person_chars_max=PERSON_CHARS_MAX
    )


def days(office: Office, today: date, catalog: Catalog) -> list[Day]:
    """The dates that have slots, from today on."""
    ahead = (today + timedelta(days=n) for n in range(office.appointments.days_ahead + 1))
    return [_day(day, catalog) for day in ahead if slot_times(office, day)]


def _day(day: date, catalog: Catalog) -> Day:
    return Day(day.isoformat(), f"{day.day}/{day.month}", catalog.text(f"web.book.weekday.{day.weekday()}"))
