"""State → snapshots and replies. Full snapshots; the same picture for every reader (design.md §3)."""

from contracts.messages.board import AlertEvent, BoardCounter, BoardSnapshot, ServicesSnapshot, ServiceState
from contracts.messages.common import CounterView, IssuedTicket, TicketState, TicketView, Version
from contracts.messages.replies import CounterSnapshot, Notice
from contracts.settings import Office
from queue_server.application.ports import TicketStatus
from queue_server.domain import calendar, routing, timers
from queue_server.domain.clock import utc
from queue_server.domain.decide_ticket import closed_reason
from queue_server.domain.estimates import Estimator, until_place
from queue_server.domain.model import OfficeState, Ticket


def ticket_view(ticket: Ticket, *, with_dossier: bool = False) -> TicketView:
    """A ticket for staff and displays."""
    return TicketView(
        number=ticket.number,
        service=ticket.service,
        priority=ticket.priority,
        state=ticket.state,
        lang=ticket.lang,
        issued_at=utc(ticket.issued_ms),
        called_at=utc(ticket.called_ms) if ticket.called_ms else None,
        counter=ticket.counter,
        procedure=ticket.procedure,
        dossier=ticket.dossier if with_dossier else None,
        started_at=utc(ticket.started_ms) if ticket.started_ms else None,
        only_counter=ticket.only_counter,
        offline=ticket.offline,
        appointment=ticket.appointment is not None,
        stages=len(ticket.past),
    )


def counter_view(state: OfficeState, office: Office, n: int) -> CounterView:
    """A counter for its clerk."""
    counter, ticket = state.counters[n], state.current(n)
    return CounterView(
        n, counter.status, routing.waiting_for(state, office, n),
        ticket_view(ticket, with_dossier=True) if ticket else None, counter.reason,
        tuple(ticket_view(t, with_dossier=True) for t in state.held_at(n)),
    )  # fmt: skip


def counter_snapshot(
    state: OfficeState, office: Office, n: int, version: Version, now_ms: int, notice: Notice | None = None
) -> CounterSnapshot:
    """The retained form of it."""
    return CounterSnapshot(version, utc(now_ms), counter_view(state, office, n), notice)


def alert_event(ticket: Ticket, office: Office, version: Version, now_ms: int) -> AlertEvent:
    """A ticket that is about to miss the target wait of its service, or has."""
    service = office.service_by_code(ticket.service)
    target_s = round(service.target_min * 60) if service else 0
    waited_s = max(0, now_ms - timers.waiting_since(ticket)) // 1000
    return AlertEvent(version, utc(now_ms), ticket.number, ticket.service, waited_s, target_s)


def service_states(state: OfficeState, office: Office, estimator: Estimator, now_ms: int) -> tuple[ServiceState, ...]:
    """Every service as cards and boards show it: the estimate is that of a ticket taken now."""
    rows = []
    for service in office.service:
        waiting = state.waiting(service.code)
        closed = closed_reason(state, office, service, now_ms)
        forecast = estimator.forecast(state, office, service.code, waiting, now_ms)
        rows.append(
            ServiceState(
                service.code, closed is None, waiting, forecast.estimate if closed is None else None, closed,
                calendar.reopens_at(office, now_ms) if closed == "hours" else None, forecast.reason,
            )
        )  # fmt: skip
    return tuple(rows)


def services_snapshot(
    state: OfficeState, rows: tuple[ServiceState, ...], version: Version, now_ms: int
) -> ServicesSnapshot:
    """The kiosks' cards."""
    return ServicesSnapshot(version, utc(now_ms), state.day, rows)


def board_snapshot(state: OfficeState, rows: tuple[ServiceState, ...], version: Version, now_ms: int) -> BoardSnapshot:
    """What the lobby sees."""
    counters = []
    for n in sorted(state.counters):
        ticket = state.current(n)
        counters.append(
            BoardCounter(
                n, state.counters[n].status, ticket.number if ticket else None, ticket.state if ticket else None
            )
        )
    return BoardSnapshot(version, utc(now_ms), state.day, state.calls, tuple(counters), rows)


def issued_ticket(
    state: OfficeState, office: Office, estimator: Estimator, ticket: Ticket, now_ms: int
) -> IssuedTicket:
    """The reply to a touch; position and estimate are those of now, also in a repeated reply (design.md §4)."""
    ahead = routing.position(state, office, ticket, now_ms) if ticket.state is TicketState.WAITING else 0
    forecast = until_place(estimator.forecast(state, office, ticket.service, ahead, now_ms), ticket.order_ms, now_ms)
    return IssuedTicket(
        ticket.number, ticket.service, ticket.priority, ticket.lang, utc(ticket.issued_ms), ahead, forecast.estimate,
        ticket.token, forecast.reason,
    )  # fmt: skip


def ticket_status(
    state: OfficeState, office: Office, estimator: Estimator, ticket: Ticket, now_ms: int
) -> TicketStatus:
    """A ticket for its holder."""
    if ticket.state is not TicketState.WAITING:
        return TicketStatus(ticket_view(ticket), None, None)
    ahead = routing.position(state, office, ticket, now_ms)
    forecast = until_place(estimator.forecast(state, office, ticket.service, ahead, now_ms), ticket.order_ms, now_ms)
    return TicketStatus(ticket_view(ticket), ahead, forecast.estimate, forecast.reason)


def queue_order(state: OfficeState, office: Office, now_ms: int, counter: int | None = None) -> tuple[TicketView, ...]:
    """Waiting tickets, as a counter would call them; without one, as a counter for everything would."""
    if counter is None:
        found = routing.everybody(state, office, now_ms)
    else:
        found = routing.lineup(state, office, counter, now_ms)
    return tuple(ticket_view(ticket) for ticket in found)
