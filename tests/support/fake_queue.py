"""A queue of one office without writer or database: remembers what it was asked, answers what it is told to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from contracts.errors import Rejected
from contracts.messages.appointments import AppointmentState, AppointmentView, Slot
from contracts.messages.board import AlertEvent, BoardCounter, BoardSnapshot, Call, ServicesSnapshot, ServiceState
from contracts.messages.common import (
    CounterStatus,
    CounterView,
    ErrorReply,
    Estimate,
    IssuedTicket,
    TicketState,
    TicketView,
    Version,
)  # fmt: skip
from contracts.messages.devices import DeviceHealth, HealthState, Presence, PresenceState
from contracts.messages.dossiers import DossierView, Timeliness
from contracts.messages.leases import HandedOver, LeaseBlock, LeaseGrant
from contracts.messages.replies import CounterSnapshot, Reply
from queue_server.application.ports import Alerts, TicketStatus
from queue_server.application.storage import Storage
from queue_server.application.waits import CounterDay, WaitsQuery, WaitsReport, WaitsRow
from runtime.cli_options import SAMPLE_OFFICE
from runtime.clock import Clock
from runtime.config import load_office

START_MS = 1_795_399_200_000  # Mon 2026-11-23 02:00 UTC, 09:00 in Vietnam
DAY = date(2026, 11, 23)
TOKEN = "abcdefgh23456777"


@dataclass
class FakeTime:
    """A clock that only moves when told to."""

    now_ms: int = START_MS

    @property
    def clock(self) -> Clock:
        """The Clock of it."""
        return Clock(wall_ms=lambda: self.now_ms, mono_s=lambda: self.now_ms / 1000)


def a_dossier(code: str, at: datetime) -> DossierView:
    """A dossier on its way."""
    return DossierView(
        code, "1.001193", "Đăng ký khai sinh", "N*** V** A", "UBND xã Bình An", 4, Timeliness.ON_TIME, at, at, None,
        "dossier.next.wait",
    )  # fmt: skip


@dataclass
class FakeQueue:
    """Implements QueueService."""

    time: FakeTime = field(default_factory=FakeTime)
    office: Any = None
    executed: list[tuple[str, str, Any]] = field(default_factory=list)
    imported: list[Any] = field(default_factory=list)
    refusal: str | None = None
    nobody_waits: bool = False
    parts: dict[str, bool] = field(default_factory=lambda: {"writer": True, "broker": True})
    callbacks: list[Callable[[str], None]] = field(default_factory=list)
    seq: int = 1
    counter_view: CounterView | None = None
    jumped_to: str | None = None
    stored = Storage.OK

    def __post_init__(self) -> None:
        self.office = self.office or load_office(SAMPLE_OFFICE)
        self.clock = self.time.clock

    def view(self, **changes: Any) -> TicketView:
        """A waiting ticket."""
        issued = self.clock.now() - timedelta(minutes=12)
        values: dict[str, Any] = {
            "number": "A015", "service": "A", "priority": "normal", "state": TicketState.WAITING, "lang": "vi",
            "issued_at": issued, "dossier": "000.00.01.H00-261101-0001",
        }  # fmt: skip
        return TicketView(**{**values, **changes})

    async def execute(self, actor: str, verb: str, message: Any) -> Reply:
        self.executed.append((actor, verb, message))
        at = self.clock.now()
        if self.refusal is not None:
            return Reply(id=message.id, verb=verb, ok=False, at=at, error=ErrorReply(self.refusal, "as told"))
        given = self._counter_gives(verb, message) if hasattr(message, "counter") else self._gives(verb, message)
        return Reply(id=message.id, verb=verb, ok=True, at=at, **given)

    def _counter_gives(self, verb: str, message: Any) -> dict[str, Any]:
        given: dict[str, Any] = {"counter": self.counter(message.counter).counter}
        if not (verb == "call-next" and self.nobody_waits):
            called = self.clock.now()
            given["ticket"] = self.view(state=TicketState.CALLED, counter=message.counter, called_at=called)
        return given

    def _gives(self, verb: str, message: Any) -> dict[str, Any]:
        at = self.clock.now()
        match verb:
            case "issue":
                estimate = Estimate(600, 900, 1500)
                ticket = IssuedTicket("A015", message.service, message.priority, message.lang, at, 3, estimate, TOKEN)
                return {"issued": ticket}
            case "lease":
                block = LeaseBlock("block-1", "A", DAY.isoformat(), 970, 999)
                next_day = (DAY + timedelta(days=1)).isoformat()
                return {"lease": LeaseGrant(message.epoch, DAY.isoformat(), next_day, (block,))}
            case "hand-over":
                return {"handed": tuple(HandedOver(t.id, t.number, accepted=True) for t in message.tickets)}
            case "book" | "cancel-booking":
                state = AppointmentState.BOOKED if verb == "book" else AppointmentState.CANCELLED
                return {"appointment": self.booking(state=state)}
            case "check-in":
                return {"issued": IssuedTicket("A016", "A", "normal", "vi", at, 0, None, TOKEN)}
            case "cancel":
                return {"ticket": self.view(state=TicketState.CANCELLED)}
            case "lookup-dossier":
                return {"dossier": a_dossier(message.code, at)}
        return {}

    def board(self) -> BoardSnapshot:
        now = self.clock.now()
        call = Call("call-1", "A014", "A", 3, now - timedelta(minutes=1))
        counters = tuple(
            BoardCounter(row.n, CounterStatus.PAUSED if row.n == 4 else CounterStatus.OPEN)
            for row in self.office.counter
        )
        return BoardSnapshot(Version(1, self.seq), now, DAY.isoformat(), (call,), counters, self._services())

    def _services(self) -> tuple[ServiceState, ...]:
        return tuple(
            ServiceState(s.code, True, 2 if s.code == "A" else 0, Estimate(0, 60, 300)) for s in self.office.service
        )

    def services(self) -> ServicesSnapshot:
        return ServicesSnapshot(Version(1, self.seq), self.clock.now(), DAY.isoformat(), self._services())

    def counter(self, n: int) -> CounterSnapshot:
        if self.office.counter_by_n(n) is None:
            raise Rejected("unknown_counter", f"no counter {n}")
        view = self.counter_view or CounterView(n, CounterStatus.OPEN, 2)
        return CounterSnapshot(Version(1, self.seq), self.clock.now(), view)

    def ticket(self, token: str) -> TicketStatus:
        if token != TOKEN:
            raise Rejected("unknown_ticket", "no ticket has this token")
        return TicketStatus(self.view(), 2, Estimate(600, 900, 1500), None)

    def booking(self, **changes: Any) -> AppointmentView:
        """A booking for ten o'clock."""
        start = self.clock.now() + timedelta(hours=1)
        values: dict[str, Any] = {
            "token": TOKEN, "service": "A", "start": start, "end": start + timedelta(minutes=30),
            "state": AppointmentState.BOOKED, "lang": "vi",
        }  # fmt: skip
        return AppointmentView(**{**values, **changes})

    def slots(self, service: str, day: str) -> tuple[Slot, ...]:
        if self.office.service_by_code(service) is None:
            raise Rejected("unknown_service", "no such service")
        start = self.clock.now()
        return (Slot(service, start, start + timedelta(minutes=30), 3, 2),)

    def appointment(self, token: str) -> AppointmentView:
        if token != TOKEN:
            raise Rejected("unknown_appointment", "no booking has this token")
        return self.booking()

    def appointments(self) -> tuple[AppointmentView, ...]:
        return (self.booking(),)

    def queue(self, counter: int | None = None) -> tuple[TicketView, ...]:
        mine = (self.view(), self.view(number="A016", priority="elderly"))
        return mine if counter is not None else (*mine, self.view(number="S002", service="S"))

    def alerts(self) -> Alerts:
        found = AlertEvent(Version(1, self.seq), self.clock.now(), "A016", "A", 1620, 1800)
        return Alerts((found,))

    def devices(self) -> tuple[DeviceHealth, ...]:
        return (DeviceHealth("printer-1", HealthState.FAULT, self.clock.now(), "paper_out"),)

    def presences(self) -> tuple[Presence, ...]:
        return (Presence(PresenceState.ONLINE, "kiosk-1", self.clock.now()),)

    def storage(self) -> Storage:
        return self.stored

    def clock_jumped_to(self) -> str | None:
        return self.jumped_to

    def subscribe(self, callback: Callable[[str], None]) -> Callable[[], None]:
        self.callbacks.append(callback)
        return lambda: self.callbacks.remove(callback)

    def change(self, topic: str) -> None:
        """Something was committed."""
        self.seq += 1
        for callback in list(self.callbacks):
            callback(topic)

    async def ready(self) -> dict[str, bool]:
        return self.parts

    async def import_dossiers(self, records: list[Any]) -> tuple[int, int]:
        self.imported += records
        return len(records), 0


class FakeReports:
    """Implements Reports."""

    def __init__(self) -> None:
        self.asked: list[WaitsQuery] = []

    async def waits(self, query: WaitsQuery, lang: str = "vi") -> WaitsReport:
        self.asked.append(query)
        row = WaitsRow(("A",), 5, 4, 1, 600.0, 540.0, 900.0, 0.75)
        return WaitsReport(query.first, query.last, query.by, {"wait": "issue to first call"}, row, (row,))

    async def counter_day(self, day: date, counter: int) -> CounterDay:
        return CounterDay(7, 1, 480.0)

    def csv(self, report: WaitsReport, lang: str) -> bytes:
        return b"\xef\xbb\xbfservice;waits\r\nA;4\r\n"

    def chart(self, report: WaitsReport, lang: str) -> bytes:
        return b"<svg xmlns='http://www.w3.org/2000/svg'/>"
