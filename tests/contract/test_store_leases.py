"""Lent numbers in the database, on both engines: after each step of their life a restart finds the same state."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.messages import counters as c
from contracts.messages.leases import HAND_OVER_TICKETS_MAX, HandOver, LeaseBlocks, OfflineTicket
from contracts.messages.tickets import IssueTicket
from queue_server.adapters.store import OfficeStore, rows
from queue_server.adapters.store.database import Where
from queue_server.application.unit_of_work import Command
from queue_server.application.writer import BATCH_MAX
from queue_server.domain.apply import apply
from queue_server.domain.leases import live_blocks
from queue_server.domain.model import OfficeState
from tests.support.offices import MIN, fresh_state
from tests.support.stores import ENGINES, NUMBERS, OFFICE, Day, database, query

KIOSK, EPOCH, CLERK = "mqtt:kiosk-1", "epoch-0001", "http:clerk"
DAY_MS = 24 * 60 * MIN
DOSSIER = "H00.12-261118-0001"


@pytest.fixture(params=ENGINES)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Where]:
    with database(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def day(where: Where) -> Iterator[Day]:
    found = Day(where)
    yield found
    found.store.close()


def lend(day: Day, epoch: str = EPOCH, **spent: int) -> tuple[str, int]:
    """Block for today of service A: id and first number."""
    day.run(LeaseBlocks(id=day.id(), epoch=epoch, spent=spent), actor=KIOSK)
    blocks = live_blocks(day.state, KIOSK, epoch)
    return next((b.id, b.first) for b in blocks if b.service == "A" and b.day == day.state.day)


def paper(day: Day, block: str, serial: int, id_: str | None = None, **more: Any) -> OfflineTicket:
    return OfflineTicket(
        id=id_ or f"touch-{serial:04d}", block=block, number=f"A{serial:03d}", taken_ms=day.now_ms - MIN, **more
    )


def hand_over(day: Day, *papers: OfflineTicket) -> list[str | None]:
    result = day.run(HandOver(id=day.id(), epoch=EPOCH, tickets=papers), actor=KIOSK)[0]
    assert result.handed is not None
    return [handed.code for handed in result.handed]


def call(day: Day, serial: int, n: int = 1) -> None:
    assert day.run(c.CallNumber(id=day.id(), counter=n, number=f"A{serial:03d}"), actor=CLERK)[0].error is None


def again(day: Day, state: OfficeState) -> None:
    """A restart finds what was there."""
    assert day.store.load(NUMBERS) == state


def test_a_restart_after_each_step_finds_the_same_state(where: Where, day: Day) -> None:
    def step() -> None:
        again(day, day.state)

    block, first = lend(day)
    step()
    lend(day, **{block: first + 20})
    step()
    hand_over(day, paper(day, block, first, dossier=DOSSIER, procedure="1.001193"), paper(day, block, first + 1))
    step()
    day.run(IssueTicket(id="touch-twin", service="A", dossier=DOSSIER), actor=KIOSK)
    step()
    hand_over(day, paper(day, block, first + 2, "touch-twin", dossier=DOSSIER))
    assert day.state.tickets[day.state.by_number["A001"]].state.value == "void"
    step()
    for serial, kind in ((first + 3, c.Start), (first + 4, c.NoShow)):
        call(day, serial)
        step()
        day.run(kind(id=day.id(), counter=1), actor=CLERK)
        step()
    day.now_ms += 10 * MIN
    call(day, first + 5, n=3)
    day.run(c.Transfer(id=day.id(), counter=3, to_service="C"), actor=CLERK)
    day.run(c.CallNext(id=day.id(), counter=3), actor=CLERK)
    step()
    day.now_ms += 10 * MIN
    codes = hand_over(day, *(paper(day, block, first + i, lang="en") for i in (3, 4, 5, 6)))
    assert codes == [None] * 4
    step()
    day.run(c.CallNext(id=day.id(), counter=1), actor=CLERK)
    step()
    day.now_ms += DAY_MS
    hand_over(
        day, paper(day, block, first + 6), paper(day, block, first + 7), paper(day, block, first, dossier=DOSSIER)
    )
    step()
    journal_makes_the_state(where, day)


def journal_makes_the_state(where: Where, day: Day) -> None:
    state = OfficeState(counters=fresh_state(OFFICE).counters)
    for (data,) in query(where, "SELECT data FROM journal ORDER BY seq"):
        apply(state, rows.event_from(data))
        state.seq += 1
        assert DOSSIER not in data
    for ticket in day.state.tickets.values():  # a dossier is personal, and so not in the journal
        if ticket.dossier:
            state.tickets[ticket.id] = state.tickets[ticket.id].but(dossier=ticket.dossier)
    assert state == day.state


def test_a_repeated_hand_over_and_a_late_attempt_change_nothing_after_a_restart(where: Where) -> None:
    day = Day(where)
    block, first = lend(day)
    papers = [paper(day, block, first, "touch-0001"), paper(day, block, first + 1, "touch-0002")]
    day.run(IssueTicket(id="touch-0001", service="A"), actor=KIOSK)  # its reply is lost
    hand_over(day, *papers)
    day.store.close()
    after = Day(where, day.now_ms)
    assert hand_over(after, *papers) == [None, None]
    assert (
        after.run(IssueTicket(id="touch-0002", service="A"), actor=KIOSK)[0].ticket
        == after.state.by_number[f"A{first + 1}"]
    )
    given = after.run(IssueTicket(id="touch-0001", service="A"), actor=KIOSK)[0]
    assert given.ticket == after.state.by_number[f"A{first}"]
    assert after.state == day.state
    after.store.close()


def test_what_came_too_late_is_kept_as_a_row_of_its_own_day(where: Where, day: Day) -> None:
    block, first = lend(day)
    hand_over(day, paper(day, block, first))
    day.now_ms += DAY_MS
    for _ in range(2):
        assert hand_over(day, paper(day, block, first), paper(day, block, first + 1)) == [None, None]
    found = query(where, "SELECT number, state, day FROM tickets ORDER BY number")
    assert found == [(f"A{first}", "expired", "2026-11-23"), (f"A{first + 1}", "expired", "2026-11-23")]
    again(day, day.state)


def test_the_largest_batch_of_hand_overs_asks_for_all_its_ids(where: Where, day: Day) -> None:
    block, first = lend(day)
    hand_over(day, paper(day, block, first, "touch-known"))
    touches = [
        [paper(day, block, first, f"touch-{n}-{i}") for i in range(HAND_OVER_TICKETS_MAX)] for n in range(BATCH_MAX)
    ]
    touches[-1][-1] = paper(day, block, first, "touch-known")
    commands = [Command(KIOSK, "hand-over", HandOver(id=day.id(), epoch=EPOCH, tickets=tuple(t))) for t in touches]
    day.store.close()
    with OfficeStore(where, day.now_ms) as store:  # not loaded: it does not know yet which ids it need not ask for
        found = store.outcomes([key for command in commands for key in command.keys])
        assert list(found) == [(KIOSK, "touch-known")]
