"""Taking and giving back a ticket; opening and closing a service."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from contracts.errors import Rejected
from contracts.ids import format_ticket_number
from contracts.messages.common import TicketState
from contracts.messages.counters import CloseService, OpenService, ServiceCommand, reason_code
from contracts.messages.tickets import CancelTicket, IssueTicket
from contracts.settings import Office, Service
from queue_server.domain.calendar import open_at
from queue_server.domain.events import AnyEvent, ServiceClosed, ServiceOpened, TicketCancelled, TicketIssued
from queue_server.domain.model import Block, OfficeState

if TYPE_CHECKING:
    from queue_server.domain.decide import Fresh

NORMAL = "normal"


def closed_reason(state: OfficeState, office: Office, service: Service, now_ms: int) -> str | None:
    """Why no ticket of this service can be taken now: "staff", "hours", "quota"; None when one can."""
    if service.code in state.closed_services:
        return "staff"
    if not open_at(office, now_ms):
        return "hours"
    return "quota" if state.taken.get(service.code, 0) >= service.quota else None


_lent: tuple[Mapping[str, Block], str, dict[str, list[Block]]] | None = None  # of these blocks and that day


def _lent_of(state: OfficeState, code: str) -> list[Block]:
    """The blocks of a service for today and days to come. Looked at for every ticket, and there are thousands of blocks
    where many kiosks lend; the mapping is never changed in place (model.py)."""
    global _lent  # noqa: PLW0603 - a memo of one pure function
    if _lent is None or _lent[0] is not state.blocks or _lent[1] != state.day:
        found: dict[str, list[Block]] = {}
        for block in state.blocks.values():
            if block.day >= state.day:
                found.setdefault(block.service, []).append(block)
        _lent = (state.blocks, state.day, found)
    return _lent[2].get(code, [])


def next_serial(state: OfficeState, code: str) -> int:
    """The next number of our own sequence: it jumps what is lent to kiosks, for today and for days to come (a kiosk
    with a wrong clock may already give out tomorrow's)."""
    lent = _lent_of(state, code)
    serial = state.serials.get(code, 0) + 1
    while True:
        block = next((b for b in lent if b.has(serial)), None)
        if block is None:
            return serial
        serial = block.last + 1


def issue(state: OfficeState, office: Office, command: IssueTicket, now_ms: int, fresh: "Fresh") -> list[AnyEvent]:
    """A new ticket. Rejects unknown_service, unknown_priority, service_closed, quota_reached, numbers_exhausted."""
    service = office.service_by_code(command.service)
    if service is None:
        raise Rejected("unknown_service", f"no service {command.service!r}")
    if command.priority != NORMAL and not any(p.code == command.priority for p in office.priority):
        raise Rejected("unknown_priority", f"no priority class {command.priority!r}")
    closed = closed_reason(state, office, service, now_ms)
    if closed == "quota":
        raise Rejected("quota_reached", f"{service.code} has given its {service.quota} tickets of today")
    if closed:
        raise Rejected("service_closed", f"{service.code} is closed ({closed})")
    serial = next_serial(state, service.code)
    return [
        TicketIssued(
            at_ms=now_ms,
            ticket=fresh.uuid(),
            number=format_ticket_number(service.code, serial),
            service=service.code,
            priority=command.priority,
            lang=command.lang if command.lang in office.office.languages else office.office.languages[0],
            token=fresh.token(),
            serial=serial,
            order_ms=now_ms,
            procedure=command.procedure,
        )
    ]


def cancel(state: OfficeState, _office: Office, command: CancelTicket, now_ms: int, _fresh: "Fresh") -> list[AnyEvent]:
    """Give a waiting (or held) ticket back. Rejects unknown_ticket, wrong_state."""
    ticket_id = state.by_token.get(command.token)
    if ticket_id is None:
        raise Rejected("unknown_ticket", "no ticket of today has this token")
    ticket = state.tickets[ticket_id]
    if ticket.state not in (TicketState.WAITING, TicketState.HELD):
        raise Rejected("wrong_state", f"{ticket.number} is {ticket.state}")
    return [TicketCancelled(at_ms=now_ms, ticket=ticket.id)]


def _known(office: Office, command: ServiceCommand) -> str:
    if office.service_by_code(command.service) is None:
        raise Rejected("unknown_service", f"no service {command.service!r}")
    return command.service


def open_service(
    state: OfficeState, office: Office, command: OpenService, now_ms: int, _fresh: "Fresh"
) -> list[AnyEvent]:
    """Open again what staff had closed; nothing happens when it is open."""
    code = _known(office, command)
    return [ServiceOpened(at_ms=now_ms, service=code)] if code in state.closed_services else []


def close_service(
    state: OfficeState, office: Office, command: CloseService, now_ms: int, _fresh: "Fresh"
) -> list[AnyEvent]:
    """Stop giving tickets; those that wait are still called."""
    code = _known(office, command)
    if code in state.closed_services:
        return []
    return [ServiceClosed(at_ms=now_ms, service=code, reason=reason_code(command.reason))]
