"""Several services in one visit, result codes, reasons, and the limit on recalls."""

from typing import Any

import pytest

from contracts.errors import Rejected
from contracts.messages import counters as c
from contracts.messages.common import TicketState
from contracts.messages.tickets import IssueTicket
from queue_server.application.unit_of_work import Command, decide_batch
from tests.support.offices import T0, Counted, Desk, fresh_state, office

ID = "command-0001"
RESULTS = [{"code": "done", "name": {"vi": "Xong"}}, {"code": "missing", "name": {"vi": "Thiếu giấy tờ"}}]


def serving(desk: Desk, n: int = 1, service: str = "A") -> Desk:
    desk.do(IssueTicket(id=ID, service=service))
    desk.do(c.CallNext(id=ID, counter=n), after_min=4)
    desk.do(c.Start(id=ID, counter=n), after_min=1)
    return desk


def refused(desk: Desk, command: Any) -> str:
    before = desk.state.fork()
    with pytest.raises(Rejected) as why:
        desk.do(command)
    assert desk.state == before
    return why.value.code


def test_a_result_is_one_of_the_office() -> None:
    desk = serving(Desk(office(result=RESULTS)))
    assert refused(desk, c.Finish(id=ID, counter=1, result="nonsense")) == "unknown_result"
    desk.do(c.Finish(id=ID, counter=1, result="missing"))
    assert desk.state.tickets[desk.state.by_number["A001"]].result == "missing"


def test_without_rows_any_plain_code_is_a_result() -> None:
    desk = serving(Desk())
    desk.do(c.Finish(id=ID, counter=1, result="anything"))
    assert desk.state.tickets[desk.state.by_number["A001"]].result == "anything"


def test_the_visit_goes_on_here_where_the_counter_can() -> None:
    desk = serving(Desk(), 2, "C")  # counter 2 does C, and helps with A
    desk.do(c.Finish(id=ID, counter=2, next_service="A", result="done"), after_min=5)
    ticket = desk.state.current(2)
    assert ticket is not None
    assert (ticket.number, ticket.service, ticket.state) == ("C001", "A", TicketState.SERVING)
    assert ticket.started_ms == desk.now_ms
    assert [(s.service, s.counter, s.result, s.transferred) for s in ticket.past] == [("C", 2, "done", False)]
    assert ticket.called_ms == T0 + 4 * 60_000  # the first call of the visit: what the wait is measured to
    desk.do(c.Finish(id=ID, counter=2), after_min=3)
    assert desk.state.tickets[ticket.id].state is TicketState.DONE


def test_the_visit_goes_on_in_the_queue_in_its_first_place_where_the_counter_cannot() -> None:
    desk = serving(Desk())
    desk.do(IssueTicket(id=ID, service="C"), after_min=1)
    desk.do(c.Finish(id=ID, counter=1, next_service="C"), after_min=5)
    assert desk.number_at(1) is None
    ticket = desk.state.tickets[desk.state.by_number["A001"]]
    assert (ticket.state, ticket.stage_ms, ticket.started_ms) == (TicketState.WAITING, desk.now_ms, None)
    desk.do(c.CallNext(id=ID, counter=3))
    assert desk.number_at(3) == "A001"


def test_a_service_that_nobody_has_is_refused() -> None:
    three = [{"code": code, "name": {"vi": code}} for code in "ACE"]
    desk = serving(Desk(office(service=three, counter=[
        {"n": 1, "name": {"vi": "1"}, "skills": {"A": 1, "C": 1}}, {"n": 2, "name": {"vi": "2"}, "skills": {"E": 1}}
    ])))  # fmt: skip
    assert refused(desk, c.Finish(id=ID, counter=1, next_service="X")) == "unknown_service"
    desk.office = office(service=three[:2])
    assert refused(desk, c.Finish(id=ID, counter=1, next_service="E")) == "unknown_service"
    assert refused(desk, c.Finish(id=ID, counter=2, next_service="A")) == "no_current_ticket"


def test_recalls_have_a_limit() -> None:
    desk = Desk()
    desk.do(IssueTicket(id=ID, service="A"))
    desk.do(c.CallNext(id=ID, counter=1))
    desk.do(c.Recall(id=ID, counter=1))  # after a call at once
    assert refused(desk, c.Recall(id=ID, counter=1)) == "rate_limited"
    desk.now_ms += 2_999
    assert refused(desk, c.Recall(id=ID, counter=1)) == "rate_limited"
    desk.now_ms += 1
    desk.do(c.Recall(id=ID, counter=1))
    assert desk.state.calls[0].repeat == 2


@pytest.mark.parametrize(("said", "kept"), [("lunch", "lunch"), ("bà Tư gọi", "other"), (None, None)])
def test_the_journal_keeps_a_reason_as_a_code_only(said: str | None, kept: str | None) -> None:
    of = office()
    state = fresh_state(of)
    commands = [
        Command("http:test", "pause", c.PauseCounter(id="command-01", counter=1, reason=said)),
        Command("http:test", "close", c.CloseCounter(id="command-02", counter=2, reason=said)),
        Command("http:test", "close-service", c.CloseService(id="command-03", service="A", reason=said)),
    ]
    batch = decide_batch(state, of, commands, {}, T0, Counted())
    assert [entry.event.reason for entry in batch.changes.entries] == [kept] * 3  # type: ignore[union-attr]  # these three have one
    assert [batch.state.counters[n].reason for n in (1, 2)] == [said, said]  # shown as said
    assert batch.state.closed_services["A"] == (said or "staff")
