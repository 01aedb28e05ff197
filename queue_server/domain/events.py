"""What happened: the journal's entries, append-only. Random ids only, never anything about a visitor (design.md §4)."""

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Base. `at_ms` is server time, UTC."""

    at_ms: int


class DayStarted(Event, frozen=True, kw_only=True, tag="day_started"):
    """A business day began; serials start again, what was left of the day before has expired."""

    day: str


class TicketIssued(Event, frozen=True, kw_only=True, tag="ticket_issued"):
    """A citizen took a ticket. The dossier code is personal and is kept beside the journal, not in it."""

    ticket: str
    number: str
    service: str
    priority: str
    lang: str
    token: str
    serial: int
    order_ms: int
    procedure: str | None = None


class TicketCalled(Event, frozen=True, kw_only=True, tag="ticket_called"):
    """A counter called a ticket (waiting, held, or missed)."""

    ticket: str
    counter: int
    call_id: str


class TicketRecalled(Event, frozen=True, kw_only=True, tag="ticket_recalled"):
    """The current ticket was called once more."""

    ticket: str
    counter: int
    call_id: str
    repeat: int


class ServingStarted(Event, frozen=True, kw_only=True, tag="serving_started"):
    """The visitor arrived at the counter."""

    ticket: str
    counter: int


class TicketFinished(Event, frozen=True, kw_only=True, tag="ticket_finished"):
    """The visit is over."""

    ticket: str
    counter: int
    result: str | None = None


class TicketMissed(Event, frozen=True, kw_only=True, tag="ticket_missed"):
    """No-show."""

    ticket: str
    counter: int


class TicketTransferred(Event, frozen=True, kw_only=True, tag="ticket_transferred"):
    """Sent on; waits again in its first place."""

    ticket: str
    from_counter: int
    to_service: str
    to_counter: int | None = None


class TicketHeld(Event, frozen=True, kw_only=True, tag="ticket_held"):
    """Put aside at its counter."""

    ticket: str
    counter: int


class TicketResumed(Event, frozen=True, kw_only=True, tag="ticket_resumed"):
    """A held ticket is served again."""

    ticket: str
    counter: int


class TicketRequeued(Event, frozen=True, kw_only=True, tag="ticket_requeued"):
    """Back to its place in the queue."""

    ticket: str
    counter: int


class TicketCancelled(Event, frozen=True, kw_only=True, tag="ticket_cancelled"):
    """Given back."""

    ticket: str


class TicketExpired(Event, frozen=True, kw_only=True, tag="ticket_expired"):
    """Left over at day end."""

    ticket: str


class CounterOpened(Event, frozen=True, kw_only=True, tag="counter_opened"):
    """The counter calls again."""

    counter: int


class CounterClosed(Event, frozen=True, kw_only=True, tag="counter_closed"):
    """The counter ended its day."""

    counter: int
    reason: str | None = None


class CounterPaused(Event, frozen=True, kw_only=True, tag="counter_paused"):
    """The counter pauses."""

    counter: int
    reason: str | None = None


class HelpAsked(Event, frozen=True, kw_only=True, tag="help_asked"):
    """A clerk asked for help."""

    counter: int


class ServiceOpened(Event, frozen=True, kw_only=True, tag="service_opened"):
    """Tickets may be taken again."""

    service: str


class ServiceClosed(Event, frozen=True, kw_only=True, tag="service_closed"):
    """No tickets for now."""

    service: str
    reason: str | None = None


AnyEvent = (
    DayStarted | TicketIssued | TicketCalled | TicketRecalled | ServingStarted | TicketFinished | TicketMissed
    | TicketTransferred | TicketHeld | TicketResumed | TicketRequeued | TicketCancelled | TicketExpired
    | CounterOpened | CounterClosed | CounterPaused | HelpAsked | ServiceOpened | ServiceClosed
)  # fmt: skip
