"""The first estimate: exact in the cases that have an exact answer, and never narrower than it knows."""

from contracts.messages import counters as c
from contracts.messages.common import Estimate
from contracts.messages.tickets import IssueTicket
from queue_server.domain.estimates import Forecast, SharedWork, until_place
from tests.support.offices import Desk

ID = "command-0001"


def ahead(desk: Desk, service: str, count: int) -> object:
    return SharedWork().forecast(desk.state, desk.office, service, count, desk.now_ms)


def test_an_idle_counter_is_no_wait() -> None:
    forecast = ahead(Desk(), "A", 0)
    assert forecast.estimate is not None
    assert forecast.estimate.high_s == 0


def test_no_open_counter_says_so() -> None:
    desk = Desk()
    desk.do(c.CloseCounter(id=ID, counter=2))
    desk.do(c.CloseCounter(id=ID, counter=3))
    forecast = ahead(desk, "C", 3)
    assert forecast.estimate is None
    assert forecast.reason == "no_counter"


def test_work_is_shared_by_the_counters_that_can_do_it() -> None:
    desk = Desk()
    desk.do(c.CloseCounter(id=ID, counter=2))  # now counter 1 alone does A, 3 alone does C
    for _ in range(4):
        desk.do(IssueTicket(id=ID, service="A"))
    forecast = ahead(desk, "A", 4)
    assert forecast.estimate is not None
    assert forecast.estimate.likely_s == 4 * 8 * 60
    assert forecast.estimate.low_s < forecast.estimate.likely_s < forecast.estimate.high_s


def test_one_more_ahead_never_shortens_the_wait() -> None:
    desk = Desk()
    likely = []
    for _ in range(6):
        desk.do(IssueTicket(id=ID, service="C"))
        forecast = ahead(desk, "C", desk.state.waiting("C"))
        assert forecast.estimate is not None
        likely.append(forecast.estimate.likely_s)
    assert likely == sorted(likely)


def test_an_idle_counter_with_its_own_queue_is_no_promise_for_others() -> None:
    desk = Desk()
    for service in "ACC":
        desk.do(IssueTicket(id=ID, service=service))
    desk.do(c.CallNext(id=ID, counter=1))  # A001; counter 2 is idle, helps with A, but two C wait for it first
    forecast = ahead(desk, "A", 0)
    assert forecast.estimate is not None
    assert forecast.estimate.likely_s > 0


def test_before_its_slot_an_appointment_waits_until_then_at_the_worst() -> None:
    now_ms, slot_ms = 1_000_000, 1_000_000 + 50 * 60_000
    short = Forecast(Estimate(0, 60, 300))
    assert until_place(short, slot_ms, now_ms).estimate == Estimate(0, 3000, 3300)
    assert until_place(Forecast(Estimate(600, 3600, 7200)), slot_ms, now_ms).estimate == Estimate(600, 3600, 10_200)
    assert until_place(short, now_ms, now_ms) == short
    assert until_place(short, now_ms - 1, now_ms) == short
    unknown = Forecast(None, "no_counter")
    assert until_place(unknown, slot_ms, now_ms) == unknown
