"""Three kiosks whose wires lose requests, lose replies or are cut, for an hour: nothing printed is lost, doubled or a
ghost when they are back (design.md §4, Offline leases)."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from contracts.messages.common import TicketState
from contracts.messages.counters import CallNext, CallNumber, Finish, OpenCounter
from tests.support.cut_off import KIOSKS, CutOffOffice, Paper, TestKiosk, cut_off_office

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

HOUR_S = 3600.0
WEATHER_S = 300.0
VISIT_S = 40.0
CALL_S = 75.0
ANSWER_S = 6.0
"""Touches this close together may stand in either order: one was answered at once, the other after waiting."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[CutOffOffice]:
    with cut_off_office(tmp_path) as made:
        for counter in made.office.counter:
            made.clerk("open", OpenCounter(id=_id(), counter=counter.n))
        yield made


def _id() -> str:
    return str(uuid.uuid4())


def with_blocks(office: CutOffOffice, *names: str) -> list[TestKiosk]:
    kiosks = [office.start_kiosk(name) for name in names]
    office.until(lambda: all(k.state.leases and k.state.leases.book.blocks for k in kiosks), "leases")
    return kiosks


WEATHERS = {
    "cut": None,
    "requests lost": lambda topic: "/cmd/" in topic,
    "replies lost": lambda topic: "/reply/" in topic,
    "half of all lost": None,
}


class Weather:
    """What the wires do, changing every few minutes."""

    def __init__(self, office: CutOffOffice, rng: Random) -> None:
        self._office, self._rng, self.seen = office, rng, set[str]()

    def change(self) -> None:
        for name, wire in self._office.wires.items():
            kind = self._rng.choice(sorted(WEATHERS))
            self.seen.add(kind)
            dice = Random(self._rng.random())
            half = lambda topic, dice=dice: ("/cmd/" in topic or "/reply/" in topic) and dice.random() < 0.5  # noqa: E731
            wire.loses = WEATHERS[kind] or half
            wire.cut() if kind == "cut" else wire.heal()
            assert name

    def clear(self) -> None:
        for wire in self._office.wires.values():
            wire.loses = lambda _topic: False
            wire.heal()


class Clerks:
    """Counters that finish and call, and now and then call a number that a visitor shows them."""

    def __init__(self, office: CutOffOffice, rng: Random) -> None:
        self._office, self._rng = office, rng
        self.by_number: list[str] = []

    def work(self) -> None:
        n = self._rng.choice([c.n for c in self._office.office.counter])
        office = self._office
        if office.queue.current(n) is not None:
            office.clerk("finish", Finish(id=_id(), counter=n))
        shown = [p.number for p in office.papers if p.offline and p.number not in office.queue.by_number]
        if shown and self._rng.random() < 0.4:
            number = self._rng.choice(shown)
            assert office.clerk("call", CallNumber(id=_id(), counter=n, number=number)).ok
            self.by_number.append(number)
        else:
            office.clerk("call-next", CallNext(id=_id(), counter=n))


def test_an_hour_of_bad_wires(office: CutOffOffice) -> None:
    rng = Random(20261123)
    kiosks = with_blocks(office, *KIOSKS)
    services = [service.code for service in office.office.service]
    weather, clerks = Weather(office, rng), Clerks(office, rng)
    end_s, turn_s, call_s = office.hand.s + HOUR_S, office.hand.s, office.hand.s + CALL_S
    visits = {kiosk.name: office.hand.s for kiosk in kiosks}
    while office.hand.s < end_s:
        if office.hand.s >= turn_s:
            turn_s += WEATHER_S
            weather.change()
        for kiosk in kiosks:
            if office.hand.s >= visits[kiosk.name]:
                visits[kiosk.name] = office.hand.s + rng.uniform(0.5, 1.5) * VISIT_S
                kiosk.touch(rng.choice(services))
        if office.hand.s >= call_s:
            call_s += rng.uniform(0.5, 1.5) * CALL_S
            clerks.work()
        office.step()
    unknown = [p.number for p in office.papers if p.number not in office.queue.by_number]
    weather.clear()
    office.until(lambda: all(map(office.online, kiosks)), "all wires whole", steps=4000)
    office.run(120)

    assert weather.seen == set(WEATHERS), "every kind of trouble"
    assert len(unknown) >= 10, "much was waiting for its hand-over"
    assert len(clerks.by_number) >= 3
    assert_nothing_lost(office)
    voided = [t for t in office.queue.tickets.values() if t.state is TicketState.VOID]
    assert len(voided) >= 3, "twins of lost replies"
    work_off(office)
    assert_called_once(office)


def assert_nothing_lost(office: CutOffOffice) -> None:
    papers, queue = office.papers, office.queue
    numbers = [paper.number for paper in papers]
    assert len(numbers) >= 150
    assert len(set(numbers)) == len(numbers), "a number on two papers"
    alive = [t for t in queue.tickets.values() if t.state is not TicketState.VOID]
    assert sorted(t.number for t in alive) == sorted(numbers), "every paper once, and no ghost"
    for kiosk in office.kiosks:
        assert kiosk.state.leases is not None
        assert kiosk.state.leases.book.tickets == (), "nothing waits any more"
        assert kiosk.core._spool._file.refused() == []
    assert_in_order(office, papers)


def assert_in_order(office: CutOffOffice, papers: list[Paper]) -> None:
    places = {t.number: t for t in office.queue.tickets.values() if t.state is not TicketState.VOID}
    for service in office.office.service:
        mine = [paper for paper in papers if paper.number.startswith(service.code)]
        for index, first in enumerate(mine):
            for later in mine[index + 1 :]:
                apart_s = later.touched_s - first.touched_s
                if (
                    places[first.number].state is TicketState.WAITING
                    and places[later.number].state is TicketState.WAITING
                ):
                    in_order = places[first.number].order_ms < places[later.number].order_ms
                    assert in_order or apart_s <= ANSWER_S, (first, later)


def work_off(office: CutOffOffice) -> None:
    """Everybody is called."""
    n = office.office.counter[0].n
    while office.clerk("call-next", CallNext(id=_id(), counter=n)).ticket is not None:
        office.clerk("finish", Finish(id=_id(), counter=n))


def assert_called_once(office: CutOffOffice) -> None:
    assert len(set(office.calls)) == len(office.calls), "called twice"
    assert sorted(office.calls) == sorted(paper.number for paper in office.papers), "everybody was called"


def test_zz_stats(office: CutOffOffice) -> None:
    import cProfile, pstats
    pr = cProfile.Profile(); pr.enable()
    test_an_hour_of_bad_wires(office)
    pr.disable()
    print(len(office.papers), sum(p.offline for p in office.papers), [w.lost for w in office.wires.values()], office.refusals)
    print([t.number for t in office.queue.tickets.values() if t.state is TicketState.VOID])
    pstats.Stats(pr).sort_stats("tottime").print_stats(14)
