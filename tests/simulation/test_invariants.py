"""Every promise can be broken: a busy office, one thing put wrong, and the judge must name it."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contracts import codec, topics
from contracts.messages.board import CallEvent
from contracts.messages.common import Version
from contracts.messages.leases import HandedOver
from contracts.messages.replies import Reply
from queue_server.domain import events as ev
from runtime.clock import utc
from tests.simulation import about_calls, about_commands, about_kiosks, about_records, about_tickets, invariants
from tests.simulation.broker import Packet
from tests.simulation.history import Kept, Row
from tests.simulation.kiosk import Paper
from tests.simulation.office import Ack, Sent, Simulation
from tests.simulation.seams import seams
from tests.simulation.world import Violation, World

SEED, STEPS = 2, 3000


@pytest.fixture
def sim(tmp_path: Path) -> Iterator[Simulation]:
    """An office in the middle of its day, in which nothing is new in this step."""
    world = World(SEED, STEPS)
    with seams(world.uuid) as complaints:
        made = Simulation(world, tmp_path, complaints)
        made.run()
        made.history.news, made.history.kept_news = [], []
        assert made.history.replay.tickets
        assert made.server.live is not None
        yield made
        made.close()


def broken(promise: Callable[[Simulation], None], sim: Simulation) -> str:
    """The promise is kept as things are wrong now? Then this test is. Returns what the judge says."""
    with pytest.raises(Violation) as seen:
        promise(sim)
    return str(seen.value)


def row(sim: Simulation, event: Any, actor: str = "mqtt:kiosk-1") -> Row:
    """A journal entry of this step."""
    kind = type(event).__struct_config__.tag
    made = Row(len(sim.history.rows) + 1, event.at_ms, sim.history.replay.day, actor, kind, event, sim.world.now_s)
    sim.history.rows.append(made)
    sim.history.news.append(made)
    return made


def issued(sim: Simulation, **changes: Any) -> ev.TicketIssued:
    """The last ticket's event, changed."""
    last = next(r.event for r in reversed(sim.history.rows) if isinstance(r.event, ev.TicketIssued))
    return msgspec.structs.replace(last, **changes)


def paper(number: str = "A001", job: str = "job-one", *, online: bool = True) -> Paper:
    """Printed."""
    return Paper("kiosk-1", number, "2026-11-23", "no such token", job, online, 0)


def acked(sim: Simulation, verb: str, **more: Any) -> None:
    """Somebody was told yes."""
    reply = Reply(id="never-sent-0001", verb=verb, ok=True, at=utc(0), **more)
    sim.new_acks.append(Ack("mqtt:kiosk-1", verb, reply, sim.world.now_s))


def test_a_gap_in_the_journal(sim: Simulation) -> None:
    made = row(sim, ev.HelpAsked(at_ms=0, counter=1))
    sim.history.news[-1] = replace(made, seq=made.seq + 1)
    assert "was due" in broken(about_records.journal_has_no_gap, sim)


@pytest.mark.parametrize("change", ["UPDATE tickets SET order_ms = 1", "UPDATE counters SET status = 'odd'",
                                    "DELETE FROM blocks"])  # fmt: skip
def test_a_table_that_differs(sim: Simulation, change: str) -> None:
    about_records.all_tables_equal_the_journal(sim)
    with sqlite3.connect(sim.disk.path) as database:
        database.execute(change)
    assert "table" in broken(about_records.all_tables_equal_the_journal, sim)


def test_a_bug_in_the_log(sim: Simulation) -> None:
    sim.complaints.bugs.append("batch failed")
    assert "batch failed" in broken(about_records.nothing_broke, sim)


def test_a_number_on_two_papers(sim: Simulation) -> None:
    sim.new_papers += [paper(), paper(job="job-two")]
    assert "A001" in broken(about_tickets.a_number_is_unique, sim)


def test_paper_without_a_ticket(sim: Simulation) -> None:
    sim.new_papers.append(paper())
    assert "is not there" in broken(about_tickets.a_printed_ticket_is_in_the_database, sim)


def test_paper_that_is_never_handed_over(sim: Simulation) -> None:
    sim.papers.append(paper("A555", online=False))
    assert "A555" in broken(about_tickets.all_paper_is_known, sim)


def test_a_move_that_the_life_of_a_ticket_does_not_have(sim: Simulation) -> None:
    waiting = next(i for i, state in sim.memory.states.items() if state == "waiting")
    row(sim, ev.ServingStarted(at_ms=0, ticket=waiting, counter=1))
    assert "serving_started" in broken(about_tickets.moves_are_legal, sim)


def test_a_ticket_called_at_two_counters(sim: Simulation) -> None:
    for n in (1, 2):
        row(sim, ev.TicketCalled(at_ms=0, ticket="t", counter=n, call_id=f"c{n}"))
    assert "at 2, before at 1" in broken(about_tickets.nobody_is_called_twice, sim)


def test_a_newcomer_who_stands_before_others(sim: Simulation) -> None:
    row(sim, issued(sim, ticket="new", order_ms=1))
    assert "passes" in broken(about_tickets.clocks_reorder_nobody, sim)


def test_somebody_who_is_passed_over_too_often(sim: Simulation) -> None:
    waiting = next(iter(sim.memory.waiting))
    first = sim.history.replay.tickets[waiting]
    later = first.but(id="later", number="Z999", order_ms=first.order_ms + 1)
    sim.history.replay.tickets["later"] = later
    sim.memory.passed[waiting] = sim.office.queue.overtaken_max
    row(sim, ev.TicketCalled(at_ms=0, ticket="later", counter=1, call_id="c", among=(first.service,)), "system")
    assert first.number in broken(about_tickets.nobody_is_passed_over, sim)


def test_a_number_that_is_lent_twice(sim: Simulation) -> None:
    day = sim.history.replay.day
    for block in ("b1", "b2"):
        row(sim, ev.BlockGranted(at_ms=0, block=block, kiosk=f"mqtt:{block}", epoch="e", service="Z", day=day, first=1,
                                 last=2))  # fmt: skip
    assert "Z1" in broken(about_tickets.blocks_are_disjoint, sim)


def test_a_lent_number_that_the_server_gives_out(sim: Simulation) -> None:
    (service, serial), _block = next(iter(sim.memory.lent.items()))
    row(sim, issued(sim, ticket="new", service=service, serial=serial, number=f"{service}{serial}"))
    assert "is lent to" in broken(about_tickets.blocks_are_disjoint, sim)


def _handed(sim: Simulation, number: str, order_ms: int) -> ev.TicketHandedOver:
    ticket = next(iter(sim.history.replay.tickets.values())).but(id=number, number=number)
    sim.history.replay.tickets[number] = ticket
    return ev.TicketHandedOver(
        at_ms=0, ticket=number, number=number, service="Z", priority="normal", lang="vi", token=number, taken_ms=0,
        order_ms=order_ms, block="b",
    )  # fmt: skip


def test_offline_tickets_out_of_order(sim: Simulation) -> None:
    row(sim, _handed(sim, "Z001", 2000))
    row(sim, _handed(sim, "Z002", 1000))
    assert "Z002 stands before Z001" in broken(about_tickets.offline_order_is_kept, sim)


def test_a_twin_that_waits(sim: Simulation) -> None:
    twin = next(i for i in sim.memory.waiting if not sim.history.replay.tickets[i].offline)
    sim.papers.append(paper("Z001", job="touch", online=False))
    sim.history.kept["mqtt:kiosk-1", "touch"] = Kept("mqtt:kiosk-1", "touch", twin, 0.0)
    row(sim, _handed(sim, "Z001", 1000))
    assert "its twin" in broken(about_tickets.twins_are_void, sim)


def test_somebody_who_waits_for_ever(sim: Simulation) -> None:
    for kiosk in sim.kiosks:
        kiosk.close()
    assert "has not handed over" in broken(about_tickets.everybody_was_called, sim)
    sim.kiosks = []
    assert "still waiting" in broken(about_tickets.everybody_was_called, sim)


def test_an_answer_to_what_was_never_committed(sim: Simulation) -> None:
    acked(sim, "issue")
    assert "never committed" in broken(about_commands.acknowledged_is_kept, sim)


def test_a_hand_over_that_was_not_kept(sim: Simulation) -> None:
    acked(sim, "hand-over", handed=(HandedOver("touch-0001", "Z001", accepted=True),))
    assert "Z001" in broken(about_commands.taken_over_is_kept, sim)
    sim.new_acks.clear()
    acked(sim, "hand-over", handed=(HandedOver("touch-0001", "Z001", accepted=False, code="lease_unknown"),))
    assert "lease_unknown" in broken(about_commands.taken_over_is_kept, sim)


def test_one_touch_with_two_tickets(sim: Simulation) -> None:
    row(sim, issued(sim, ticket="extra"), "mqtt:kiosk-nobody")
    assert "asked 0 times" in broken(about_commands.one_effect_each, sim)


def test_an_outcome_that_nobody_asked_for(sim: Simulation) -> None:
    sim.history.kept_news.append(Kept("mqtt:kiosk-1", "never-sent-0001", None, 0.0))
    assert "never sent" in broken(about_commands.one_effect_each, sim)


def test_a_press_that_comes_late(sim: Simulation) -> None:
    key, sent = next((k, s) for k, s in sim.sent.items() if s.message.ttl_ms and s.message.sent_at_ms)
    sim.stepped_s = -1e9
    sim.sent[key] = Sent(sent.actor, sent.verb, sent.id, sent.message, 0.0)
    sim.history.kept_news.append(Kept(*key, None, 1000.0))
    assert "too late" in broken(about_commands.late_commands_do_nothing, sim)


def test_a_version_that_goes_back(sim: Simulation) -> None:
    topic, (version, payload) = next(iter(sim.memory.versions.items()))
    older = payload.replace(b'"epoch":%d' % version.epoch, b'"epoch":1')
    sim.published.append(Packet(topic, older, 1, retain=True))
    assert topic in broken(about_calls.versions_go_forward, sim)


def test_a_version_that_says_something_else(sim: Simulation) -> None:
    topic, (_version, payload) = next(iter(sim.memory.versions.items()))
    sim.published.append(Packet(topic, payload + b" ", 1, retain=True))
    assert topic in broken(about_calls.versions_go_forward, sim)


def _settled(sim: Simulation) -> None:
    """All links have been up for long."""
    sim.world.now_s += 100.0
    sim.world.steps_max = 10**6
    for user in ("server", "board-1", "board-2"):
        connection = sim.net.clients[user].connection
        assert connection is not None
        connection.ready_s = 0.0


def test_a_call_that_is_not_on_a_board(sim: Simulation) -> None:
    _settled(sim)
    board, call = sim.boards[0], sim.history.replay.calls[0]
    assert board.state is not None
    board.state = replace(board.state, snapshot=None, ahead=())
    due = about_calls.Due(0.0, board, call.call_id, call.repeat, sim.history.replay.day, 0.0)
    sim.memory.due = [due]
    assert "does not show" in broken(about_calls.calls_are_on_boards_in_time, sim)


def test_a_call_that_was_never_published(sim: Simulation) -> None:
    _settled(sim)
    sim.memory.deaf_s = 0.0
    sim.memory.unheard["a-call", 0] = (sim.world.now_s - 30.0, sim.server.office_ms() - 30_000)
    assert "a-call" in broken(about_calls.calls_are_published, sim)


def test_a_call_that_is_published_and_not_committed(sim: Simulation) -> None:
    call = msgspec.structs.replace(sim.history.replay.calls[0], call_id="nowhere")
    event = CallEvent(Version(1, 1), call)
    sim.published.append(Packet(topics.topic("call", office="sim"), codec.encode(event), 1, retain=False))
    assert call.number in broken(about_calls.published_is_committed, sim)


def test_a_call_that_is_spoken_too_often(sim: Simulation) -> None:
    key = ("a-call#0", "vi")
    sim.bridge.heard[key], sim.bridge.heard_last = sim.office.speech.repeat + 1, key
    assert "a-call#0" in broken(about_calls.spoken_at_most, sim)


def test_a_board_that_shows_something_else(sim: Simulation) -> None:
    _settled(sim)
    assert sim.memory.truth is not None
    for board in sim.boards:
        assert board.state is not None
        board.state = replace(board.state, snapshot=sim.memory.truth[1])
    about_calls.boards_equal_the_snapshot(sim)
    sim.memory.equal_s = 0.0
    sim.boards[1].state = replace(sim.boards[1].state, snapshot=None)  # type: ignore[type-var]
    assert "board-2" in broken(about_calls.boards_equal_the_snapshot, sim)


def test_a_server_that_publishes_something_else_than_it_has(sim: Simulation) -> None:
    _settled(sim)
    sim.history.replay.calls = ()
    assert "the database's" in broken(about_calls.boards_equal_the_snapshot, sim)


def test_a_queue_without_end(sim: Simulation) -> None:
    core = sim.kiosks[0].core
    assert core is not None
    pending: Any = core.server._commander._pending
    pending.update({str(n): None for n in range(100)})
    assert "kiosk-1 commands" in broken(about_kiosks.queues_are_bounded, sim)


def test_a_kiosk_that_remembers_a_visitor(sim: Simulation) -> None:
    kiosk = sim.kiosks[0]
    assert kiosk.core is not None
    state = kiosk.core.driver.state
    kiosk.core.driver.state = replace(state, visit=replace(state.visit, priority="elderly"))
    kiosk.untouched_since_s = sim.world.now_s - 1000.0
    assert "elderly" in broken(about_kiosks.kiosks_forget, sim)


def test_a_topic_that_somebody_may_not_write(sim: Simulation) -> None:
    with pytest.raises(Violation, match="kiosk-1 publishes"):
        sim.broker.publish("kiosk-1", Packet("motcua/v1/sim/pulse/server", b"{}", 0, retain=False))


def test_every_promise_has_a_test_here() -> None:
    text = Path(__file__).read_text()
    promises = (*invariants.AFTER_EVERY_STEP, *invariants.AT_THE_END)
    assert [p.__name__ for p in promises if f".{p.__name__}," not in text] == ["tables_equal_the_journal"]
