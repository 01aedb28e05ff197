"""What happened: the journal's entries, append-only. Random ids only, never anything about a visitor (design.md §4)."""

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Base. `at_ms` is server time, UTC."""

    at_ms: int


class DayStarted(Event, frozen=True, kw_only=True, tag="day_started"):
    """A business day began; serials start again, what was left of the day before has expired."""

    day: str


class DayConfirmed(Event, frozen=True, kw_only=True, tag="day_confirmed"):
    """A person said that the clock is right, though it had jumped (clock_trust.py). Changes nothing by itself."""

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
    appointment: str | None = None  # id of the appointment it checks in


class TicketCalled(Event, frozen=True, kw_only=True, tag="ticket_called"):
    """A counter called a ticket (waiting, held, or missed). `among`: the services it chose a waiting one from."""

    ticket: str
    counter: int
    call_id: str
    among: tuple[str, ...] = ()


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


class StageFinished(Event, frozen=True, kw_only=True, tag="stage_finished"):
    """A service of the visit is done, the visit goes on: here (`here`), or in the queue of `next_service`, in place."""

    ticket: str
    counter: int
    next_service: str
    here: bool
    result: str | None = None


class TargetAtRisk(Event, frozen=True, kw_only=True, tag="target_at_risk"):
    """A waiting ticket is about to miss the target wait of its service. Once a stage."""

    ticket: str


class BlockGranted(Event, frozen=True, kw_only=True, tag="block_granted"):
    """Numbers lent to a kiosk."""

    block: str
    kiosk: str
    epoch: str
    service: str
    day: str
    first: int
    last: int


class BlockSpent(Event, frozen=True, kw_only=True, tag="block_spent"):
    """A kiosk said how far it is."""

    block: str
    spent: int


class TicketClaimed(Event, frozen=True, kw_only=True, tag="ticket_claimed"):
    """A clerk called a lent number that was not handed over yet: only its number is known."""

    ticket: str
    number: str
    service: str
    lang: str
    token: str
    order_ms: int


class TicketHandedOver(Event, frozen=True, kw_only=True, tag="ticket_handed_over"):
    """A kiosk handed over a ticket that it printed without us."""

    ticket: str
    number: str
    service: str
    priority: str
    lang: str
    token: str
    taken_ms: int
    order_ms: int
    block: str
    procedure: str | None = None


class TicketMerged(Event, frozen=True, kw_only=True, tag="ticket_merged"):
    """The hand-over of a claimed number: now its details are known. `again`: another person than the clerk called."""

    ticket: str
    priority: str
    lang: str
    taken_ms: int
    order_ms: int
    procedure: str | None = None
    again: bool = False


class TicketVoided(Event, frozen=True, kw_only=True, tag="ticket_voided"):
    """The unprinted twin of a number that a kiosk printed after a lost reply."""

    ticket: str
    by: str  # the ticket that has its place


class LateTicketRecorded(Event, frozen=True, kw_only=True, tag="late_ticket_recorded"):
    """Handed over when its day was over: kept as expired."""

    late: str  # ticket id
    number: str
    service: str
    priority: str
    lang: str
    token: str
    of_day: str
    taken_ms: int
    procedure: str | None = None


class AppointmentBooked(Event, frozen=True, kw_only=True, tag="appointment_booked"):
    """A slot was booked; by whom is personal and not in the journal."""

    appointment: str
    token: str
    service: str
    day: str
    start_ms: int
    end_ms: int
    lang: str


class AppointmentCancelled(Event, frozen=True, kw_only=True, tag="appointment_cancelled"):
    """Given back."""

    appointment: str


class AppointmentCheckedIn(Event, frozen=True, kw_only=True, tag="appointment_checked_in"):
    """The visitor is here; the ticket was issued just before."""

    appointment: str
    checked_in: str  # ticket id


class AppointmentMissed(Event, frozen=True, kw_only=True, tag="appointment_missed"):
    """The day is over and nobody checked in."""

    appointment: str


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
    DayStarted | DayConfirmed | TicketIssued | TicketCalled | TicketRecalled | ServingStarted | TicketFinished
    | TicketMissed | TicketTransferred | TicketHeld | TicketResumed | TicketRequeued | TicketCancelled | TicketExpired
    | StageFinished | TargetAtRisk | BlockGranted | BlockSpent | TicketClaimed | TicketHandedOver | TicketMerged
    | TicketVoided | LateTicketRecorded | AppointmentBooked | AppointmentCancelled | AppointmentCheckedIn
    | AppointmentMissed | CounterOpened | CounterClosed | CounterPaused | HelpAsked | ServiceOpened | ServiceClosed
)  # fmt: skip
