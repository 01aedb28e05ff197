"""What is worked out once and looked up: renewed when what it was made of changes, and only then."""

from typing import Any

import pytest

from contracts.messages import counters as c
from contracts.messages.leases import LeaseBlocks
from contracts.messages.tickets import IssueTicket
from queue_server.domain import decide_ticket
from queue_server.domain.apply import apply
from queue_server.domain.clock import STEP_BACK_MS_MAX
from queue_server.domain.clock_trust import FAR_MS_MAX, after_boot, next_event_ms
from queue_server.domain.decide import decide
from queue_server.domain.estimates import SharedWork
from queue_server.domain.leases import ONLINE_RESERVE, SERIAL_MAX, SHARES, block_numbers
from queue_server.domain.model import Block
from queue_server.domain.routing import lineup
from tests.support.offices import DAY, T0, Desk, fresh_state, office

ID = "command-0001"


def test_lent_blocks_are_looked_through_once_for_a_set_of_blocks_and_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide_ticket, "_lent", None)
    state = fresh_state(office())
    today, old = Block("b1", "k", "e", "A", DAY, 1, 3), Block("b2", "k", "e", "A", "2026-11-20", 5, 9)
    state.blocks = {"b1": today, "b2": old}
    found = decide_ticket._lent_of(state, "A")
    assert found == [today]
    assert decide_ticket._lent_of(state, "A") is found
    assert decide_ticket._lent_of(state, "C") == []
    state.day = "2026-11-20"
    assert decide_ticket._lent_of(state, "A") == [today, old]
    state.blocks = {"b2": old}
    assert decide_ticket._lent_of(state, "A") == [old]


def test_who_shares_work_is_worked_out_once_for_an_office_file_and_open_counters() -> None:
    desk, shared = Desk(), SharedWork()
    first = shared._sharing(desk.state, desk.office)
    assert shared._sharing(desk.state, desk.office) is first
    desk.do(IssueTicket(id=ID, service="A"))
    desk.do(c.CallNext(id=ID, counter=1))
    assert shared._sharing(desk.state, desk.office) is first  # the same counters are open
    assert shared._sharing(desk.state, desk.office) is first
    desk.do(c.PauseCounter(id=ID, counter=3))
    closed = shared._sharing(desk.state, desk.office)
    assert closed != first
    assert shared._sharing(desk.state, desk.office) is closed
    services = [{"code": code, "name": {"vi": code}, "mean_min": 3} for code in "AC"]
    desk.office = office(service=services)
    assert shared._sharing(desk.state, desk.office) not in (first, closed)


def test_of_many_kiosks_none_takes_what_another_needs() -> None:
    def numbers(lease: int, kiosks: list[list[str]], service: str = "A") -> int:
        rows = [{"id": f"kiosk-{i}", "name": {"vi": "K"}, "services": services} for i, services in enumerate(kiosks)]
        return block_numbers(office(queue={"lease_numbers": lease}, kiosk=rows), service)

    assert numbers(1, []) == 1
    assert [numbers(200, []), numbers(200, [["A"]]), numbers(200, [[]])] == [200] * 3
    half = (SERIAL_MAX - ONLINE_RESERVE) // (SHARES * 2)
    assert [numbers(200, [["A"], [], ["C"]], service) for service in "AC"] == [half] * 2
    assert numbers(200, [["A"], ["C"]]) == 200
    assert numbers(30, [["A"]] * 20) == (SERIAL_MAX - ONLINE_RESERVE) // (SHARES * 20)


def test_events_go_not_back_while_somebody_is_here() -> None:
    desk = Desk()
    back_ms = T0 - 60_000
    assert next_event_ms(desk.state, back_ms) == back_ms  # nobody is here
    desk.do(IssueTicket(id=ID, service="A"))
    assert next_event_ms(desk.state, back_ms) == T0
    assert next_event_ms(desk.state, T0 + 5) == T0 + 5
    assert next_event_ms(desk.state, T0 - STEP_BACK_MS_MAX - 1) == T0 - STEP_BACK_MS_MAX - 1
    desk.do(c.CallNext(id=ID, counter=1))
    assert next_event_ms(desk.state, back_ms) == T0
    desk.do(c.Hold(id=ID, counter=1))
    assert next_event_ms(desk.state, back_ms) == T0
    desk.do(c.Resume(id=ID, counter=1, number="A001"))
    desk.do(c.Finish(id=ID, counter=1))
    assert next_event_ms(desk.state, back_ms) == back_ms


def test_the_turns_of_a_class_are_counted_on_into_the_help() -> None:
    desk = Desk(
        office(
            queue={"policy": "interleaved"},
            priority=[{"code": "disabled", "name": {"vi": "x"}, "ratio": 2}],
        )
    )
    for service, priority in (("C", "disabled"), ("C", "disabled"), ("A", "disabled"), ("A", "normal")):
        desk.do(IssueTicket(id=ID, service=service, priority=priority))
    line = [t.number for t in lineup(desk.state, desk.office, 2, desk.now_ms)]
    assert line == ["C001", "C002", "A002", "A001"]  # two of them were called: now one of the others


def test_half_of_a_fair_block_is_enough() -> None:
    kiosks = [{"id": f"kiosk-{i}", "name": {"vi": "K"}, "services": ["A"]} for i in (1, 2)]
    desk = Desk(office(queue={"lease_numbers": 200}, kiosk=kiosks))
    first = lend(desk)
    block = first[0]
    assert block.last - block.first + 1 == (SERIAL_MAX - ONLINE_RESERVE) // (SHARES * 2)  # 133
    assert len(lend(desk, {block.block: block.first + 42})) == 1  # 90 are left


def lend(desk: Desk, spent: dict[str, int] | None = None) -> list[Any]:
    command = LeaseBlocks(id=ID, epoch="epoch-0001", spent=spent or {})
    events = decide(desk.state, desk.office, command, desk.now_ms, desk.fresh, "mqtt:kiosk-1")
    for event in events:
        apply(desk.state, event)
    return events


def test_half_a_year_is_too_far_for_an_office_at_rest() -> None:
    state = fresh_state(office())
    for more_ms, jumped in ((0, False), (1, True)):
        assert after_boot(T0 + FAR_MS_MAX + more_ms, 0, state, "Asia/Ho_Chi_Minh").jumped is jumped
