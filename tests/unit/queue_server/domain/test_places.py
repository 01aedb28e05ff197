"""Places that are not the moment of arrival: the head, a slot to come, a ticket sent to one counter."""

from contracts.messages import counters as c
from contracts.messages.tickets import IssueTicket
from queue_server.domain import events as ev
from queue_server.domain.apply import apply
from queue_server.domain.policies import POLICIES
from queue_server.domain.routing import head_ms, lineup, next_for
from queue_server.domain.timers import next_due_ms, waiting_since
from tests.support.offices import MIN, Desk, office

ID = "command-0001"
CLASSES = [{"code": "elderly", "name": {"vi": "x"}, "head_start_min": 10, "rank": 1, "ratio": 9, "rate": 2}]


def desk_of(policy: str, overtaken_max: int = 20) -> Desk:
    return Desk(office(queue={"policy": policy, "overtaken_max": overtaken_max}, priority=CLASSES))


def take(desk: Desk, service: str = "A", priority: str = "normal", after_min: float = 0) -> None:
    desk.do(IssueTicket(id=ID, service=service, priority=priority), after_min=after_min)


def placed(desk: Desk, serial: int, order_ms: int, service: str = "A", priority: str = "normal") -> None:
    event = ev.TicketIssued(
        at_ms=desk.now_ms, ticket=desk.fresh.uuid(), number=f"{service}{serial:03d}", service=service, lang="vi",
        priority=priority, token=desk.fresh.token(), serial=serial, order_ms=order_ms,
    )  # fmt: skip
    apply(desk.state, event)


def test_the_head_is_before_everybody_under_every_policy() -> None:
    for policy in POLICIES:
        desk = desk_of(policy)
        take(desk, priority="elderly")
        placed(desk, 50, head_ms(desk.now_ms + MIN))
        placed(desk, 51, head_ms(desk.now_ms))  # of two at the head: who was first
        called = [t.number for t in lineup(desk.state, desk.office, 1, desk.now_ms)]
        assert called == ["A051", "A050", "A001"], policy


def test_slots_to_come_merge_by_time_whatever_the_class() -> None:
    desk = desk_of("accumulating")
    placed(desk, 50, desk.now_ms + 10 * MIN, priority="elderly")
    placed(desk, 51, desk.now_ms + 15 * MIN)
    placed(desk, 52, desk.now_ms - MIN)
    assert [t.number for t in lineup(desk.state, desk.office, 1, desk.now_ms)] == ["A052", "A050", "A051"]


def test_who_was_sent_to_a_counter_of_another_service_is_not_passed_over_for_ever() -> None:
    desk = desk_of("strict", overtaken_max=2)
    take(desk, "A")
    desk.do(c.CallNext(id=ID, counter=1))
    desk.do(c.Transfer(id=ID, counter=1, to_counter=3))  # counter 3 does C only
    called = []
    for _ in range(4):
        take(desk, "C", "elderly", after_min=1)
    for _ in range(3):
        desk.do(c.CallNext(id=ID, counter=3))
        called.append(desk.number_at(3))
    assert called == ["C001", "C002", "A001"]


def test_a_ticket_sent_to_a_helping_counter_stands_once_in_its_list() -> None:
    desk = Desk()
    take(desk, "A")
    take(desk, "A", after_min=1)
    take(desk, "C", after_min=1)
    desk.do(c.CallNext(id=ID, counter=1))
    desk.do(c.Transfer(id=ID, counter=1, to_counter=2))  # does C, and helps with A
    line = [t.number for t in lineup(desk.state, desk.office, 2, desk.now_ms)]
    assert line == ["A001", "C001", "A002"]
    first = next_for(desk.state, desk.office, 2, desk.now_ms)
    assert first is not None
    assert first.number == "A001"


def test_the_target_of_an_appointment_counts_from_its_slot() -> None:
    desk = Desk()
    placed(desk, 1, desk.now_ms + 20 * MIN)  # checked in 20 minutes early; target 30, alert 5 before
    assert next_due_ms(desk.state, desk.office, desk.now_ms) == desk.now_ms + 45 * MIN
    ticket = next(iter(desk.state.tickets.values()))
    assert waiting_since(ticket) == ticket.order_ms == desk.now_ms + 20 * MIN


def test_who_is_early_for_an_appointment_is_called_by_an_idle_counter() -> None:
    counters = [{"n": 1, "name": {"vi": "1"}, "skills": {"A": 1, "C": 1}, "auto_call": True}]
    desk = Desk(office(counter=counters))
    placed(desk, 1, desk.now_ms + 20 * MIN)
    assert next_due_ms(desk.state, desk.office, desk.now_ms) == desk.now_ms + 5_000
