"""Lent numbers from grant to hand-over, through the unit of work: twins, claims, late papers, repeats."""

import pytest

from contracts.messages import counters as c
from contracts.messages.common import TicketState
from contracts.messages.leases import HandOver, LeaseBlocks
from contracts.messages.tickets import CancelTicket, IssueTicket
from queue_server.application.unit_of_work import Command, decide_batch
from queue_server.domain.clock import business_day
from tests.support.lending import DAY_MS, EPOCH, KIOSK, Server, paper
from tests.support.offices import DAY, MIN, T0, office


@pytest.fixture
def server() -> Server:
    return Server()


def test_what_was_printed_without_us_is_in_the_queue_once_in_order_of_issue(server: Server) -> None:
    block, first = server.block()
    server.now_ms += 60 * MIN
    server.issue("touch-later", actor="mqtt:kiosk-2")
    papers = [paper(f"A{first + i}", block, T0 + i * MIN) for i in range(3)]
    for _ in range(2):  # a lost reply: the kiosk says it again
        assert [(h.number, h.accepted) for h in server.hand_over(*papers)] == [(p.number, True) for p in papers]
    assert server.events == []
    assert server.lane() == [*(p.number for p in papers), "A001"]
    assert server.state.taken == {"A": 4}


def test_a_class_keeps_its_head_start(server: Server) -> None:
    block, first = server.block()
    server.now_ms += 20 * MIN
    server.hand_over(
        paper(f"A{first}", block, T0), paper(f"A{first + 1}", block, T0 + 9 * MIN, priority="elderly"),
        paper(f"A{first + 2}", block, T0 + MIN, priority="of an older office file"),
    )  # fmt: skip
    assert server.lane() == [f"A{first + 1}", f"A{first}", f"A{first + 2}"]
    assert server.ticket(f"A{first + 2}").priority == "normal"


def test_the_order_of_issue_survives_any_clock(server: Server) -> None:
    block, first = server.block()
    server.now_ms += 20 * MIN
    times = [T0 + 5 * MIN, T0 + 5 * MIN, T0 - MIN, T0 + 3 * DAY_MS, 0]
    papers = [paper(f"A{first + i}", block, at_ms) for i, at_ms in enumerate(times)]
    server.hand_over(*papers[:2])
    server.hand_over(*papers[2:])
    assert server.lane() == [p.number for p in papers]
    taken = [server.ticket(p.number).issued_ms for p in papers]
    assert taken == sorted(taken)
    assert taken[0] == T0 + 5 * MIN
    assert taken[-1] == server.now_ms


def test_an_unprinted_twin_gives_its_place_to_the_printed_number(server: Server) -> None:
    block, first = server.block()
    server.issue("touch-0001")  # the reply is lost, the kiosk prints
    server.now_ms += MIN
    server.issue("touch-0002", actor="mqtt:kiosk-2")
    server.now_ms += 9 * MIN
    printed = f"A{first}"
    assert server.hand_over(paper(printed, block, T0 + 3 * MIN, "touch-0001"))[0].accepted
    assert [type(e).__name__ for e in server.events] == ["TicketVoided", "TicketHandedOver"]
    assert server.lane() == [printed, "A002"]
    assert server.ticket("A001").state is TicketState.VOID
    assert server.state.taken == {"A": 2}
    assert server.issue("touch-0001") == printed  # the late attempt of the same touch
    server.hand_over(paper(printed, block, T0, "touch-0001"))
    assert server.events == []


def test_when_the_twin_was_called_the_printed_number_goes_to_the_head(server: Server) -> None:
    block, first = server.block()
    server.issue("touch-0001")
    server.issue("touch-0002", actor="mqtt:kiosk-2", priority="elderly")
    server.call("A001")
    server.now_ms += 9 * MIN
    server.hand_over(paper(f"A{first}", block, T0 + 3 * MIN, "touch-0001"))
    assert server.lane() == [f"A{first}", "A002"]
    assert server.ticket("A001").state is TicketState.CALLED


def test_an_online_attempt_that_arrives_after_the_hand_over_gives_the_printed_ticket(server: Server) -> None:
    block, first = server.block()
    touch = {"priority": "elderly", "lang": "en", "procedure": "1.001193", "dossier": "H00.12-261118-0001"}
    server.hand_over(paper(f"A{first}", block, id_="touch-0001", **touch))
    assert server.issue("touch-0001", **touch) == f"A{first}"
    assert server.events == []
    again = server.ask(IssueTicket(id="touch-0001", service="A"))
    assert again.error is not None
    assert again.error.code == "id_reused"


def test_a_dossier_is_kept_beside_the_journal(server: Server) -> None:
    block, first = server.block()
    server.hand_over(paper(f"A{first}", block, dossier="H00.12-261118-0001"))
    assert list(server.changes.personal.values()) == ["H00.12-261118-0001"]
    assert "H00" not in repr(server.changes.entries)


def test_a_clerk_calls_a_lent_number_and_the_hand_over_merges(server: Server) -> None:
    block, first = server.block()
    number = f"A{first + 4}"
    server.now_ms += 10 * MIN
    assert server.call(number).error is None
    assert [type(e).__name__ for e in server.events] == ["TicketClaimed", "TicketCalled"]
    server.ask(c.Start(id=server.id(), counter=1), "http:clerk")
    server.now_ms += 10 * MIN
    server.hand_over(paper(number, block, T0 + MIN, priority="elderly", lang="en", dossier="H00.12-261118-0001"))
    ticket = server.ticket(number)
    assert (ticket.state, ticket.priority, ticket.issued_ms) == (TicketState.SERVING, "elderly", T0 + MIN)
    assert not ticket.claimed
    assert server.changes.personal == {ticket.id: "H00.12-261118-0001"}
    server.hand_over(paper(number, block, T0 + MIN, priority="elderly", lang="en", dossier="H00.12-261118-0001"))
    assert server.events == []
    assert server.state.taken == {"A": 1}


def test_a_number_called_before_anybody_held_it_waits_again(server: Server) -> None:
    block, first = server.block()
    number = f"A{first}"
    server.call(number)
    server.ask(c.NoShow(id=server.id(), counter=1), "http:clerk")
    server.now_ms += 10 * MIN
    server.hand_over(paper(number, block, T0 + 5 * MIN))
    ticket = server.ticket(number)
    assert (ticket.state, ticket.called_ms, ticket.ended_ms, ticket.counter) == (TicketState.WAITING, None, None, None)
    assert server.lane() == [number]


def test_a_second_call_after_the_printing_was_for_its_holder(server: Server) -> None:
    block, first = server.block()
    number = f"A{first}"
    server.call(number)
    server.ask(c.NoShow(id=server.id(), counter=1), "http:clerk")
    server.now_ms += 10 * MIN
    server.call(number)
    server.ask(c.Start(id=server.id(), counter=1), "http:clerk")
    server.now_ms += 10 * MIN
    server.hand_over(paper(number, block, T0 + 5 * MIN))
    assert server.ticket(number).state is TicketState.SERVING


def test_a_clerk_who_calls_a_lent_number_is_done_with_the_one_before(server: Server) -> None:
    _, first = server.block()
    for number in (f"A{first}", f"A{first + 1}"):
        assert server.call(number).error is None
    assert server.ticket(f"A{first}").state is TicketState.DONE
    assert server.state.current(1) == server.ticket(f"A{first + 1}")


def test_nobody_was_called_before_he_came_though_clocks_differ(server: Server) -> None:
    block, first = server.block()
    server.call(f"A{first}")
    called_ms = server.now_ms
    server.now_ms += 5 * MIN
    server.hand_over(paper(f"A{first}", block, called_ms + 30_000))
    ticket = server.ticket(f"A{first}")
    assert (ticket.state, ticket.issued_ms, ticket.called_ms) == (TicketState.CALLED, called_ms, called_ms)


def test_a_claim_and_a_twin_together_leave_no_ghost(server: Server) -> None:
    block, first = server.block()
    server.issue("touch-0001")  # lost reply
    server.now_ms += MIN
    server.call(f"A{first}")
    server.hand_over(paper(f"A{first}", block, T0, "touch-0001"))
    assert server.ticket("A001").state is TicketState.VOID
    assert server.ticket(f"A{first}").state is TicketState.CALLED
    assert server.lane() == []


def test_papers_of_an_earlier_day_are_recorded_as_expired_once(server: Server) -> None:
    block, first = server.block()
    server.hand_over(paper(f"A{first}", block))
    server.now_ms += DAY_MS
    for _ in range(2):
        assert all(h.accepted for h in server.hand_over(paper(f"A{first}", block), paper(f"A{first + 1}", block)))
    assert server.events == []
    assert server.state.late == {f"{DAY}/A{first}", f"{DAY}/A{first + 1}"}
    assert server.state.tickets == {}


@pytest.mark.parametrize("said_ms", [0, T0 + 5 * MIN, T0 + 400 * DAY_MS])
def test_a_late_paper_was_taken_within_its_own_day(server: Server, said_ms: int) -> None:
    block, first = server.block()
    server.now_ms += 2 * DAY_MS
    server.hand_over(paper(f"A{first}", block, said_ms))
    [(day, row)] = server.changes.late.values()
    assert (day, row.state) == (DAY, TicketState.EXPIRED)
    assert business_day(row.issued_ms, "Asia/Ho_Chi_Minh") == DAY
    assert (row.issued_ms == said_ms) == (said_ms == T0 + 5 * MIN)


def test_what_was_not_lent_to_this_kiosk_is_refused_and_the_others_count(server: Server) -> None:
    block, first = server.block()
    other, theirs = server.block(actor="mqtt:kiosk-2", epoch="epoch-0002")
    before = server.state.fork()
    handed = server.hand_over(
        paper("A500", block), paper(f"C{first}", block), paper(f"A{first}", "no-such-block"), paper("A000", block),
        paper(f"A{first}", other), paper(f"A{theirs}", other),
    )  # fmt: skip
    assert {h.code for h in handed} == {"lease_unknown"}
    assert not any(h.accepted for h in handed)
    assert server.state == before
    handed = server.hand_over(paper("A500", block), paper(f"a{first}", block))
    assert [(h.number, h.code) for h in handed] == [("A500", "lease_unknown"), (f"A{first}", None)]


def test_one_number_or_one_touch_twice_needs_staff(server: Server) -> None:
    block, first = server.block()
    server.hand_over(paper(f"A{first}", block, id_="touch-0001"))
    handed = server.hand_over(
        paper(f"A{first}", block, id_="touch-0002"), paper(f"A{first + 1}", block, id_="touch-0001"),
        paper(f"A{first}", block, id_="touch-0001", lang="en"),
    )  # fmt: skip
    assert [h.code for h in handed] == ["lease_spent", "id_reused", "id_reused"]
    assert server.events == []


def test_a_number_in_no_block_cannot_be_called(server: Server) -> None:
    server.block()
    server.now_ms += DAY_MS  # the block is over, and no other was asked for
    server.ask(c.PauseCounter(id=server.id(), counter=2))
    gone = max(b.first for b in server.state.blocks.values() if b.service == "A" and b.day < server.state.day)
    for number in ("A500", "A000", f"A{gone}"):
        result = server.call(number)
        assert result.error is not None
        assert result.error.code == "unknown_ticket"


def test_a_kiosk_that_does_not_know_the_day_gives_tomorrows_numbers_and_they_can_be_called(server: Server) -> None:
    """Its machine has no clock of its own and started without the server (kiosk/flow/leases.py, The day)."""
    grant = server.lease()
    tomorrow = next(b for b in grant.blocks if b.day == grant.next_day and b.service == "A")
    touch = paper(f"A{tomorrow.first}", tomorrow.id)
    assert server.call(touch.number).error is None
    assert server.hand_over(touch)[0].accepted
    assert (server.ticket(touch.number).state, server.ticket(touch.number).claimed) == (TicketState.CALLED, False)
    assert server.lane() == []


def test_a_kiosk_whose_clock_is_a_day_ahead_loses_nobody(server: Server) -> None:
    grant = server.lease()
    tomorrow = next(b for b in grant.blocks if b.day == grant.next_day and b.service == "A")
    touch = paper(f"A{tomorrow.first}", tomorrow.id, T0 + DAY_MS)
    assert server.hand_over(touch)[0].accepted
    assert server.lane() == [touch.number]
    server.now_ms += DAY_MS
    assert server.hand_over(touch)[0].accepted  # its reply was lost
    assert server.lane() == []


def test_a_twin_that_came_after_midnight_leaves_with_the_paper_of_the_day_before(server: Server) -> None:
    block, first = server.block()
    server.now_ms += DAY_MS
    server.issue("touch-0001")  # sent before midnight, heard after it; the kiosk has printed meanwhile
    assert server.hand_over(paper(f"A{first}", block, id_="touch-0001"))[0].accepted
    assert server.lane() == []
    assert server.state.late == {f"{DAY}/A{first}"}


def test_a_kiosk_that_comes_back_in_several_hand_overs_keeps_its_order(server: Server) -> None:
    block, first = server.block()
    server.call(f"A{first + 3}")  # a claim in between: its place is not known yet
    server.ask(c.NoShow(id=server.id(), counter=1), "http:clerk")
    papers = [paper(f"A{first + i}", block, T0) for i in range(6)]  # a clock that stands still, and a fast server
    for one in papers:
        server.hand_over(one)
    server.now_ms += MIN
    assert server.lane() == [p.number for p in papers if p.number != f"A{first + 3}"]
    assert server.ticket(f"A{first + 5}").issued_ms == T0


def test_two_kiosks_come_back_at_once_and_stand_in_order_of_arrival(server: Server) -> None:
    (one, a), (two, b) = server.block(), server.block(actor="mqtt:kiosk-2", epoch="epoch-0002")
    server.now_ms += 20 * MIN
    mine = [paper(f"A{a + i}", one, T0 + 2 * i * MIN) for i in range(3)]
    theirs = [paper(f"A{b + i}", two, T0 + (2 * i + 1) * MIN) for i in range(3)]
    server.hand_over(*mine)
    server.hand_over(*theirs, actor="mqtt:kiosk-2", epoch="epoch-0002")
    assert server.lane() == [f"A{n}" for i in range(3) for n in (a + i, b + i)]


def test_a_replaced_kiosk_has_other_numbers_and_its_old_spool_may_come_back(server: Server) -> None:
    old, first = server.block()
    new, other = server.block(epoch="epoch-0002")
    assert abs(other - first) >= 30
    server.now_ms += 20 * MIN
    assert server.hand_over(paper(f"A{other}", new, T0 + 5 * MIN), epoch="epoch-0002")[0].accepted
    assert server.hand_over(paper(f"A{first}", old, T0 + MIN), epoch="epoch-0002")[0].accepted
    assert server.hand_over(paper(f"A{first + 1}", old, T0 + 2 * MIN), epoch="epoch-0001")[0].accepted
    assert server.lane() == [f"A{first}", f"A{first + 1}", f"A{other}"]


def test_a_hand_over_may_be_the_first_thing_of_a_day(server: Server) -> None:
    grant = server.lease()
    tomorrow = next(b for b in grant.blocks if b.day == grant.next_day and b.service == "A")
    today = next(b for b in grant.blocks if b.day == grant.business_day and b.service == "A")
    server.now_ms += DAY_MS
    handed = server.hand_over(
        paper(f"A{today.first}", today.id, T0), paper(f"A{tomorrow.first}", tomorrow.id, server.now_ms - MIN)
    )  # fmt: skip
    assert all(h.accepted for h in handed)
    assert [type(e).__name__ for e in server.events] == ["DayStarted", "LateTicketRecorded", "TicketHandedOver"]
    assert server.lane() == [f"A{tomorrow.first}"]


def test_a_service_that_is_gone_is_refused_a_closed_one_is_not(server: Server) -> None:
    block, first = server.block()
    server.ask(c.CloseService(id=server.id(), service="A"), "http:manager")
    assert server.hand_over(paper(f"A{first}", block))[0].accepted
    counters = [{"n": n, "name": {"vi": str(n)}, "skills": {"C": 1}} for n in (1, 2, 3)]
    server.office = office(service=[{"code": "C", "name": {"vi": "C"}}], counter=counters)
    assert server.hand_over(paper(f"A{first + 1}", block))[0].code == "unknown_service"
    result = server.call(f"A{first + 2}")
    assert result.error is not None
    assert result.error.code == "unknown_service"


def test_too_late_lease_and_hand_over_commands_do_nothing(server: Server) -> None:
    block, first = server.block()
    stale = {"sent_at_ms": T0 - 6_000, "ttl_ms": 5_000}
    hand = HandOver(id="hand-over-1", epoch=EPOCH, tickets=(paper(f"A{first}", block),), **stale)
    for message in (hand, LeaseBlocks(id="lease-0001", epoch="epoch-0009", **stale)):
        result = server.ask(message)
        assert result.error is not None
        assert result.error.code == "expired"
        assert server.events == []


def test_a_hand_over_with_the_id_of_another_command_is_refused(server: Server) -> None:
    block, first = server.block()
    server.issue("touch-0001")
    result = server.ask(HandOver(id="touch-0001", epoch=EPOCH, tickets=(paper(f"A{first}", block),)))
    assert result.error is not None
    assert result.error.code == "id_reused"


def test_quota_is_for_those_who_come_not_for_those_who_hold_paper() -> None:
    server = Server(office(service=[{"code": "A", "name": {"vi": "A"}, "quota": 2}],
                           counter=[{"n": 1, "name": {"vi": "1"}, "skills": {"A": 1}}]))  # fmt: skip
    block, first = server.block()
    server.issue("touch-0001")
    assert all(h.accepted for h in server.hand_over(*(paper(f"A{first + i}", block) for i in range(3))))
    result = server.ask(IssueTicket(id="touch-0002", service="A"))
    assert result.error is not None
    assert result.error.code == "quota_reached"
    assert server.state.taken == {"A": 4}


def test_a_claimed_ticket_is_a_ticket_like_any_other(server: Server) -> None:
    block, first = server.block()
    number = f"A{first}"
    server.call(number)
    server.ask(c.NoShow(id=server.id(), counter=1), "http:clerk")
    server.ask(c.UndoNoShow(id=server.id(), counter=1), "http:clerk")
    server.ask(c.Transfer(id=server.id(), counter=1, to_service="C"), "http:clerk")
    assert server.lane("C") == [number]
    server.now_ms += MIN
    server.hand_over(paper(number, block, T0 - MIN, priority="elderly"))
    ticket = server.ticket(number)
    assert (ticket.service, ticket.state, ticket.priority) == ("C", TicketState.WAITING, "elderly")
    assert ticket.order_ms <= T0 - MIN  # its place is that of its arrival, wherever it was sent


def test_a_wrong_call_that_was_transferred_does_not_decide_where_the_holder_waits(server: Server) -> None:
    block, first = server.block()
    number = f"A{first}"
    server.call(number)
    server.ask(c.Transfer(id=server.id(), counter=1, to_service="C"), "http:clerk")
    server.ask(c.CallNext(id=server.id(), counter=3), "http:clerk")
    server.now_ms += 10 * MIN
    server.hand_over(paper(number, block, server.now_ms - MIN))
    assert server.lane("A") == [number]
    ticket = server.ticket(number)
    assert (ticket.past, ticket.counter, ticket.only_counter) == ((), None, None)
    assert server.state.current(3) is None


def test_a_cancelled_claim_counts_again_when_its_holder_comes(server: Server) -> None:
    block, first = server.block()
    number = f"A{first}"
    server.call(number)
    server.ask(c.Hold(id=server.id(), counter=1), "http:clerk")
    server.ask(CancelTicket(id=server.id(), token=server.ticket(number).token), "http:clerk")
    assert server.state.taken == {"A": 0}
    server.now_ms += 10 * MIN
    server.hand_over(paper(number, block, server.now_ms - MIN))
    assert server.lane() == [number]
    assert server.state.taken == {"A": 1}


def test_a_kiosk_with_a_clock_ahead_does_not_send_its_people_to_the_end(server: Server) -> None:
    block, first = server.block()
    server.hand_over(paper(f"A{first}", block, T0 + 3 * 60 * MIN), paper(f"A{first + 1}", block, T0 - MIN))
    server.now_ms += MIN
    server.issue("touch-0001")
    assert server.lane() == [f"A{first}", f"A{first + 1}", "A001"]


def test_numbers_that_were_somebody_elses_yesterday_do_not_move_a_kiosks_papers(server: Server) -> None:
    _, first = server.block()
    server.now_ms += DAY_MS
    theirs, same = server.block(actor="mqtt:kiosk-2", epoch="epoch-0002")
    assert same == first
    server.hand_over(paper(f"A{same}", theirs, server.now_ms), actor="mqtt:kiosk-2", epoch="epoch-0002")
    mine, other = server.block()
    server.hand_over(paper(f"A{other}", mine, server.now_ms - 30 * MIN))
    assert server.lane() == [f"A{other}", f"A{same}"]


def test_one_touch_of_two_days_does_not_take_the_place_of_a_printed_number(server: Server) -> None:
    yesterday, first = server.block()
    server.now_ms += DAY_MS
    block, today = server.block()
    server.hand_over(paper(f"A{today}", block, id_="touch-0001"))
    assert server.hand_over(paper(f"A{first}", yesterday, id_="touch-0001"))[0].code == "id_reused"
    assert server.lane() == [f"A{today}"]
    assert server.hand_over(paper(f"A{today}", block, id_="touch-0001"))[0].accepted


def test_a_touch_just_before_midnight_printed_just_after_it_is_not_lost(server: Server) -> None:
    """Its twin has expired with its day, and the number was used before, on another day."""
    block, first = server.block()
    server.hand_over(paper(f"A{first}", block))
    server.now_ms += DAY_MS
    server.lease()
    server.issue("touch-0001")  # lost reply
    server.now_ms += DAY_MS
    grant = server.lease()
    again = next(b for b in grant.blocks if b.service == "A" and b.day == grant.business_day)
    assert again.first == first
    assert server.hand_over(paper(f"A{first}", again.id, server.now_ms, "touch-0001"))[0].accepted
    assert server.lane() == [f"A{first}"]


def test_the_same_with_a_number_that_was_told_of_before_it_was_handed_over(server: Server) -> None:
    server.lease()
    server.issue("touch-0001")
    server.now_ms += DAY_MS
    block, first = server.block()
    server.lease(spent={block: first})
    server.hand_over(paper(f"A{first}", block, server.now_ms, "touch-0001"))
    assert server.lane() == [f"A{first}"]


def test_two_equal_hand_overs_and_the_attempt_itself_in_one_batch(server: Server) -> None:
    block, first = server.block()
    touch = paper(f"A{first}", block, id_="touch-0001")
    commands = [
        Command(KIOSK, "hand-over", HandOver(id=f"hand-over-{n}", epoch=EPOCH, tickets=(touch, touch))) for n in "12"
    ]
    commands.append(Command(KIOSK, "issue", IssueTicket(id="touch-0001", service="A")))
    batch = decide_batch(server.state, server.office, commands, {}, server.now_ms, server.fresh)
    assert [h.accepted for r in batch.results[:2] for h in r.handed or ()] == [True] * 4
    assert batch.results[2].ticket == batch.state.by_number[f"A{first}"]
    assert len(batch.changes.entries) == 1


def test_a_refused_ticket_holds_nobody_up(server: Server) -> None:
    block, first = server.block()
    server.now_ms += 20 * MIN
    server.hand_over(paper(f"A{first}", "no-such-block", server.now_ms), paper(f"A{first}", block, T0, "touch-0002"))
    assert server.ticket(f"A{first}").order_ms == T0
