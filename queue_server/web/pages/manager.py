"""The manager's page: answers first, then the floor, then the figures of today."""

import functools
import re
from datetime import date, datetime
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.params import FromQuery

from contracts.errors import ERRORS
from contracts.messages.appointments import AppointmentState
from contracts.messages.board import BoardCounter, ServiceState
from contracts.messages.common import CounterStatus, TicketView
from contracts.messages.devices import DeviceHealth, HealthState, Presence, PresenceState
from contracts.settings import say
from queue_server.access import Principal
from queue_server.application.waits import By, WaitsQuery, WaitsReport
from queue_server.web.door import door
from queue_server.web.kit import Kit
from queue_server.web.language import catalog_of, lang_of
from queue_server.web.pages.render import HTML, html, page, texts
from queue_server.web.pages.rule import poster
from runtime.i18n import FALLBACK

SVG_CSP = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
TEXTS = ("web.live", "web.lost")
ALERTS_SHOWN_MAX = 30
MINUTE_SHOWN_MIN_S = 3  # less would be written as 0.0


class Waiting(msgspec.Struct, frozen=True):
    """One service on the floor."""

    code: str
    name: str
    open: bool
    waiting: int
    longest_min: int | None
    target_min: int
    late: bool


class Floor(msgspec.Struct, frozen=True):
    """Now."""

    waiting: int
    longest_min: int | None
    longest_target_min: int | None
    services: tuple[Waiting, ...]
    counters: tuple[BoardCounter, ...]
    paused: tuple[int, ...]
    open_counters: int


class Thing(msgspec.Struct, frozen=True):
    """A device or a process, and how it is."""

    name: str
    state: str  # ok | warn | fault | unknown
    word: str
    since: str
    papers: str = ""  # printed numbers that were not taken over, of a kiosk's spool


def floor(kit: Kit, lang: str) -> Floor:
    """The floor as it stands."""
    board, queue, now = kit.service.board(), kit.service.queue(), kit.service.clock.now()
    services = tuple(_waiting(kit, row, queue, now, lang) for row in board.services)
    slowest = max((row for row in services if row.longest_min is not None), key=_longest, default=None)
    return Floor(
        len(queue),
        slowest.longest_min if slowest else None,
        slowest.target_min if slowest else None,
        services,
        board.counters,
        tuple(row.n for row in board.counters if row.status is CounterStatus.PAUSED),
        sum(row.status is CounterStatus.OPEN for row in board.counters),
    )


def _longest(row: Waiting) -> int:
    return row.longest_min or 0


def _waiting(kit: Kit, row: ServiceState, queue: tuple[TicketView, ...], now: datetime, lang: str) -> Waiting:
    waits = [(now - ticket.issued_at).total_seconds() for ticket in queue if ticket.service == row.code]
    longest = max(0, int(max(waits) // 60)) if waits else None
    service = kit.service.office.service_by_code(row.code)
    target = round(service.target_min) if service else 0
    name = say(service.name, lang) if service else row.code
    late = longest is not None and longest > target
    return Waiting(row.code, name, row.open, len(waits), longest, target, late)


def appointments(kit: Kit) -> dict[str, int]:
    """Today's bookings by what became of them; empty without any."""
    states: list[AppointmentState] = [
        row.state for row in kit.service.appointments() if row.state is not AppointmentState.CANCELLED
    ]
    if not states:
        return {}
    kinds = {
        "came": AppointmentState.CHECKED_IN, "due": AppointmentState.BOOKED, "missed": AppointmentState.MISSED,
    }  # fmt: skip
    return {"all": len(states)} | {name: states.count(kind) for name, kind in kinds.items()}


def things(kit: Kit, lang: str) -> tuple[Thing, ...]:
    """Processes and devices, the sick ones first."""
    found = [_process(row) for row in kit.service.presences()]
    found += [_device(row, lang) for row in kit.service.devices()]
    order = {"fault": 0, "warn": 1, "unknown": 2, "ok": 3}
    return tuple(sorted(found, key=lambda thing: (order.get(thing.state, 2), thing.name)))


def _process(row: Presence) -> Thing:
    state = {PresenceState.ONLINE: "ok", PresenceState.OFFLINE: "fault"}.get(row.state, "unknown")
    return Thing(row.user, state, f"web.thing.{row.state.value}", _ago(row.at))


def _device(row: DeviceHealth, lang: str) -> Thing:
    spec = ERRORS.get(row.code or "")
    word = f"web.thing.{row.state.value}" if spec is None else (spec.en if lang == "en" else spec.vi)
    state = row.state.value if row.state is not HealthState.UNKNOWN else "unknown"
    return Thing(row.device, state, word, _ago(row.at), _papers(row))


def _papers(row: DeviceHealth) -> str:
    """The numbers that the health of a spool names (kiosk/adapters/spool.py); its text is for logs."""
    sick = row.device.endswith("-spool") and row.state is not HealthState.OK
    return ", ".join(re.findall(r"\b[A-Z][0-9]{3}\b", row.detail)) if sick else ""


def _ago(at: datetime | None) -> str:
    return at.isoformat() if at is not None else ""


async def _figures(kit: Kit, lang: str) -> tuple[WaitsReport, WaitsReport]:
    day = date.fromisoformat(kit.service.board().business_day)
    by_service = await kit.reports.waits(WaitsQuery(day, day, (By.SERVICE,)), lang)
    return by_service, await kit.reports.waits(WaitsQuery(day, day, (By.HOUR,)), lang)


async def _values(kit: Kit, request: Request[Principal, Any, Any]) -> dict[str, Any]:
    lang = lang_of(request)
    by_service, by_hour = await _figures(kit, lang)
    office = kit.service.office
    return {
        "clock_day": date.fromisoformat(jumped) if (jumped := kit.service.clock_jumped_to()) else None,
        "storage": kit.service.storage(),
        "floor": floor(kit, lang),
        "alerts": kit.service.alerts().tickets[:ALERTS_SHOWN_MAX],
        "rule": poster(office, catalog_of(request)),
        "things": things(kit, lang),
        "appointments": appointments(kit),
        "by_service": by_service,
        "by_hour": by_hour,
        "names": {row.code: say(row.name, lang) for row in office.service},
        "counter_names": {row.n: say(row.name, lang) for row in office.counter},
        "day": by_service.first,
        "minutes": functools.partial(minutes, lang=lang),
    }


def minutes(seconds: float | None, lang: str) -> str:
    """Seconds as minutes with one decimal as `lang` writes it, "–" without a figure; a little is not nothing."""
    text = "–" if seconds is None else "< 0.1" if 0 < seconds < MINUTE_SHOWN_MIN_S else f"{seconds / 60:.1f}"
    return text.replace(".", ",") if lang == FALLBACK else text


@door("GET", "/manager")
async def manager_page(kit: Kit, request: Request[Principal, Any, Any]) -> Response[str]:
    """The whole page."""
    values = await _values(kit, request)
    return page(request, "manager.html", texts=texts(catalog_of(request), TEXTS), **values)


@door("GET", "/manager/live")
async def live(kit: Kit, request: Request[Principal, Any, Any]) -> Response[str]:
    """Its changing part, which the script puts in place."""
    return Response(html(request, "manager_live.html", **await _values(kit, request)), media_type=HTML)


@door("GET", "/manager/waits.svg")
async def chart(kit: Kit, request: Request[Principal, Any, Any], by: FromQuery[str] = "service") -> Response[bytes]:
    """Today's waits by service or hour."""
    lang = lang_of(request)
    by_service, by_hour = await _figures(kit, lang)
    picture = kit.reports.chart(by_hour if by == By.HOUR else by_service, lang)
    return Response(picture, media_type="image/svg+xml", headers={"Content-Security-Policy": SVG_CSP})
