"""The live office: commands through the writer, snapshots out of committed state, for MQTT and web alike."""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from contracts.errors import Rejected
from contracts.messages.appointments import AppointmentView, Slot
from contracts.messages.board import BoardSnapshot, Call, CallEvent, ServicesSnapshot
from contracts.messages.common import TicketView
from contracts.messages.counters import CounterCommand
from contracts.messages.devices import DeviceHealth, Presence
from contracts.messages.dossiers import LookupDossier
from contracts.messages.office_day import ConfirmDay
from contracts.messages.replies import CounterSnapshot, Notice, Reply
from contracts.settings import Office
from queue_server.application import bookings, projections
from queue_server.application.clock_guard import ClockGuard
from queue_server.application.devices import DeviceRegister
from queue_server.application.listeners import Listeners, Mail, on_loop
from queue_server.application.lookups import Lookups
from queue_server.application.persons import Persons
from queue_server.application.ports import Alerts, Lookup, Publisher, Store, TicketStatus
from queue_server.application.replies import rejected, reply_for
from queue_server.application.storage import Storage
from queue_server.application.unit_of_work import Command, Result
from queue_server.application.views import Views
from queue_server.application.writer import Job, Writer
from queue_server.domain import events as ev
from queue_server.domain import timers
from queue_server.domain.decide import Fresh
from queue_server.domain.estimates import Estimator
from queue_server.domain.model import OfficeState
from queue_server.dossiers.records import DossierRecord
from runtime.clock import Clock

READY_S_MAX = 2.0
START_S_MAX = 10.0
BUTTONS = "mqtt:"
"""Actors of this door press buttons; a clerk's page shows its own answers."""
CALLS = ev.TicketCalled | ev.TicketRecalled
CAN_WAIT = ev.TicketIssued  # a change of figures: the snapshots of anything else go out at once


class LiveOffice:
    """Implements QueueService. Construct it, `start()` it, then let the doors in."""

    def __init__(
        self, office: Office, store: Store, publisher: Publisher, lookup: Lookup, estimator: Estimator, fresh: Fresh,
        clock: Clock, on_fatal: Callable[[Rejected], None],
    ) -> None:  # fmt: skip
        self.office, self.clock = office, clock
        self.broker_up: Callable[[], bool] = lambda: False
        self.persons = Persons.throwaway()
        self.together: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext
        """The publisher's: what is published within goes out in one go."""
        self.calls_on_their_way: Callable[[], int] = lambda: 0
        """The publisher's: how many of the calls that it took are not known to have arrived, the newest ones."""
        self._publisher, self._lookup, self._estimator = publisher, lookup, estimator
        self._lookups = Lookups(lookup, clock)
        self._listeners, self._mail, self._devices = Listeners(), Mail(), DeviceRegister()
        self._writer = Writer(
            office, store, fresh, clock, self._committed, on_fatal, self._told, self._gathering, self._read_again
        )  # fmt: skip
        self._views = Views(
            office, estimator, clock, publisher, self._listeners.tell, store.epoch, self._writer.state
        )  # fmt: skip
        self._at_risk: frozenset[str] = frozenset()  # tickets whose alert is out
        self._stale_ms = office.queue.stale_s * 1000
        self._handed = 0  # calls that the publisher took
        self._cursors: deque[tuple[int, int]] = deque()  # (of so many calls, the journal position they reach)
        self._unpublished = store.unpublished_calls
        self._missed: Sequence[ev.AnyEvent] = self._unpublished(clock.wall_ms() - self._stale_ms)
        self._guard: ClockGuard | None = None

    # ---- life ----

    def trust(self, guard: ClockGuard) -> None:
        """`guard` makes the clock of this office: it learns who waits, and `confirm-day` speaks to it."""
        self._guard = guard
        guard.watch(lambda: self._writer.state)

    def start(self) -> None:
        """The writer begins; returns when a first tick has started the business day: nobody sees an older one."""
        first = threading.Event()
        self._writer.submit(Job(None, passed=first.set))
        self._writer.start()
        first.wait(START_S_MAX)

    def stop(self) -> None:
        """Commits what was accepted, then ends."""
        self._lookups.close()
        self._writer.stop()

    def tick(self) -> None:
        """Lets time pass: midnight, opening hours, estimates. Called every few seconds."""
        with contextlib.suppress(Rejected):  # a full queue brings its own batch, and time with it
            self._writer.submit(Job(None))

    # ---- commands ----

    def submit(self, actor: str, verb: str, message: Any, done: Callable[[Reply], None]) -> None:
        """Any thread: `done(reply)` runs after the commit, on the writer's thread (of a look-up on its own, or at once
        when refused)."""

        def told(result: Result, state: OfficeState) -> None:
            reply = reply_for(result, state, self.office, self._estimator, self.clock.wall_ms())
            self._noticed(actor, message, reply)
            done(reply)

        try:
            if isinstance(message, LookupDossier):
                self._lookups.submit(verb, message, done)
                return
            if isinstance(message, ConfirmDay) and self._guard is not None:
                self._guard.confirm(message.day)
            self._writer.submit(Job(Command(actor, verb, self.persons.hidden(message)), told))
        except Rejected as why:
            done(rejected(message.id, verb, why.code, why.detail, self.clock.wall_ms()))

    async def execute(self, actor: str, verb: str, message: Any) -> Reply:
        """The same for the event loop."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Reply] = loop.create_future()

        def settle(reply: Reply) -> None:
            if not future.done():
                future.set_result(reply)

        self.submit(actor, verb, message, lambda reply: self._mail.send(loop, settle, reply))
        return await future

    # ---- reading ----

    def board(self) -> BoardSnapshot:
        """The last committed board."""
        return self._views.current().board

    def services(self) -> ServicesSnapshot:
        """The last committed cards."""
        return self._views.current().services

    def counter(self, n: int) -> CounterSnapshot:
        """The last committed state of counter `n`. Raises Rejected unknown_counter."""
        found = self._views.current().counters.get(n)
        if found is None:
            raise Rejected("unknown_counter", f"no counter {n}")
        return found

    def ticket(self, token: str) -> TicketStatus:
        """Where the ticket with this token stands. Raises Rejected unknown_ticket."""
        state = self._views.state
        ticket = state.tickets.get(state.by_token.get(token, ""))
        if ticket is None:
            raise Rejected("unknown_ticket", "no ticket of today has this token")
        return projections.ticket_status(state, self.office, self._estimator, ticket, self.clock.wall_ms())

    def slots(self, service: str, day: str) -> tuple[Slot, ...]:
        """What may be booked. Raises Rejected unknown_service."""
        return bookings.slots(self._views.state, self.office, service, day, self.clock.wall_ms())

    def appointment(self, token: str) -> AppointmentView:
        """The booking with this token. Raises Rejected unknown_appointment."""
        return bookings.view_of(self._views.state, self.office, token, self.clock.wall_ms())

    def appointments(self) -> tuple[AppointmentView, ...]:
        """Today's bookings, by slot."""
        return bookings.today(self._views.state, self.office, self.clock.wall_ms())

    def queue(self, counter: int | None = None) -> tuple[TicketView, ...]:
        """Waiting tickets in the order of calling: those of a counter, or all."""
        return projections.queue_order(self._views.state, self.office, self.clock.wall_ms(), counter)

    def alerts(self) -> Alerts:
        """Who is about to miss the target wait, or has."""
        now_ms, version = self.clock.wall_ms(), self._views.version
        found = timers.at_risk(self._views.state)
        return Alerts(tuple(projections.alert_event(ticket, self.office, version, now_ms) for ticket in found))

    def devices(self) -> tuple[DeviceHealth, ...]:
        """Health by device id."""
        return self._devices.devices()

    def presences(self) -> tuple[Presence, ...]:
        """Presence by user."""
        return self._devices.presences()

    def heard_health(self, health: DeviceHealth) -> None:
        """A device told how it is."""
        self._devices.heard_health(health)
        self._listeners.tell("devices")

    def heard_presence(self, presence: Presence) -> None:
        """A process came or went."""
        self._devices.heard_presence(presence)
        self._listeners.tell("devices")

    def clock_jumped_to(self) -> str | None:
        """The day that the clock shows and a manager must confirm; None when all is well."""
        return self._guard.jumped_to if self._guard is not None else None

    def subscribe(self, callback: Callable[[str], None]) -> Callable[[], None]:
        """`callback(topic)` on the running loop after each committed change. Raises Rejected `busy` over the limit."""
        return self._listeners.add(callback)

    async def ready(self) -> dict[str, bool]:
        """Asks through the writer; the broker answers for itself by the link."""
        loop, passed = asyncio.get_running_loop(), asyncio.Event()
        try:
            self._writer.submit(Job(None, passed=lambda: on_loop(loop, passed.set)))
            await asyncio.wait_for(passed.wait(), READY_S_MAX)
        except (Rejected, TimeoutError):
            return {"writer": False, "broker": self.broker_up()}
        return {"writer": True, "broker": self.broker_up(), "storage": self.storage() is not Storage.AWAY}

    def storage(self) -> Storage:
        """Whether the database can be written, as the writer last found it."""
        return self._writer.storage

    async def import_dossiers(self, records: list[DossierRecord]) -> tuple[int, int]:
        """Stores up to one batch of dossiers; (inserted, updated)."""
        counts = await asyncio.to_thread(self._lookup.upsert_many, records)
        return counts.inserted, counts.updated

    # ---- after the commit (writer thread) ----

    def _committed(self, state: OfficeState, events: Sequence[ev.AnyEvent]) -> int | None:
        """Publishes calls, and what changed at counters. The journal position up to which every call is out and has
        arrived; None when that has not changed."""
        self._views.committed(state)
        calls = bool(self._missed) or any(isinstance(event, CALLS) for event in events)
        if calls and self._publish_calls(state, events):
            self._cursors.append((self._handed, state.seq))
        if not all(isinstance(event, CAN_WAIT) for event in events):
            self._views.show()
            self._alert(state, [event for event in events if isinstance(event, ev.TargetAtRisk)])
        return self._arrived()

    def _arrived(self) -> int | None:
        """The journal position up to which every call has arrived at the broker; None when that is no news."""
        there, seq = self._handed - self.calls_on_their_way() if self._cursors else 0, None
        while self._cursors and self._cursors[0][0] <= there:
            seq = self._cursors.popleft()[1]
        return seq

    def _alert(self, state: OfficeState, events: Sequence[ev.TargetAtRisk]) -> None:
        """Told when it comes up; the page that lists them is told, too, when one is called or goes."""
        for event in events:
            ticket = state.tickets[event.ticket]
            self._publisher.alert(projections.alert_event(ticket, self.office, self._views.version, event.at_ms))
        at_risk = frozenset(ticket.id for ticket in timers.at_risk(state))
        if at_risk != self._at_risk:
            self._at_risk = at_risk
            self._listeners.tell("alert")

    def _noticed(self, actor: str, message: Any, reply: Reply) -> None:
        """A button shows no answer: its counter's snapshot says why the press came to nothing, until one comes to
        something. Writer thread."""
        if isinstance(message, CounterCommand) and actor.startswith(BUTTONS):
            error = reply.error
            self._views.noticed(message.counter, Notice(reply.verb, error.code, reply.at) if error else None)

    @contextlib.contextmanager
    def _gathering(self) -> Iterator[None]:
        with self.together(), self._mail.gathered():
            yield

    def _told(self, state: OfficeState, ending: bool) -> float | None:
        """After the replies: the snapshots that could wait for them. Seconds until more of them are due."""
        if state is not self._views.state:  # read again from the database after a commit that failed
            self._views.committed(state)
            self._publish_calls(state, ())
        if ending:
            self._views.show()
            return None
        return self._views.show_if_due()

    def _read_again(self) -> None:
        """A commit that failed may have happened all the same, with its calls."""
        with contextlib.suppress(Rejected):
            self._missed = self._unpublished(self.clock.wall_ms() - self._stale_ms)

    def _publish_calls(self, state: OfficeState, events: Sequence[ev.AnyEvent]) -> bool:
        """The fast path; first what could not be published before (a crash, no broker), unless it is stale by now."""
        since_ms = self.clock.wall_ms() - self._stale_ms
        young = [e for e in self._missed if e.at_ms >= since_ms]
        calls = {e.call_id: e for e in (*young, *events) if isinstance(e, CALLS)}
        by_id = {call.call_id: call for call in state.calls}
        self._missed = [e for i, e in calls.items() if i in by_id and not self._call(by_id[i])]
        return not self._missed

    def _call(self, call: Call) -> bool:
        taken = self._publisher.call(CallEvent(self._views.version, call))
        self._handed += taken
        return taken
