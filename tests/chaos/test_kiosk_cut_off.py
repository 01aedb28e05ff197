"""Three kiosks whose wires lose requests, lose replies or are cut, for an hour: nothing printed is lost, doubled or a
ghost when they are back (design.md §4, Offline leases)."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from contracts.messages.common import TicketState
from contracts.messages.counters import CallNext, CallNumber, Finish, OpenCounter
from contracts.messages.tickets import IssueTicket
from kiosk.flow.state import Screen
from tests.support.cut_off import KIOSKS, NINE_MS, CutOffOffice, Paper, TestKiosk, cut_off_office

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


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 12))])
def test_an_hour_of_bad_wires(office: CutOffOffice, seed: int) -> None:
    rng = Random(seed)
    kiosks = with_blocks(office, *KIOSKS)
    services = [service.code for service in office.office.service]
    weather, clerks = Weather(office, rng), Clerks(office, rng)
    end_s, turn_s, call_s = office.hand.s + HOUR_S, office.hand.s, office.hand.s + CALL_S
    visits, unknown = {kiosk.name: office.hand.s for kiosk in kiosks}, 0
    while office.hand.s < end_s:
        if office.hand.s >= turn_s:
            turn_s += WEATHER_S
            unknown = max(unknown, sum(p.number not in office.queue.by_number for p in office.papers))
            weather.change()
        for kiosk in kiosks:
            if office.hand.s >= visits[kiosk.name]:
                visits[kiosk.name] = office.hand.s + rng.uniform(0.5, 1.5) * VISIT_S
                kiosk.touch(rng.choice(services))
        if office.hand.s >= call_s:
            call_s += rng.uniform(0.5, 1.5) * CALL_S
            clerks.work()
        office.step()
    weather.clear()
    office.until(lambda: all(map(office.online, kiosks)), "all wires whole", steps=4000)
    office.run(120)

    assert weather.seen == set(WEATHERS), "every kind of trouble"
    assert unknown >= 10, "much was waiting for its hand-over"
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
    alive = [t for t in queue.tickets.values() if t.state is not TicketState.VOID and t.number not in ghosts(office)]
    assert sorted(t.number for t in alive) == sorted(numbers), "every paper once"
    assert all(queue.by_number[number] and number in office.calls for number in ghosts(office)), "no ghost waits"
    for kiosk in office.kiosks:
        assert kiosk.state.leases is not None
        assert kiosk.state.leases.book.tickets == (), "nothing waits any more"
        assert kiosk.core._spool._file.refused() == []
    assert_in_order(office, papers)


def ghosts(office: CutOffOffice) -> set[str]:
    """Twins of lost replies that were called before the kiosk could say that nobody has them."""
    papers = {paper.number for paper in office.papers}
    alive = {t.number for t in office.queue.tickets.values() if t.state is not TicketState.VOID}
    return alive - papers


def assert_in_order(office: CutOffOffice, papers: list[Paper]) -> None:
    """Those who wait, by service; whose twin was called in vain goes to the head, and is not compared."""
    waiting = {t.number: t for t in office.queue.tickets.values() if t.state is TicketState.WAITING}
    normal = [p for p in papers if p.number in waiting and waiting[p.number].order_ms >= NINE_MS]
    for index, first in enumerate(normal):
        for later in normal[index + 1 :]:
            if later.number[0] == first.number[0] and later.touched_s - first.touched_s > ANSWER_S:
                ahead, behind = waiting[first.number], waiting[later.number]
                assert ahead.order_ms < behind.order_ms, (first, later, ahead, behind)


def work_off(office: CutOffOffice) -> None:
    """Everybody is called."""
    n = office.office.counter[0].n
    while office.clerk("call-next", CallNext(id=_id(), counter=n)).ticket is not None:
        office.clerk("finish", Finish(id=_id(), counter=n))


def assert_called_once(office: CutOffOffice) -> None:
    assert len(set(office.calls)) == len(office.calls), "called twice"
    everybody = sorted(paper.number for paper in office.papers)
    assert sorted(set(office.calls) - ghosts(office)) == everybody, "everybody was called"


def cut(office: CutOffOffice, *kiosks: TestKiosk) -> None:
    """Their wires are cut, and they have noticed."""
    for kiosk in kiosks:
        office.wires[kiosk.name].cut()
    office.until(lambda: not any(map(office.online, kiosks)), "the loss")


def heal(office: CutOffOffice, *kiosks: TestKiosk) -> None:
    """All is well, and handed over."""
    for kiosk in kiosks:
        office.wires[kiosk.name].heal()
    office.until(lambda: all(map(office.online, kiosks)), "the return", steps=4000)
    office.until(lambda: not any(waiting(kiosk) for kiosk in kiosks), "the hand-over")


def waiting(kiosk: TestKiosk) -> list[str]:
    """Numbers that the kiosk has still to hand over."""
    assert kiosk.state.leases is not None
    return [spooled.ticket.number for spooled in kiosk.state.leases.book.tickets]


def visit(office: CutOffOffice, kiosk: TestKiosk, service: str = "A") -> str:
    """A visitor touches, takes the paper and leaves; the number on it, or the notice that came instead."""
    before = len(kiosk.papers)
    office.until(lambda: kiosk.state.screen is Screen.HOME, "the first screen")
    office.step()
    assert kiosk.touch(service) is not None
    office.until(lambda: kiosk.state.screen in (Screen.TICKET, Screen.NOTICE), "an answer")
    return kiosk.papers[-1].number if len(kiosk.papers) > before else kiosk.state.visit.notice


def test_a_kiosk_that_starts_without_the_server_gives_numbers_of_its_day(office: CutOffOffice) -> None:
    (kiosk,) = with_blocks(office, "kiosk-1")
    office.run(90)
    cut(office, kiosk)
    office.run(200)
    first = visit(office, kiosk)
    kiosk.restart(off_s=300)
    assert kiosk.state.screen is Screen.AWAY, "starting"
    second = visit(office, kiosk)
    kiosk.restart(off_s=20 * HOUR_S)  # the next morning, still cut off
    third = visit(office, kiosk)
    kiosk.restart(off_s=300, wall_ahead_ms=-20 * 365 * 86_400_000)  # the battery died
    fourth = visit(office, kiosk)
    assert [first, second, third, fourth] == ["A970", "A971", "A940", "A941"]
    heal(office, kiosk)
    there = {t.number: t.state for t in office.queue.tickets.values()}
    assert there == {"A940": TicketState.WAITING, "A941": TicketState.WAITING}
    assert {"2026-11-23/A970", "2026-11-23/A971"} == office.queue.late, "yesterday's, when their day is over"


def test_a_spent_block_sends_people_to_staff_and_never_to_another_number(office: CutOffOffice) -> None:
    kiosk, other = with_blocks(office, "kiosk-1", "kiosk-2")
    cut(office, kiosk, other)
    numbers = [visit(office, kiosk) for _ in range(31)]
    assert len(set(numbers[:30])) == 30
    assert numbers[30] == "lease_spent"
    assert visit(office, kiosk, "C") == "C970", "another service still has numbers"
    assert visit(office, other) not in numbers
    heal(office, kiosk, other)
    assert visit(office, kiosk) == "A001"
    cut(office, kiosk)
    assert visit(office, kiosk)[1:] < "970", "a fresh block"


def test_a_kiosk_whose_spool_is_lost_comes_with_a_new_epoch_and_repeats_no_number(office: CutOffOffice) -> None:
    (kiosk,) = with_blocks(office, "kiosk-1")
    cut(office, kiosk)
    first = visit(office, kiosk)
    kiosk.core.stop()
    (office.data / "kiosk-1" / "spool" / "kiosk-1.sqlite").write_bytes(b"flash that lost its mind" * 1000)
    kiosk.restart(off_s=60)
    office.run(10)
    assert kiosk.state.screen is Screen.AWAY, "nothing to give from"
    heal(office, kiosk)
    office.until(lambda: bool(kiosk.state.leases and kiosk.state.leases.book.blocks), "another lease")
    cut(office, kiosk)
    second = visit(office, kiosk)
    heal(office, kiosk)
    assert first != second
    clerk = office.clerk("call", CallNumber(id=_id(), counter=1, number=first))
    assert clerk.ok, "the paper of the lost spool is called by number"
    assert [t.number for t in office.queue.tickets.values() if t.state is TicketState.WAITING] == [second]


def test_a_late_reply_makes_no_second_paper(office: CutOffOffice) -> None:
    (kiosk,) = with_blocks(office, "kiosk-1")
    office.wires["kiosk-1"].loses = lambda topic: "/reply/" in topic
    number = visit(office, kiosk)
    assert number == "A970"
    assert [t.number for t in office.queue.tickets.values()] == ["A001"], "the twin of the lost reply"
    office.wires["kiosk-1"].loses = lambda _topic: False
    office.until(lambda: not waiting(kiosk), "the hand-over")
    states = {t.number: t.state for t in office.queue.tickets.values()}
    assert states == {"A001": TicketState.VOID, "A970": TicketState.WAITING}
    assert [p.number for p in kiosk.papers] == ["A970"]


def test_the_twin_was_called_meanwhile(office: CutOffOffice) -> None:
    (kiosk,) = with_blocks(office, "kiosk-1")
    office.wires["kiosk-1"].loses = lambda topic: "/reply/" in topic
    assert visit(office, kiosk) == "A970"
    assert office.clerk("call-next", CallNext(id=_id(), counter=1)).ticket.number == "A001", "nobody has this paper"
    office.live.submit("http:test", "issue", IssueTicket(id=_id(), service="A"), lambda _reply: None)
    office.wires["kiosk-1"].loses = lambda _topic: False
    office.until(lambda: not waiting(kiosk), "the hand-over")
    assert office.clerk("call-next", CallNext(id=_id(), counter=2)).ticket.number == "A970", "the paper goes first"
