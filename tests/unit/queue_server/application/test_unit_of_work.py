"""One batch, one transaction: idempotence, ids used twice, times to live, and what is remembered."""

from contracts.messages.counters import CallNext, Recall
from contracts.messages.tickets import IssueTicket
from queue_server.application.ports import Outcome
from queue_server.application.unit_of_work import Command, decide_batch, payload_hash
from tests.support.offices import T0, Counted, fresh_state, office

OFFICE = office()


def issue(id_: str = "touch-0001", service: str = "A", **more: object) -> Command:
    return Command("mqtt:kiosk-1", "issue", IssueTicket(id=id_, service=service, **more))  # type: ignore[arg-type]


def run(*commands: Command, state=None, remembered=None, now_ms: int = T0):  # type: ignore[no-untyped-def]
    return decide_batch(state or fresh_state(OFFICE), OFFICE, commands, remembered or {}, now_ms, Counted())


def test_a_batch_numbers_its_entries_without_a_gap() -> None:
    batch = run(issue("touch-0001"), issue("touch-0002"), issue("touch-0003", "Z"))
    assert [e.seq for e in batch.changes.entries] == [1, 2]
    assert [r.error.code if r.error else None for r in batch.results] == [None, None, "unknown_service"]
    assert len(batch.changes.outcomes) == 2


def test_the_same_id_twice_in_a_batch_is_one_ticket() -> None:
    batch = run(issue(), issue())
    assert batch.results[0].ticket == batch.results[1].ticket
    assert len(batch.changes.entries) == 1


def test_a_retry_may_carry_another_send_time() -> None:
    batch = run(issue(sent_at_ms=T0, ttl_ms=5000), issue(sent_at_ms=T0 + 700, ttl_ms=4300))
    assert len(batch.changes.entries) == 1
    assert batch.results[1].error is None


def test_the_same_id_with_other_content_is_refused() -> None:
    batch = run(issue(), issue(service="C"))
    assert batch.results[1].error is not None
    assert batch.results[1].error.code == "id_reused"
    assert len(batch.changes.entries) == 1


def test_the_same_id_of_another_actor_is_another_command() -> None:
    other = Command("mqtt:kiosk-2", "issue", issue().message)
    assert len(run(issue(), other).changes.entries) == 2


def test_a_remembered_command_gives_its_ticket_again() -> None:
    command = issue()
    known = {command.key: Outcome(payload_hash(command.message), "ticket-of-yesterday")}
    batch = run(command, remembered=known)
    assert batch.results[0].ticket == "ticket-of-yesterday"
    assert not batch.changes


def test_nobody_waiting_and_rejections_are_not_remembered() -> None:
    batch = run(
        Command("mqtt:bridge-1", "call-next", CallNext(id="press-0001", counter=1)),
        Command("mqtt:bridge-1", "recall", Recall(id="press-0002", counter=1)),
    )
    assert batch.results[0].ticket is None
    assert batch.results[0].error is None
    assert not batch.changes


def test_too_late_is_expired_and_changes_nothing() -> None:
    batch = run(issue(sent_at_ms=T0 - 6000, ttl_ms=5000))
    assert batch.results[0].error is not None
    assert batch.results[0].error.code == "expired"
    assert not batch.changes


def test_call_next_speaks_of_the_ticket_it_called_not_of_the_one_it_ended() -> None:
    state = run(issue("touch-0001")).state
    first = run(Command("http:clerk", "call-next", CallNext(id="press-0001", counter=1)), state=state)
    assert first.results[0].ticket is not None
    second = run(Command("http:clerk", "call-next", CallNext(id="press-0002", counter=1)), state=first.state)
    assert second.results[0].ticket is None
    assert second.changes.outcomes  # it ended a visit: that is remembered


def test_a_dossier_code_is_kept_beside_the_journal_not_in_it() -> None:
    batch = run(issue(dossier="H00.12-261118-0001"))
    ticket = batch.results[0].ticket
    assert batch.changes.personal == {ticket: "H00.12-261118-0001"}
    assert "H00" not in repr(batch.changes.entries)


def test_the_committed_state_is_not_touched_by_deciding() -> None:
    state = fresh_state(OFFICE)
    before = state.fork()
    run(issue(), state=state)
    assert state == before


def test_midnight_comes_before_the_first_command_of_a_day() -> None:
    state = run(issue()).state
    batch = run(issue("touch-0009"), state=state, now_ms=T0 + 86_400_000)
    kinds = [type(e.event).__name__ for e in batch.changes.entries]
    assert kinds == ["TicketExpired", "DayStarted", "TicketIssued"]
    assert batch.state.by_number.keys() == {"A001"}


def test_a_clock_stepped_back_lets_nobody_pass_those_who_wait() -> None:
    fresh, hours_back = Counted(), T0 - 7 * 3_600_000
    state = decide_batch(fresh_state(OFFICE), OFFICE, [issue("touch-0001")], {}, T0, fresh).state
    state = decide_batch(state, OFFICE, [issue("touch-0002")], {}, hours_back, fresh).state
    assert [key[1] for key in state.lanes["A", "normal"]] == ["A001", "A002"]
    press = Command("http:x", "call-next", CallNext(id="press-0001", counter=1))
    ticket = decide_batch(state, OFFICE, [press], {}, hours_back, fresh).state.current(1)
    assert ticket is not None
    assert (ticket.number, ticket.called_ms) == ("A001", T0)  # never called before it was taken


def test_a_clock_that_was_a_year_ahead_is_believed_once_it_is_right() -> None:
    fresh, year = Counted(), 365 * 86_400_000
    state = decide_batch(fresh_state(OFFICE), OFFICE, [issue("touch-0001")], {}, T0 + year, fresh).state
    state = decide_batch(state, OFFICE, [issue("touch-0002")], {}, T0, fresh).state
    assert [t.issued_ms for t in state.tickets.values()] == [T0 + year, T0]


def test_times_to_live_are_judged_by_the_clock_as_it_is() -> None:
    state = run(issue("touch-0001")).state
    hour_back = T0 - 3_600_000
    batch = run(issue("touch-0002", sent_at_ms=hour_back - 100, ttl_ms=5000), state=state, now_ms=hour_back)
    assert batch.results[0].error is None


def test_tickets_of_a_counter_that_is_gone_are_put_back_once_after_loading() -> None:
    state = run(issue()).state
    state = run(Command("http:x", "call-next", CallNext(id="press-0001", counter=1)), state=state).state
    del state.counters[1]
    batch = decide_batch(state, OFFICE, [], {}, T0, Counted(), loaded=True)
    assert [type(e.event).__name__ for e in batch.changes.entries] == ["TicketRequeued"]
    assert batch.changes.counters == set()
    assert not decide_batch(state, OFFICE, [], {}, T0, Counted()).changes
