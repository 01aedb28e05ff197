"""What leaves over MQTT carries no dossier code: it is personal, clerks read it on their page (design.md §3, §7)."""

from msgspec.structs import replace

from contracts.messages.common import CounterView, TicketView
from contracts.messages.replies import CounterSnapshot, Reply


def _ticket(ticket: TicketView | None) -> TicketView | None:
    return ticket if ticket is None or ticket.dossier is None else replace(ticket, dossier=None)


def _counter(counter: CounterView) -> CounterView:
    held = tuple(replace(ticket, dossier=None) for ticket in counter.held)
    return replace(counter, ticket=_ticket(counter.ticket), held=held)


def discreet_snapshot(snapshot: CounterSnapshot) -> CounterSnapshot:
    """A counter's retained state: many may read it."""
    return replace(snapshot, counter=_counter(snapshot.counter))


def discreet_reply(reply: Reply) -> Reply:
    """A reply to a button or a kiosk."""
    if reply.ticket is None and reply.counter is None:
        return reply
    return replace(reply, ticket=_ticket(reply.ticket), counter=_counter(reply.counter) if reply.counter else None)
