"""Long random days of an office: every verb, leases, hand-overs, appointments, stages, midnights, restarts.

Most commands make sense, some do not (those are refused, and must change nothing). The same seed gives the same days.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import fields
from random import Random
from typing import Any

from contracts.messages import appointments as ap
from contracts.messages import counters as c
from contracts.messages.common import CounterStatus, TicketState
from contracts.messages.leases import HandOver, LeaseBlocks, OfflineTicket
from contracts.messages.tickets import CancelTicket, IssueTicket
from contracts.settings import Office
from queue_server.adapters.store.database import Where
from queue_server.domain.clock import local
from queue_server.domain.model import OfficeState, Ticket
from tests.support.offices import MIN, T0, office
from tests.support.stores import Day

_ALL = (
    c.CallNext, c.Recall, c.Start, c.Finish, c.NoShow, c.UndoNoShow, c.Hold, c.Resume, c.Requeue, c.Transfer, c.Help,
)  # fmt: skip
NUMBERS = (1, 2, 3)
KIOSKS = ("mqtt:kiosk-1", "mqtt:kiosk-2")
DAY_MS = 24 * 60 * MIN


def busy_office() -> Office:
    """Two services with appointments, an open kiosk all day long, alerts and automatic calls."""
    names = {"A": "Hộ tịch", "C": "Chứng thực"}
    return office(
        service=[
            {"code": code, "name": {"vi": name}, "mean_min": 8, "target_min": 30, "quota": 900, "slot_capacity": 3}
            for code, name in names.items()
        ],
        counter=[
            {"n": 1, "name": {"vi": "Quầy 1"}, "skills": {"A": 1}, "auto_call": True},
            {"n": 2, "name": {"vi": "Quầy 2"}, "skills": {"C": 1, "A": 2}},
            {"n": 3, "name": {"vi": "Quầy 3"}, "skills": {"C": 1}},
        ],
        hours={days: ["07:00-21:00"] for days in ("mon_fri", "sat", "sun")},
    )


def unlike(one: OfficeState, other: OfficeState) -> dict[str, tuple[Any, Any]]:
    """The fields in which two states differ; an empty lane is none, a count of 0 no count."""
    found = {}
    for field in (field for field in fields(OfficeState) if field.compare):
        pair = tuple(_plain(getattr(state, field.name)) for state in (one, other))
        if pair[0] != pair[1]:
            found[field.name] = pair
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: item for key, item in value.items() if item}
    return value


class RandomDays(Day):
    """`step()` as often as wanted; `done` counts what was accepted, by kind of message."""

    def __init__(self, where: Where, seed: int) -> None:
        super().__init__(where, T0, busy_office())
        self.rng = Random(seed)
        self.where = where
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.offline: list[tuple[str, OfflineTicket]] = []
        self._kinds: list[tuple[int, Callable[[], tuple[Any, str]]]] = [
            (30, self._issue), (30, self._counter), (6, self._call_number), (3, self._cancel), (3, self._service),
            (3, self._lease), (6, self._print), (4, self._hand_over), (4, self._book), (2, self._unbook),
            (4, self._check_in),
        ]  # fmt: skip

    def step(self) -> None:
        """Some seconds later: one batch of a few commands; now and then a restart or a new day."""
        self.now_ms += self.rng.randrange(1, 40_000)
        if self.rng.random() < 0.008:
            self.now_ms += DAY_MS - self.rng.randrange(2 * 60 * MIN)
        if self.rng.random() < 0.01:
            self.restart()
        asked = [self._draw() for _ in range(self.rng.choice((1, 1, 1, 2, 5)))]
        actor = asked[0][1]
        self.batch([message for message, of in asked if of == actor], actor)

    def batch(self, messages: list[Any], actor: str) -> None:
        """As the writer does it."""
        for result in self.run(*messages, actor=actor):
            name = type(result.command.message).__name__
            if result.error is not None:
                self.refused[f"{name} {result.error.code}"] += 1
            else:
                self.done[name] += 1

    def restart(self) -> None:
        """The server ends in good order and comes back; what it has read is what it had."""
        self.store.close()
        before, fresh, n = self.state, self.fresh, self.n
        super().__init__(self.where, self.now_ms, self.office)
        assert not unlike(self.state, before)
        self.fresh, self.n = fresh, n

    def _draw(self) -> tuple[Any, str]:
        weights = [weight for weight, _ in self._kinds]
        return self.rng.choices(self._kinds, weights)[0][1]()

    def _ticket(self, *states: TicketState) -> Ticket | None:
        found = [t for t in self.state.tickets.values() if not states or t.state in states]
        return self.rng.choice(found) if found else None

    def _number(self, *states: TicketState) -> str:
        ticket = self._ticket(*states)
        return ticket.number if ticket is not None and self.rng.random() < 0.9 else "A998"

    def _issue(self) -> tuple[Any, str]:
        dossier = "H00.12-261118-0001" if self.rng.random() < 0.2 else None
        priority = self.rng.choice(("normal", "normal", "elderly"))
        message = IssueTicket(id=self.id(), service=self.rng.choice("AC"), priority=priority, dossier=dossier)
        return message, self.rng.choice(KIOSKS)

    def _counter(self) -> tuple[Any, str]:
        """Mostly what a clerk would press now."""
        n, draw = self.rng.choice(NUMBERS), self.rng.random()
        kind = self.rng.choice(self._sensible(n) if draw < 0.85 else _ALL)
        more: dict[str, Any] = {}
        if kind is c.Resume:
            held = self.state.held_at(n)
            more["number"] = self.rng.choice(held).number if held else "A998"
        elif kind is c.Transfer:
            more = {"to_service": self.rng.choice("AC")} if draw < 0.5 else {"to_counter": self.rng.choice(NUMBERS)}
        elif kind is c.Finish and draw < 0.3:
            more["next_service"] = self.rng.choice("AC")
        elif kind in (c.PauseCounter, c.CloseCounter):
            more["reason"] = self.rng.choice(("lunch", "họp", None))
        return kind(id=self.id(), counter=n, **more), "http:clerk"

    def _sensible(self, n: int) -> tuple[Any, ...]:
        current = self.state.current(n)
        if self.state.counters[n].status is not CounterStatus.OPEN:
            return (c.OpenCounter,)
        if current is None:
            back = [c.UndoNoShow] * 4 if self.state.counters[n].missed_id else []
            held = [c.Resume] * 6 if self.state.held_at(n) else []
            return (*[c.CallNext] * 8, *back, *held, c.Help, c.PauseCounter, c.CloseCounter)
        if current.state is TicketState.CALLED:
            return (c.Start, c.Start, c.Start, c.NoShow, c.NoShow, c.Recall, c.Requeue, c.CallNext)
        return (c.Finish, c.Finish, c.Finish, c.CallNext, c.Hold, c.Transfer)

    def _call_number(self) -> tuple[Any, str]:
        number = self._number(TicketState.WAITING, TicketState.HELD, TicketState.NO_SHOW)
        if self.offline and self.rng.random() < 0.5:  # printed, and not handed over yet
            number = self.rng.choice(self.offline)[1].number
        return c.CallNumber(id=self.id(), counter=self.rng.choice(NUMBERS), number=number), "http:clerk"

    def _cancel(self) -> tuple[Any, str]:
        ticket = self._ticket()
        return CancelTicket(id=self.id(), token=ticket.token if ticket else "nobody"), "http:phone"

    def _service(self) -> tuple[Any, str]:
        code = self.rng.choice("AC")
        if self.rng.random() < 0.15:
            return c.CloseService(id=self.id(), service=code, reason="hết biểu mẫu"), "http:manager"
        return c.OpenService(id=self.id(), service=code), "http:manager"

    def _lease(self) -> tuple[Any, str]:
        kiosk = self.rng.choice(KIOSKS)
        return LeaseBlocks(id=self.id(), epoch=f"epoch-of-{kiosk[5:]}"), kiosk

    def _print(self) -> tuple[Any, str]:
        """A kiosk without the server gives out the next number of a block; sometimes its request had arrived."""
        blocks = [b for b in self.state.blocks.values() if b.day == self.state.day]
        if not blocks:
            return self._lease()
        block = self.rng.choice(blocks)
        known = {t.number for _, t in self.offline} | set(self.state.by_number)
        serials = [f"{block.service}{s:03d}" for s in range(block.first, block.last + 1)]
        free = [number for number in serials if number not in known]
        if not free:
            return self._lease()
        touch = self.take(block.service)
        ticket = OfflineTicket(id=touch.id, block=block.id, number=free[0], taken_ms=self.now_ms)
        self.offline.append((block.kiosk, ticket))
        return (touch, block.kiosk) if self.rng.random() < 0.4 else self._lease()

    def _hand_over(self) -> tuple[Any, str]:
        if not self.offline:
            return self._lease()
        kiosk = self.rng.choice(self.offline)[0]
        told = [ticket for of, ticket in self.offline if of == kiosk][:5]
        if self.rng.random() < 0.8:  # else the reply is lost, and it hands them over again
            self.offline = [(of, ticket) for of, ticket in self.offline if ticket not in told]
        return HandOver(id=self.id(), epoch=f"epoch-of-{kiosk[5:]}", tickets=tuple(told)), kiosk

    def _book(self) -> tuple[Any, str]:
        soon_ms = self.rng.choice((10 * MIN, 20 * MIN, 90 * MIN, DAY_MS, 2 * DAY_MS))
        day = local(self.now_ms + soon_ms, self.office.office.timezone)
        start = f"{day:%H}:{'00' if day.minute < 30 else '30'}"
        person = f"+84 90{self.rng.randrange(10_000_000):07d}"
        message = ap.BookAppointment(
            id=self.id(), service=self.rng.choice("AC"), date=day.date().isoformat(), start=start, person=person
        )
        return message, "http:page"

    def _token(self) -> str:
        tokens = [a.token for a in self.state.appointments.values()]
        return self.rng.choice(tokens) if tokens else "nobody"

    def _unbook(self) -> tuple[Any, str]:
        return ap.CancelAppointment(id=self.id(), token=self._token()), "http:page"

    def _check_in(self) -> tuple[Any, str]:
        return ap.CheckIn(id=self.id(), token=self._token()), self.rng.choice(KIOSKS)
