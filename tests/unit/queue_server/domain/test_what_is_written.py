"""Every field of every event that a command writes into the journal, told as one long day."""

from typing import Any

from contracts.messages import appointments as a
from contracts.messages import counters as c
from contracts.messages.office_day import ConfirmDay
from contracts.messages.tickets import CancelTicket, IssueTicket
from queue_server.domain import events as ev
from queue_server.domain.decide import day_change, orphans
from queue_server.domain.timers import due
from tests.support.offices import DAY, MIN, T0, Desk, office

ID = "command-0001"
DAY_MS = 24 * 60 * MIN
TEN_30 = T0 + 16 * MIN + 40_000  # T0 is 10:13:20


def uuid(n: int) -> str:
    return f"00000000-0000-4000-8000-{n:012d}"


def token(n: int) -> str:
    return f"token{n:011d}"


def a_day(**changes: Any) -> Desk:
    return Desk(
        office(
            **{
                "office": {"id": "test", "name": {"vi": "Thử"}, "languages": ["vi", "en"]},
                "result": [{"code": "done", "name": {"vi": "Xong"}}, {"code": "papers", "name": {"vi": "Thiếu"}}],
                **changes,
            }
        )
    )


def test_a_ticket_is_issued() -> None:
    desk = a_day()
    assert desk.do(IssueTicket(id=ID, service="C", priority="elderly", lang="en", procedure="1.000001")) == [
        ev.TicketIssued(
            at_ms=T0, ticket=uuid(1), number="C001", service="C", priority="elderly", lang="en", token=token(2),
            serial=1, order_ms=T0, procedure="1.000001",
        )
    ]  # fmt: skip
    assert desk.do(IssueTicket(id=ID, service="C", lang="fr"), 1) == [
        ev.TicketIssued(
            at_ms=T0 + MIN, ticket=uuid(3), number="C002", service="C", priority="normal", lang="vi", token=token(4),
            serial=2, order_ms=T0 + MIN,
        )
    ]  # fmt: skip


def test_a_visit_from_call_to_end() -> None:
    desk = a_day()
    desk.do(IssueTicket(id=ID, service="C"))
    one = uuid(1)
    called = ev.TicketCalled(at_ms=T0 + MIN, ticket=one, counter=3, call_id=uuid(3), among=("C",))
    assert desk.do(c.CallNext(id=ID, counter=3), 1) == [called]
    assert desk.do(c.Recall(id=ID, counter=3), 1) == [
        ev.TicketRecalled(at_ms=T0 + 2 * MIN, ticket=one, counter=3, call_id=uuid(3), repeat=1)
    ]
    assert desk.do(c.Recall(id=ID, counter=3), 1) == [
        ev.TicketRecalled(at_ms=T0 + 3 * MIN, ticket=one, counter=3, call_id=uuid(3), repeat=2)
    ]
    assert desk.do(c.Start(id=ID, counter=3), 1) == [ev.ServingStarted(at_ms=T0 + 4 * MIN, ticket=one, counter=3)]
    assert desk.do(c.Hold(id=ID, counter=3), 1) == [ev.TicketHeld(at_ms=T0 + 5 * MIN, ticket=one, counter=3)]
    assert desk.do(c.Resume(id=ID, counter=3, number="c001"), 1) == [
        ev.TicketResumed(at_ms=T0 + 6 * MIN, ticket=one, counter=3)
    ]
    assert desk.do(c.Transfer(id=ID, counter=3, to_service="A", to_counter=2), 1) == [
        ev.TicketTransferred(at_ms=T0 + 7 * MIN, ticket=one, from_counter=3, to_service="A", to_counter=2)
    ]
    assert desk.do(c.CallNext(id=ID, counter=2), 1) == [
        ev.TicketCalled(at_ms=T0 + 8 * MIN, ticket=one, counter=2, call_id=uuid(4), among=("C",))
    ]
    assert desk.do(c.Finish(id=ID, counter=2, next_service="C", result="papers"), 1) == [
        ev.StageFinished(
            at_ms=T0 + 9 * MIN, ticket=one, counter=2, next_service="C", here=True, result="papers"
        )
    ]  # fmt: skip
    assert desk.do(c.Finish(id=ID, counter=2, result="done"), 1) == [
        ev.TicketFinished(at_ms=T0 + 10 * MIN, ticket=one, counter=2, result="done")
    ]


def test_a_stage_that_another_counter_goes_on_with() -> None:
    desk = a_day()
    desk.do(IssueTicket(id=ID, service="C"))
    desk.do(c.CallNext(id=ID, counter=3))
    assert desk.do(c.Finish(id=ID, counter=3, next_service="A"), 1) == [
        ev.StageFinished(at_ms=T0 + MIN, ticket=uuid(1), counter=3, next_service="A", here=False)
    ]


def test_missed_called_again_and_back_in_its_place() -> None:
    desk = a_day()
    desk.do(IssueTicket(id=ID, service="A"))
    desk.do(c.CallNext(id=ID, counter=1))
    assert desk.do(c.NoShow(id=ID, counter=1), 1) == [ev.TicketMissed(at_ms=T0 + MIN, ticket=uuid(1), counter=1)]
    assert desk.do(c.UndoNoShow(id=ID, counter=1), 1) == [
        ev.TicketCalled(at_ms=T0 + 2 * MIN, ticket=uuid(1), counter=1, call_id=uuid(4))
    ]
    assert desk.do(c.Requeue(id=ID, counter=1), 1) == [ev.TicketRequeued(at_ms=T0 + 3 * MIN, ticket=uuid(1), counter=1)]
    assert desk.do(CancelTicket(id=ID, token=token(2)), 1) == [
        ev.TicketCancelled(at_ms=T0 + 4 * MIN, ticket=uuid(1))
    ]  # fmt: skip


def test_the_next_call_ends_the_visit_before_it() -> None:
    desk = a_day()
    for service in "CAC":
        desk.do(IssueTicket(id=ID, service=service))
    desk.do(c.CallNext(id=ID, counter=2))
    assert desk.do(c.CallNext(id=ID, counter=2), 1) == [
        ev.TicketFinished(at_ms=T0 + MIN, ticket=uuid(1), counter=2),
        ev.TicketCalled(at_ms=T0 + MIN, ticket=uuid(5), counter=2, call_id=uuid(8), among=("C",)),
    ]
    assert desk.do(c.CallNumber(id=ID, counter=2, number="a001"), 1) == [
        ev.TicketFinished(at_ms=T0 + 2 * MIN, ticket=uuid(5), counter=2),
        ev.TicketCalled(at_ms=T0 + 2 * MIN, ticket=uuid(3), counter=2, call_id=uuid(9), among=("C", "A")),
    ]
    assert desk.do(c.CallNext(id=ID, counter=2), 1) == [
        ev.TicketFinished(at_ms=T0 + 3 * MIN, ticket=uuid(3), counter=2)
    ]


def test_counters_services_and_help() -> None:
    desk = a_day()
    assert desk.do(c.PauseCounter(id=ID, counter=1, reason="lunch"), 1) == [
        ev.CounterPaused(at_ms=T0 + MIN, counter=1, reason=c.reason_code("lunch"))
    ]
    assert desk.do(c.OpenCounter(id=ID, counter=1), 1) == [ev.CounterOpened(at_ms=T0 + 2 * MIN, counter=1)]
    assert desk.do(c.OpenCounter(id=ID, counter=1), 1) == []
    assert desk.do(c.CloseCounter(id=ID, counter=1, reason="meeting"), 1) == [
        ev.CounterClosed(at_ms=T0 + 4 * MIN, counter=1, reason=c.reason_code("meeting"))
    ]
    assert desk.do(c.Help(id=ID, counter=1), 1) == [ev.HelpAsked(at_ms=T0 + 5 * MIN, counter=1)]
    assert desk.do(c.CloseService(id=ID, service="A", reason="fault"), 1) == [
        ev.ServiceClosed(at_ms=T0 + 6 * MIN, service="A", reason=c.reason_code("fault"))
    ]
    assert desk.do(c.CloseService(id=ID, service="A"), 1) == []
    assert desk.do(c.OpenService(id=ID, service="A"), 1) == [ev.ServiceOpened(at_ms=T0 + 8 * MIN, service="A")]
    assert desk.do(ConfirmDay(id=ID, day=DAY), 1) == [ev.DayConfirmed(at_ms=T0 + 9 * MIN, day=DAY)]


def booking_day() -> Desk:
    services = [
        {"code": "A", "name": {"vi": "Hộ tịch"}, "slot_capacity": 2, "target_min": 30},
        {"code": "C", "name": {"vi": "Chứng thực"}},
    ]
    return a_day(service=services, hours={"mon_fri": ["07:30-11:30", "13:30-17:00"]})


def test_an_appointment_is_booked_given_back_and_checked_in() -> None:
    desk = booking_day()
    book = a.BookAppointment(id=ID, service="A", date=DAY, start="10:30", person="anh", lang="en")
    booked = ev.AppointmentBooked(
        at_ms=T0, appointment=uuid(1), token=token(2), service="A", day=DAY, start_ms=TEN_30,
        end_ms=TEN_30 + desk.office.appointments.slot_min * MIN, lang="en",
    )  # fmt: skip
    assert desk.do(book) == [booked]
    assert desk.do(a.CancelAppointment(id=ID, token=token(2)), 1) == [
        ev.AppointmentCancelled(at_ms=T0 + MIN, appointment=uuid(1))
    ]
    (again,) = desk.do(a.BookAppointment(id=ID, service="A", date=DAY, start="10:30", person="anh", lang="fr"))
    assert (again.lang, again.appointment, again.token) == ("vi", uuid(3), token(4))
    assert desk.do(a.CheckIn(id=ID, token=token(4)), 9) == [
        ev.TicketIssued(
            at_ms=T0 + 10 * MIN, ticket=uuid(5), number="A001", service="A", priority="normal", lang="vi",
            token=token(6), serial=1, order_ms=TEN_30, appointment=uuid(3),
        ),
        ev.AppointmentCheckedIn(at_ms=T0 + 10 * MIN, appointment=uuid(3), checked_in=uuid(5)),
    ]  # fmt: skip
    assert desk.do(a.CheckIn(id=ID, token=token(4)), 1) == []


def test_midnight() -> None:
    desk = booking_day()
    desk.do(a.BookAppointment(id=ID, service="A", date=DAY, start="10:30", person="anh"))
    desk.do(IssueTicket(id=ID, service="A"))
    desk.do(IssueTicket(id=ID, service="C"))
    desk.do(c.CallNext(id=ID, counter=1))
    desk.do(c.Finish(id=ID, counter=1))
    at_ms = T0 + DAY_MS
    assert day_change(desk.state, desk.office, T0) == []
    assert day_change(desk.state, desk.office, T0 - DAY_MS) == []
    assert day_change(desk.state, desk.office, at_ms) == [
        ev.TicketExpired(at_ms=at_ms, ticket=uuid(5)),
        ev.AppointmentMissed(at_ms=at_ms, appointment=uuid(1)),
        ev.DayStarted(at_ms=at_ms, day="2026-11-24"),
    ]


def test_tickets_of_a_counter_that_the_office_file_lost() -> None:
    desk = a_day()
    for service in "ACCCA":
        desk.do(IssueTicket(id=ID, service=service))
    for n in (1, 3):
        desk.do(c.CallNext(id=ID, counter=n))
    desk.do(c.Start(id=ID, counter=3))
    desk.do(c.CallNext(id=ID, counter=2))
    desk.do(c.Hold(id=ID, counter=2))
    assert orphans(desk.state, T0) == []
    for n in (2, 3):
        del desk.state.counters[n]
    at = {t.number: t.id for t in desk.state.tickets.values()}
    assert orphans(desk.state, T0 + 7) == [
        ev.TicketRequeued(at_ms=T0 + 7, ticket=at["C001"], counter=3),
        ev.TicketRequeued(at_ms=T0 + 7, ticket=at["C002"], counter=2),
    ]


def test_what_time_does_by_itself() -> None:
    desk = a_day(
        counter=[{"n": 1, "name": {"vi": "Quầy 1"}, "skills": {"A": 1, "C": 2}, "auto_call": True}],
        queue={"auto_call_s": 30, "alert_min": 10},
    )
    desk.do(c.PauseCounter(id=ID, counter=1))
    desk.do(IssueTicket(id=ID, service="A"))
    desk.do(c.OpenCounter(id=ID, counter=1), 25)
    now_ms = T0 + 25 * MIN + 30_000
    assert due(desk.state, desk.office, now_ms, desk.fresh) == [
        ev.TargetAtRisk(at_ms=now_ms, ticket=uuid(1)),
        ev.TicketCalled(at_ms=now_ms, ticket=uuid(1), counter=1, call_id=uuid(3), among=("A", "C")),
    ]
    assert due(desk.state, desk.office, T0 + 20 * MIN - 1, desk.fresh) == []
