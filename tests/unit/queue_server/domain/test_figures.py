"""Estimates, weights, edges and instants to the last digit."""

from math import sqrt
from typing import Any

import pytest

from contracts.messages import counters as c
from contracts.messages.common import Estimate
from contracts.messages.leases import LeaseBlocks
from contracts.messages.tickets import IssueTicket
from queue_server.domain import events as ev
from queue_server.domain.apply import apply
from queue_server.domain.clock_trust import STEADY_MS, ClockTrust, after_boot, believed, judge
from queue_server.domain.decide import decide
from queue_server.domain.decide_ticket import next_serial
from queue_server.domain.estimates import SERVICE_CV, Z_90, Forecast, SharedWork, until_place
from queue_server.domain.model import Block, CounterState, OfficeState
from queue_server.domain.policies import LAST, Accumulating, HeadStart, Interleaved, Strict, after
from queue_server.domain.replay import play_again, remember
from queue_server.domain.slots import day_from, slot_times
from queue_server.domain.timers import alert_after_ms, at_risk, next_due_ms, waiting_since
from tests.support.offices import DAY, MIN, T0, Desk, fresh_state, office

ID = "command-0001"
RUN = 5_000_000


def forecast(desk: Desk, service: str, ahead: int) -> Estimate:
    found = SharedWork().forecast(desk.state, desk.office, service, ahead, desk.now_ms).estimate
    assert found is not None
    return found


def estimate(work_min: list[float], counters: int) -> Estimate:
    """From the pieces of work ahead, in minutes."""
    likely = sum(work_min) / counters
    spread = Z_90 * SERVICE_CV * sqrt(sum(w * w for w in work_min)) / counters
    return Estimate(round(60 * max(0.0, likely - spread)), round(60 * likely), round(60 * (likely + spread)))


def test_an_estimate_of_shared_work() -> None:
    desk = Desk()  # A takes 8 min, C 5; counter 1 does A, 2 does both, 3 does C
    for service in "AACCC":
        desk.do(IssueTicket(id=ID, service=service))
    assert forecast(desk, "A", 2) == estimate([8.0, 8.0, 2.5, 2.5, 2.5], 2)  # half the counters of C do A too
    assert forecast(desk, "A", 7) == estimate([8.0] * 7 + [2.5] * 3, 2)
    assert forecast(desk, "C", 1) == estimate([4.0, 4.0, 5.0], 2)
    assert forecast(desk, "A", 0) == estimate([2.5, 2.5, 2.5], 2)
    desk.do(c.CloseCounter(id=ID, counter=2))
    assert forecast(desk, "A", 2) == estimate([8.0, 8.0], 1)
    assert forecast(desk, "A", 30) == estimate([8.0] * 30, 1)
    assert forecast(desk, "A", 30).low_s > 0


def test_what_is_left_at_a_counter() -> None:
    desk = Desk(office(counter=[{"n": 1, "name": {"vi": "1"}, "skills": {"A": 1, "C": 1}}]))
    desk.do(IssueTicket(id=ID, service="A"))
    desk.do(c.CallNext(id=ID, counter=1))
    assert forecast(desk, "A", 0) == estimate([8.0], 1)
    desk.now_ms += MIN
    assert forecast(desk, "A", 1) == estimate([8.0, 7.0], 1)  # called a minute ago
    desk.do(c.Start(id=ID, counter=1), 1)
    assert forecast(desk, "A", 0) == estimate([8.0], 1)  # the visit begins now
    desk.now_ms += 3 * MIN
    assert forecast(desk, "A", 0) == estimate([5.0], 1)
    desk.now_ms += 3 * MIN
    assert forecast(desk, "A", 0) == estimate([4.0], 1)  # half the mean at least


def test_nobody_ahead_and_an_idle_counter_is_no_wait() -> None:
    desk = Desk()
    assert forecast(desk, "A", 0) == Estimate(0, 0, 0)
    assert forecast(desk, "A", 1) == estimate([8.0], 2)
    desk.do(IssueTicket(id=ID, service="A"))
    assert forecast(desk, "C", 0) == Estimate(0, 0, 0)  # counter 3 has nobody to call
    desk.do(IssueTicket(id=ID, service="C"))
    assert forecast(desk, "C", 0) == estimate([4.0], 2)
    desk.do(c.CallNext(id=ID, counter=3))
    assert forecast(desk, "C", 0) == estimate([4.0, 5.0], 2)


def test_one_estimator_sees_counters_and_office_files_change() -> None:
    desk, shared = Desk(), SharedWork()

    def likely_s(ahead: int = 2) -> int | None:
        found = shared.forecast(desk.state, desk.office, "A", ahead, desk.now_ms).estimate
        return found.likely_s if found else None

    desk.do(IssueTicket(id=ID, service="A"))
    assert likely_s() == 480
    desk.do(c.PauseCounter(id=ID, counter=2))
    assert likely_s() == 960
    desk.do(c.PauseCounter(id=ID, counter=1))
    assert likely_s() is None
    desk.do(c.OpenCounter(id=ID, counter=1))
    services = [{"code": code, "name": {"vi": code}, "mean_min": 3} for code in "AC"]
    desk.office = office(service=services)
    assert likely_s() == 360
    known = shared._known
    assert likely_s() == 360
    assert shared._known is known  # worked out once


def test_until_a_place_to_come() -> None:
    short = Forecast(Estimate(0, 60, 300))
    assert until_place(short, 1_999, 1_000) is short  # less than a second
    assert until_place(short, 2_000, 1_000).estimate == Estimate(0, 60, 301)
    assert until_place(short, 62_999, 1_000).estimate == Estimate(0, 61, 361)


# ---- clocks ----


def test_a_clock_is_believed_anew_from_a_second_on() -> None:
    trust = ClockTrust(T0 - RUN)
    for off_ms, same in (
        (0, True),
        (STEADY_MS - 1, True),
        (1 - STEADY_MS, True),
        (STEADY_MS, False),
        (-STEADY_MS, False),
    ):
        found = believed(trust, T0 + off_ms, RUN)
        assert (found is trust) is same
        assert found == (trust if same else ClockTrust(T0 - RUN + off_ms))
    assert believed(None, T0, RUN) == ClockTrust(T0 - RUN)
    assert believed(ClockTrust(T0 - RUN, jumped=True), T0, RUN) == ClockTrust(T0 - RUN)
    empty = fresh_state(office())
    assert judge(trust, T0, RUN, empty, "Asia/Ho_Chi_Minh") is trust
    assert judge(trust, T0 + 3 * 24 * 60 * MIN, RUN, empty, "Asia/Ho_Chi_Minh") == ClockTrust(
        T0 + 3 * 24 * 60 * MIN - RUN
    )
    assert after_boot(T0 + 5, RUN, empty, "Asia/Ho_Chi_Minh") == ClockTrust(T0 + 5 - RUN)


# ---- policies ----


CLASSES = [
    {"code": "elderly", "name": {"vi": "x"}, "head_start_min": 10, "rank": 1, "ratio": 1, "rate": 2},
    {"code": "disabled", "name": {"vi": "y"}, "head_start_min": 15, "rank": 2, "ratio": 2, "rate": 3.5},
]


def test_weights() -> None:
    of = office(priority=CLASSES)
    assert HeadStart(of).weight("elderly", T0, T0, None) == (T0 - 10 * MIN, 0)
    assert Strict(of).weight("disabled", T0, T0, None) == (-2, T0)
    assert Accumulating(of).weight("disabled", T0 - 10, T0, None) == (-3500, T0 - 10)
    assert Accumulating(of).weight("normal", T0 - 10, T0, None) == (-1000, T0 - 10)
    assert Accumulating(of).weight("disabled", T0 + 10, T0, None) == (0, T0 + 10)
    table: dict[Any, tuple[int, int, int]] = {  # of normal, elderly, disabled
        None: (2, 1, 1), ("normal", 5): (2, 1, 1), ("gone", 1): (2, 1, 1), ("elderly", 1): (0, 1, 0),
        ("elderly", 2): (0, 1, 0), ("disabled", 1): (2, 1, 0), ("disabled", 2): (0, 0, 1),
    }  # fmt: skip
    for turn, expected in table.items():
        found = [Interleaved(of).weight(cls, T0, T0, turn) for cls in ("normal", "elderly", "disabled")]
        assert found == [(group, T0) for group in expected], turn
    assert [after(None, "a"), after(("a", 1), "a"), after(("a", 4), "b")] == [("a", 1), ("a", 2), ("b", 1)]


def test_edges() -> None:
    of, place = office(priority=CLASSES), (T0, "A005")
    assert HeadStart(of).edge("elderly", "disabled", place, T0) == (T0 - 5 * MIN, "A005")
    strict = Strict(of)
    assert strict.edge("elderly", "elderly", place, T0) == place
    higher, lower = strict.edge("elderly", "normal", place, T0), strict.edge("elderly", "disabled", place, T0)
    assert higher > (10**15, LAST)
    assert lower < (-(10**15), "")
    adds = Accumulating(of)
    assert adds.edge("elderly", "elderly", place, T0 + 9) == place
    assert adds.edge("elderly", "normal", place, T0 + 9) == (T0 + 5, "")  # 900 points of 200 a ms: 4.5 ms
    assert adds.edge("elderly", "normal", place, T0 + 10) == (T0 + 5, "")
    assert adds.edge("normal", "elderly", place, T0 + 9) == (T0 - 9, LAST)
    assert adds.edge("normal", "disabled", place, T0 + 1) == (T0 + 1 - 3, "")  # 350 points: 3.5 ms
    assert adds.edge("normal", "elderly", place, T0) == place  # no points yet
    assert adds.edge("normal", "elderly", place, T0 + 1) == (T0 - 1, LAST)


# ---- timers ----


def test_alerts_and_who_is_at_risk() -> None:
    desk = Desk(office(queue={"alert_min": 10}))
    for service in "CACA":
        desk.do(IssueTicket(id=ID, service=service), 1)
    ids = [t.id for t in desk.state.tickets.values()]
    assert next_due_ms(desk.state, desk.office, desk.now_ms) == T0 + MIN + 10 * MIN  # C: 20 - 10
    for ticket in (ids[3], ids[1], ids[0]):
        apply(desk.state, ev.TargetAtRisk(at_ms=T0, ticket=ticket))
    assert [t.id for t in at_risk(desk.state)] == [ids[0], ids[1], ids[3]]
    assert [alert_after_ms(desk.office, service) for service in desk.office.service] == [20 * MIN, 10 * MIN]
    late = office(queue={"alert_min": 25})
    assert [alert_after_ms(late, service) for service in late.service] == [15 * MIN, 10 * MIN]


def test_since_when_somebody_waits() -> None:
    desk = Desk()
    desk.do(IssueTicket(id=ID, service="A"))
    (ticket,) = desk.state.tickets.values()
    assert waiting_since(ticket) == T0
    assert waiting_since(ticket.but(stage_ms=T0 + 5)) == T0 + 5
    assert waiting_since(ticket.but(order_ms=T0 + 9)) == T0 + 9
    assert waiting_since(ticket.but(order_ms=T0 - 9)) == T0


def test_an_idle_counter_calls_by_itself_after_the_youngest_reason() -> None:
    desk = Desk(
        office(
            queue={"auto_call_s": 30, "alert_min": 0.5},
            counter=[{"n": 1, "name": {"vi": "1"}, "skills": {"A": 1, "C": 1}, "auto_call": True}],
        )
    )
    assert next_due_ms(desk.state, desk.office, T0) is None
    desk.do(IssueTicket(id=ID, service="A"), 1)
    assert next_due_ms(desk.state, desk.office, desk.now_ms) == T0 + MIN + 30_000
    desk.do(c.CallNext(id=ID, counter=1))
    desk.do(IssueTicket(id=ID, service="A"))
    desk.do(c.Finish(id=ID, counter=1), 2)
    assert next_due_ms(desk.state, desk.office, desk.now_ms) == T0 + 3 * MIN + 30_000  # idle since then
    desk.do(c.PauseCounter(id=ID, counter=1), 1)
    assert next_due_ms(desk.state, desk.office, desk.now_ms) == T0 + 30 * MIN + 30_000  # the alert only
    desk.do(c.OpenCounter(id=ID, counter=1), 1)
    assert next_due_ms(desk.state, desk.office, desk.now_ms) == T0 + 5 * MIN + 30_000


# ---- lending ----


def lend(desk: Desk, spent: dict[str, int] | None = None) -> list[Any]:
    command = LeaseBlocks(id=ID, epoch="epoch-0001", spent=spent or {})
    events = decide(desk.state, desk.office, command, desk.now_ms, desk.fresh, "mqtt:kiosk-1")
    for event in events:
        apply(desk.state, event)
    return events


def test_what_lending_writes() -> None:
    desk = Desk(office(queue={"lease_numbers": 30}))
    granted = lend(desk)
    assert granted == [
        ev.BlockGranted(
            at_ms=T0, block=f"00000000-0000-4000-8000-{n:012d}", kiosk="mqtt:kiosk-1", epoch="epoch-0001",
            service=service, day=day, first=first, last=first + 29,
        )
        for n, (service, day, first) in enumerate(
            [("A", DAY, 970), ("C", DAY, 970), ("A", "2026-11-24", 940), ("C", "2026-11-24", 940)], 1
        )
    ]  # fmt: skip
    desk.now_ms += 7
    assert lend(desk, {granted[0].block: 975, granted[1].block: 9, "gone": 970}) == [
        ev.BlockSpent(at_ms=T0 + 7, block=granted[0].block, spent=975)
    ]
    assert lend(desk, {granted[0].block: 975}) == []
    (spent,) = lend(desk, {granted[0].block: 984})  # 15 of 30 are left
    assert spent.spent == 984
    assert [type(e) for e in lend(desk, {granted[0].block: 985})] == [ev.BlockSpent, ev.BlockGranted]


def test_our_own_numbers_jump_what_is_lent() -> None:
    state = fresh_state(office())
    blocks = [
        ("b1", "A", DAY, 3, 5),
        ("b2", "A", "2026-11-24", 6, 7),
        ("b3", "A", "2026-11-20", 8, 9),
        ("b4", "C", DAY, 1, 9),
    ]
    state.blocks = {i: Block(i, "k", "e", service, day, first, last) for i, service, day, first, last in blocks}
    found = []
    for last in (0, 1, 2, 5, 7, 8):
        state.serials = {"A": last}
        found.append(next_serial(state, "A"))
    assert found == [1, 2, 8, 8, 8, 9]
    assert next_serial(state, "C") == 10
    assert next_serial(state, "Z") == 1


# ---- slots ----


def test_slots_of_a_day() -> None:
    of = office(hours={"mon_fri": ["07:30-08:20", "13:30-13:45", "14:00-14:15"]}, appointments={"slot_min": 15})
    day = day_from(DAY)
    assert day is not None
    half_past_seven = T0 - (2 * 60 + 43) * MIN - 20_000
    clocks = {"07:30": 0, "07:45": 15, "08:00": 30, "13:30": 360, "14:00": 390}
    assert [(s.clock, s.start_ms, s.end_ms) for s in slot_times(of, day)] == [
        (clock, half_past_seven + at * MIN, half_past_seven + (at + 15) * MIN) for clock, at in clocks.items()
    ]
    assert [day_from(text) for text in ("20261123", "2026-W48-1", "2026-02-30", "")] == [None] * 4


# ---- the day once more ----


def test_a_day_played_again_gives_what_no_table_keeps() -> None:
    desk = Desk()
    for service in "AACC":
        desk.do(IssueTicket(id=ID, service=service))
    for command in (
        c.CallNumber(id=ID, counter=2, number="C002"),
        c.Hold(id=ID, counter=2),
        c.CallNext(id=ID, counter=2),
        c.Hold(id=ID, counter=2),
        c.CallNext(id=ID, counter=1),
        c.Finish(id=ID, counter=1),
    ):
        desk.do(command, 1)  # fmt: skip
    started = ev.DayStarted(at_ms=T0, day=DAY)
    played = play_again([started, *desk.log], {}, {})
    assert dict(played.counters) == {n: desk.state.counters[n] for n in (1, 2)}
    assert (played.tickets, played.lanes, played.day) == (desk.state.tickets, desk.state.lanes, DAY)
    read = desk.state.fork()
    read.calls, read.passed, read.passed_most, read.turns, read.idle_ms = (), {}, 0, {}, {}
    read.held = dict(reversed(read.held.items()))
    remember(read, played)
    assert read == desk.state
    assert list(read.held) == list(desk.state.held)
    assert len(read.held) == 2
    read.held = {next(iter(read.held)): None}
    remember(read, played)
    assert len(read.held) == 1
    block = Block("b1", "k", "e", "A", DAY, 970, 999)
    assert play_again([started], {"b1": block}, {}).blocks == {"b1": block}
    with pytest.raises(KeyError):
        play_again(desk.log[-1:], {}, {})


def test_a_fork_and_what_it_came_from_do_not_see_each_other() -> None:
    desk = Desk()
    for service in "AAC":
        desk.do(IssueTicket(id=ID, service=service))
    desk.do(c.CallNext(id=ID, counter=1))
    desk.do(c.Hold(id=ID, counter=1))
    before = desk.state.fork()
    other = before.fork()
    assert before == other == desk.state
    assert (other.waits, other.classes) == (before.waits, before.classes)
    desk.do(IssueTicket(id=ID, service="A", priority="elderly"))
    desk.do(c.Resume(id=ID, counter=1, number="A001"))
    desk.do(c.CallNext(id=ID, counter=3))
    desk.do(c.CloseService(id=ID, service="C"))
    assert before == other
    assert (before.waits, list(before.classes)) == ({"A": 1, "C": 1}, ["normal"])
    assert isinstance(OfficeState().counters, dict)
    assert before.counters[1] == CounterState(
        1, before.counters[1].status, 0, None, None, None, before.counters[1].call_id
    )
