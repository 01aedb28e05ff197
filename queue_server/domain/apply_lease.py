"""Events of lent numbers → state (design.md §4, Offline leases)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from contracts.ids import parse_ticket_number
from contracts.messages.common import TicketState
from queue_server.domain import events as ev
from queue_server.domain.model import Block, OfficeState, Ticket, late_key
from queue_server.domain.moves import give_back, leave, place, put


def _granted(state: OfficeState, event: ev.BlockGranted) -> None:
    block = Block(event.block, event.kiosk, event.epoch, event.service, event.day, event.first, event.last)
    state.blocks = {**state.blocks, block.id: block}


def _spend(state: OfficeState, block_id: str, serial: int) -> None:
    block = state.blocks[block_id]
    state.blocks = {**state.blocks, block_id: replace(block, spent=max(block.spent, serial))}


def _spent(state: OfficeState, event: ev.BlockSpent) -> None:
    _spend(state, event.block, event.spent)


def _claimed(state: OfficeState, event: ev.TicketClaimed) -> None:
    ticket = Ticket(
        event.ticket, event.number, event.service, "normal", event.lang, event.token, event.at_ms, event.order_ms,
        offline=True, claimed=True,
    )  # fmt: skip
    place(state, ticket)


def _handed_over(state: OfficeState, event: ev.TicketHandedOver) -> None:
    _spend(state, event.block, parse_ticket_number(event.number)[1])
    ticket = Ticket(
        event.ticket, event.number, event.service, event.priority, event.lang, event.token, event.taken_ms,
        event.order_ms, procedure=event.procedure, offline=True,
    )  # fmt: skip
    place(state, ticket)


def _merged(state: OfficeState, event: ev.TicketMerged) -> None:
    ticket = state.tickets[event.ticket]
    known: dict[str, Any] = {
        "priority": event.priority, "lang": event.lang, "issued_ms": event.taken_ms, "procedure": event.procedure,
        "claimed": False, "order_ms": event.order_ms,
    }  # fmt: skip
    if event.again:  # the clerk had called a number that nobody held yet
        leave(state, ticket)
        prefix, _serial = parse_ticket_number(ticket.number)
        known |= {
            "state": TicketState.WAITING, "service": prefix, "counter": None, "call_id": None, "repeat": 0,
            "called_ms": None, "started_ms": None, "ended_ms": None, "result": None, "only_counter": None, "past": (),
            "stage_ms": None, "stage_called_ms": None, "alerted": False,
        }  # fmt: skip
        if ticket.state is TicketState.CANCELLED:
            state.taken[prefix] += 1
    put(state, ticket, **known)


def _voided(state: OfficeState, event: ev.TicketVoided) -> None:
    ticket = state.tickets[event.ticket]
    leave(state, ticket)
    put(state, ticket, state=TicketState.VOID, ended_ms=event.at_ms)
    give_back(state, ticket)


def late_ticket(event: ev.LateTicketRecorded) -> Ticket:
    """The row of a ticket that was handed over when its day was over."""
    return Ticket(
        event.late, event.number, event.service, event.priority, event.lang, event.token, event.taken_ms,
        event.taken_ms, TicketState.EXPIRED, procedure=event.procedure, ended_ms=event.at_ms, offline=True,
    )  # fmt: skip


def _late(state: OfficeState, event: ev.LateTicketRecorded) -> None:
    state.late |= {late_key(event.of_day, event.number)}


LEASE_APPLY: dict[type, Callable[[OfficeState, Any], None]] = {
    ev.BlockGranted: _granted,
    ev.BlockSpent: _spent,
    ev.TicketClaimed: _claimed,
    ev.TicketHandedOver: _handed_over,
    ev.TicketMerged: _merged,
    ev.TicketVoided: _voided,
    ev.LateTicketRecorded: _late,
}
