"""Why a counter's wish, a claim or a hand-over is refused: the code, and nothing changed."""

from collections.abc import Callable
from typing import Any

import pytest

from contracts.errors import Rejected
from contracts.messages import counters as c
from contracts.messages.leases import OfflineTicket
from contracts.messages.tickets import CancelTicket, IssueTicket
from queue_server.domain import events as ev
from queue_server.domain.apply import apply
from queue_server.domain.hand_over import claim, hand_over
from queue_server.domain.leases import block_of, kiosk_id
from queue_server.domain.model import Block
from tests.support.offices import DAY, MIN, T0, Desk, office

ID = "command-0001"
KIOSK, EPOCH = "mqtt:kiosk-1", "epoch-0001"


def wish(kind: Callable[..., Any], n: int = 1, **more: Any) -> Any:
    return kind(id=ID, counter=n, **more)


def lend(desk: Desk, block: str = "b1", service: str = "A", day: str = DAY, first: int = 970) -> None:
    event = ev.BlockGranted(
        at_ms=desk.now_ms, block=block, kiosk=KIOSK, epoch=EPOCH, service=service, day=day, first=first, last=first + 29
    )
    apply(desk.state, event)


@pytest.fixture
def desk() -> Desk:
    """A001 is called at counter 1, A002 and C001 wait."""
    made = Desk()
    for service in "AAC":
        made.do(IssueTicket(id=ID, service=service))
    made.do(wish(c.CallNext))
    return made


def code_of(desk: Desk, command: Any) -> str:
    before = desk.state.fork()
    with pytest.raises(Rejected) as why:
        desk.do(command)
    assert desk.state == before
    return why.value.code


def test_what_cannot_be_called_by_number(desk: Desk) -> None:
    assert code_of(desk, wish(c.CallNumber, 3, number="A001")) == "wrong_state"
    desk.do(wish(c.Start))
    assert code_of(desk, wish(c.CallNumber, 3, number="A001")) == "wrong_state"
    desk.do(wish(c.Finish))
    assert code_of(desk, wish(c.CallNumber, 3, number="A001")) == "wrong_state"
    assert code_of(desk, wish(c.CallNumber, 3, number="A003")) == "unknown_ticket"
    desk.do(wish(c.PauseCounter, 3))
    assert code_of(desk, wish(c.CallNumber, 3, number="A002")) == "counter_closed"
    assert code_of(desk, wish(c.CallNext, 3)) == "counter_closed"


def test_an_office_where_the_next_call_does_not_end_the_visit() -> None:
    desk = Desk(office(queue={"call_next_finishes": False}))
    for service in "AAC":
        desk.do(IssueTicket(id=ID, service=service))
    desk.do(wish(c.CallNext))
    lend(desk)
    for command in (wish(c.CallNext), *(wish(c.CallNumber, number=number) for number in ("A002", "A975"))):
        assert code_of(desk, command) == "counter_busy"


@pytest.mark.parametrize("kind", [c.Recall, c.NoShow, c.Start, c.Requeue])
def test_what_is_for_called_tickets_only(desk: Desk, kind: Callable[..., Any]) -> None:
    desk.do(wish(c.Start))
    assert code_of(desk, wish(kind)) == "wrong_state"


def test_a_visit_goes_on_only_where_somebody_can_serve_it(desk: Desk) -> None:
    assert code_of(desk, wish(c.Finish, next_service="Z")) == "unknown_service"
    assert code_of(desk, wish(c.Transfer, to_service="Z")) == "unknown_service"
    assert code_of(desk, wish(c.Transfer, to_service="Z", to_counter=2)) == "unknown_service"
    assert code_of(desk, wish(c.Transfer)) == "malformed"
    assert code_of(desk, wish(c.Transfer, to_counter=9)) == "unknown_counter"
    desk.do(wish(c.CloseCounter, 3))
    assert code_of(desk, wish(c.Transfer, to_counter=3)) == "counter_closed"
    desk.do(wish(c.PauseCounter, 3))
    for counter in desk.office.counter:
        counter.skills.pop("C", None)
    assert code_of(desk, wish(c.Finish, next_service="C")) == "skill_missing"
    assert code_of(desk, wish(c.Transfer, to_service="C")) == "skill_missing"
    (sent,) = desk.do(wish(c.Transfer, to_service="C", to_counter=3))  # whom a clerk names may take it
    assert (sent.to_service, sent.to_counter) == ("C", 3)


def test_results_are_of_the_office_file_if_it_has_any(desk: Desk) -> None:
    desk.do(wish(c.Finish, result="anything"))
    strict = Desk(office(result=[{"code": "done", "name": {"vi": "Xong"}}]))
    strict.do(IssueTicket(id=ID, service="A"))
    strict.do(wish(c.CallNext))
    assert code_of(strict, wish(c.Finish, result="anything")) == "unknown_result"
    assert strict.do(wish(c.Finish))[0].result is None


def test_a_no_show_is_undone_at_its_counter_while_that_is_free(desk: Desk) -> None:
    assert code_of(desk, wish(c.UndoNoShow)) == "no_current_ticket"
    desk.do(wish(c.NoShow))
    assert code_of(desk, wish(c.UndoNoShow, 3)) == "no_current_ticket"
    desk.do(wish(c.CallNumber, 3, number="C001"))
    desk.do(wish(c.Hold, 3))
    desk.do(wish(c.CallNumber, 3, number="A001"))  # it came to another counter
    assert code_of(desk, wish(c.UndoNoShow)) == "no_current_ticket"
    desk.do(wish(c.NoShow, 3))
    assert code_of(desk, wish(c.UndoNoShow)) == "no_current_ticket"
    desk.do(wish(c.Resume, 3, number="C001"))
    assert code_of(desk, wish(c.UndoNoShow, 3)) == "counter_busy"
    desk.do(wish(c.PauseCounter, 3))
    assert code_of(desk, wish(c.UndoNoShow, 3)) == "counter_closed"


def test_a_held_ticket_is_taken_up_where_it_is_held(desk: Desk) -> None:
    assert code_of(desk, wish(c.Resume, number="A001")) == "wrong_state"
    desk.do(wish(c.Hold))
    assert code_of(desk, wish(c.Resume, 2, number="A001")) == "wrong_state"
    assert code_of(desk, wish(c.Resume, number="A009")) == "unknown_ticket"
    desk.do(wish(c.CallNext))
    assert code_of(desk, wish(c.Resume, number="A001")) == "counter_busy"
    desk.do(wish(c.Finish))
    desk.do(wish(c.PauseCounter))
    assert code_of(desk, wish(c.Resume, number="A001")) == "counter_closed"


def test_recalls_have_three_seconds_between_them(desk: Desk) -> None:
    desk.do(wish(c.Recall))  # the first at once: the call itself is no recall
    assert code_of(desk, wish(c.Recall)) == "rate_limited"
    desk.now_ms += 2_999
    assert code_of(desk, wish(c.Recall)) == "rate_limited"
    desk.now_ms += 1
    desk.do(wish(c.Recall))


def test_a_counter_with_a_ticket_does_not_close(desk: Desk) -> None:
    assert code_of(desk, wish(c.CloseCounter)) == "counter_busy"
    for kind in (c.Help, c.PauseCounter, c.OpenCounter, c.CloseCounter):
        assert code_of(desk, wish(kind, 9)) == "unknown_counter"


def test_what_is_over_is_not_given_back(desk: Desk) -> None:
    token = desk.state.tickets[desk.state.by_number["A001"]].token
    assert code_of(desk, CancelTicket(id=ID, token=token)) == "wrong_state"
    desk.do(wish(c.Hold))
    desk.do(CancelTicket(id=ID, token=token))
    assert code_of(desk, CancelTicket(id=ID, token=token)) == "wrong_state"


# ---- lent numbers ----


def test_a_lent_number_is_claimed_by_a_call(desk: Desk) -> None:
    lend(desk)
    fresh = f"00000000-0000-4000-8000-{desk.fresh.n + 1:012d}"
    current = desk.state.by_number["A001"]
    at_ms = T0 + MIN
    events = desk.do(wish(c.CallNumber, number="a975"), 1)
    assert events[:2] == [
        ev.TicketFinished(at_ms=at_ms, ticket=current, counter=1),
        ev.TicketClaimed(
            at_ms=at_ms, ticket=fresh, number="A975", service="A", lang="vi",
            token=f"token{desk.fresh.n - 1:011d}", order_ms=at_ms,
        ),
    ]  # fmt: skip
    assert events[2:] == [
        ev.TicketCalled(
            at_ms=at_ms, ticket=fresh, counter=1, call_id=f"00000000-0000-4000-8000-{desk.fresh.n:012d}"
        )
    ]  # fmt: skip
    assert len(desk.do(wish(c.CallNumber, 3, number="A976"))) == 2  # that counter was free


def test_what_is_not_lent_today_or_later_cannot_be_claimed(desk: Desk) -> None:
    lend(desk)
    lend(desk, "b0", "A", "2026-11-20", 910)
    lend(desk, "b2", "A", "2026-11-24", 940)
    lend(desk, "b3", "B")
    for number in ("C975", "A910", "A939"):
        assert code_of(desk, wish(c.CallNumber, number=number)) == "unknown_ticket"
    assert code_of(desk, wish(c.CallNumber, number="B975")) == "unknown_service"
    for number in ("A970", "A940"):
        claim(desk.state, desk.office, number, T0, desk.fresh)


def test_the_block_of_a_number(desk: Desk) -> None:
    lend(desk)
    lend(desk, "b2", "A", "2026-11-24", 940)
    lend(desk, "b3", "C", DAY, 940)

    def found(service: str, serial: int, day: str) -> str | None:
        block = block_of(desk.state, service, serial, day)
        return block.id if block else None

    asked = [(s, n, d) for s in "AC" for n in (940, 970) for d in (DAY, "2026-11-24")]
    assert [found(*one) for one in asked] == ["b2", "b2", "b1", None, "b3", None, None, None]


def test_the_name_of_a_kiosk() -> None:
    assert kiosk_id("mqtt:kiosk-1") == "kiosk-1"
    assert kiosk_id("mqtt:kiosk:1") == "kiosk:1"


def give(desk: Desk, number: str, block: str = "b1", actor: str = KIOSK, known: str | None = None) -> list[Any]:
    paper = OfflineTicket(id="touch-0001", block=block, number=number, taken_ms=T0)
    return hand_over(desk.state, desk.office, actor, paper, known, T0, T0, desk.fresh)


def test_what_is_handed_over_is_of_a_block_of_that_kiosk(desk: Desk) -> None:
    lend(desk)
    lend(desk, "b3", "B")
    for number, block, actor, code in (
        ("A975", "b9", KIOSK, "lease_unknown"),
        ("A975", "b1", "mqtt:kiosk-2", "lease_unknown"),
        ("C975", "b1", KIOSK, "lease_unknown"),
        ("A969", "b1", KIOSK, "lease_unknown"),
        ("B975", "b3", KIOSK, "unknown_service"),
    ):
        with pytest.raises(Rejected) as why:
            give(desk, number, block, actor)
        assert why.value.code == code, (number, block, actor)
    (event,) = give(desk, "a975")
    apply(desk.state, event)
    assert give(desk, "A975", known=event.ticket) == []
    for number, known, code in (("A975", None, "lease_spent"), ("A976", event.ticket, "id_reused")):
        with pytest.raises(Rejected) as why:
            give(desk, number, known=known)
        assert why.value.code == code


def test_a_block_says_which_numbers_it_has() -> None:
    block = Block("b", KIOSK, EPOCH, "A", DAY, 970, 999)
    assert [n for n in range(960, 1010) if block.has(n)] == list(range(970, 1000))
