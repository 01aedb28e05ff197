"""THE table of routes: who may use which door, within which limits. The guard, the tests and the docs follow it.

A handler without a row does not start; a request whose route has no row is refused.
"""

import re

import msgspec

from contracts.roles import Role
from contracts.verbs import COUNTER_VERBS, VERBS

BODY_BYTES_MAX = 64 * 1024
IMPORT_BYTES_MAX = 8 * 1024 * 1024


class Route(msgspec.Struct, frozen=True):
    """A row. `roles`: any of them (and roles that include one of them, contracts/roles.py) opens the door."""

    method: str
    path: str
    roles: frozenset[Role]
    doc: str
    page: bool = False  # answers a browser: refusals are pages, too
    counter_bound: bool = False  # a caller bound to a counter may use only that one ({n})
    limit: str | None = None  # row of limits.LIMITS
    bytes_max: int = BODY_BYTES_MAX

    @property
    def template(self) -> str:
        """The path without the types of its parameters: /api/v1/counters/{n}."""
        return re.sub(r":\w+\}", "}", self.path)


_ANYONE = frozenset({Role.ANONYMOUS})
_CLERK = frozenset({Role.CLERK})
_MANAGER = frozenset({Role.MANAGER})
_ADMIN = frozenset({Role.ADMIN})
_WATCHERS = frozenset({Role.DEVICE, Role.MANAGER})

_API = "/api/v1"
_COUNTER = f"{_API}/counters/{{n:int}}"


def _get(path: str, roles: frozenset[Role], doc: str) -> Route:
    return Route("GET", path, roles, doc)


def _page(path: str, roles: frozenset[Role], doc: str, *, counter_bound: bool = False) -> Route:
    return Route("GET", path, roles, doc, page=True, counter_bound=counter_bound)


_ROWS = (
    # --- health ---
    _get("/healthz", _ANYONE, "the process answers"),
    _get("/readyz", _ANYONE, "the writer and the broker answer"),
    _get("/metrics", _WATCHERS, "Prometheus figures"),
    _get("/api/openapi.json", _ANYONE, "this API as OpenAPI 3.1"),
    # --- sign in ---
    Route("POST", f"{_API}/session", _ANYONE, "a one-time code becomes a cookie session", limit="session"),
    Route("POST", f"{_API}/session/end", _ANYONE, "sign out", limit="session"),
    # --- tickets ---
    Route("POST", f"{_API}/tickets", VERBS["issue"].http, VERBS["issue"].doc, limit="anonymous-post"),
    _get(f"{_API}/tickets/{{token:str}}", _ANYONE, "where a ticket stands"),
    Route("POST", f"{_API}/tickets/{{token:str}}/cancel", _ANYONE, VERBS["cancel"].doc, limit="anonymous-post"),
    # --- kiosks that may be cut off ---
    Route("POST", f"{_API}/leases", VERBS["lease"].http, VERBS["lease"].doc),
    Route("POST", f"{_API}/hand-over", VERBS["hand-over"].http, VERBS["hand-over"].doc),
    # --- counters ---
    Route("GET", _COUNTER, _CLERK, "a counter's state", counter_bound=True),
    Route("GET", f"{_COUNTER}/queue", _CLERK, "who waits for a counter, and its day", counter_bound=True),
    *(
        Route("POST", f"{_COUNTER}/{verb}", VERBS[verb].http, VERBS[verb].doc, counter_bound=True)
        for verb in COUNTER_VERBS
    ),
    # --- services and state ---
    _get(f"{_API}/services", _ANYONE, "the services now"),
    Route("POST", f"{_API}/services/{{code:str}}/open", VERBS["open-service"].http, VERBS["open-service"].doc),
    Route("POST", f"{_API}/services/{{code:str}}/close", VERBS["close-service"].http, VERBS["close-service"].doc),
    Route("POST", f"{_API}/day/confirm", VERBS["confirm-day"].http, VERBS["confirm-day"].doc),
    _get(f"{_API}/board", _ANYONE, "what the lobby sees"),
    _get(f"{_API}/events", _ANYONE, "live snapshots (server-sent events)"),
    # --- appointments ---
    _get(f"{_API}/slots", _ANYONE, "the slots of a service and date that may be booked"),
    _get(f"{_API}/appointments", _CLERK, "today's bookings"),
    Route("POST", f"{_API}/appointments", VERBS["book"].http, VERBS["book"].doc, limit="booking"),
    _get(f"{_API}/appointments/{{token:str}}", _ANYONE, "a booking"),
    _get(f"{_API}/appointments/{{token:str}}/qr", _ANYONE, "what the kiosk scans, as SVG"),
    Route("POST", f"{_API}/appointments/{{token:str}}/cancel", VERBS["cancel-booking"].http,
          VERBS["cancel-booking"].doc, limit="anonymous-post"),
    Route("POST", f"{_API}/appointments/{{token:str}}/check-in", VERBS["check-in"].http,
          VERBS["check-in"].doc, limit="anonymous-post"),
    # --- dossiers ---
    Route("POST", f"{_API}/dossiers/lookup", VERBS["lookup-dossier"].http, VERBS["lookup-dossier"].doc, limit="lookup"),
    Route("POST", f"{_API}/dossiers/import", _ADMIN, "store dossiers", bytes_max=IMPORT_BYTES_MAX),
    # --- figures and devices ---
    _get(f"{_API}/reports/waits", _MANAGER, "the waits of a range of days"),
    _get(f"{_API}/devices", _MANAGER, "health of devices, presence of processes"),
    # --- pages ---
    _page("/", _ANYONE, "where to go"),
    _page("/sign-in", _ANYONE, "opens a session from the link that `motcua token` prints"),
    _page("/board", _ANYONE, "the lobby's board in a browser"),
    _get("/board/frame.json", _ANYONE, "the frame that page draws"),
    _get("/board/frames", _ANYONE, "the same, live (server-sent events)"),
    _page("/t/{token:str}", _ANYONE, "a ticket on its owner's phone"),
    _page("/book", _ANYONE, "book a slot, and the booking on its owner's phone"),
    _page("/counter/{n:int}", _CLERK, "the clerk's desk", counter_bound=True),
    _page("/greeter", _CLERK, "a ticket for somebody who cannot use the kiosk"),
    _page("/manager", _MANAGER, "answers first, then the floor, then charts"),
    _page("/manager/live", _MANAGER, "the part of the manager's page that changes"),
    _page("/manager/waits.svg", _MANAGER, "the chart of today's waits"),
    _page("/static/{name:str}", _ANYONE, "style, scripts and fonts of the pages"),
)  # fmt: skip

ROUTES: dict[tuple[str, str], Route] = {(row.method, row.template): row for row in _ROWS}
"""(method, path template) → row."""

ANONYMOUS_TICKETS = ("POST", f"{_API}/tickets")
"""Open to anybody where the office file says [queue] anonymous_tickets."""


def roles_of(row: Route, *, anonymous_tickets: bool) -> frozenset[Role]:
    """Who may use this door in an office with or without anonymous tickets."""
    if anonymous_tickets and (row.method, row.template) == ANONYMOUS_TICKETS:
        return row.roles | _ANYONE
    return row.roles
