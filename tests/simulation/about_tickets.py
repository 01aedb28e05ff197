"""Promises about tickets: their numbers, their moves, their places."""

from typing import TYPE_CHECKING

from contracts.messages.common import CounterStatus, TicketState
from queue_server.domain import events as ev
from queue_server.domain.model import Ticket
from tests.simulation.history import Row
from tests.simulation.world import Violation

if TYPE_CHECKING:
    from tests.simulation.office import Simulation

S = TicketState
LIVE = (S.WAITING, S.CALLED, S.SERVING, S.HELD)
_HERE = (S.CALLED, S.SERVING)

# kind of event → (states it may come from, state it leads to); None: it stays as it is.
# fmt: off
MOVES: dict[str, tuple[tuple[TicketState, ...], TicketState | None]] = {
    "ticket_called": ((S.WAITING, S.HELD, S.NO_SHOW), S.CALLED),
    "ticket_recalled": ((S.CALLED,), S.CALLED),
    "serving_started": ((S.CALLED,), S.SERVING),
    "ticket_finished": (_HERE, S.DONE),
    "ticket_missed": ((S.CALLED,), S.NO_SHOW),
    "ticket_transferred": (_HERE, S.WAITING),
    "ticket_held": (_HERE, S.HELD),
    "ticket_resumed": ((S.HELD,), S.SERVING),
    "ticket_requeued": ((*_HERE, S.HELD), S.WAITING),
    "ticket_cancelled": ((S.WAITING, S.HELD), S.CANCELLED),
    "ticket_expired": (LIVE, S.EXPIRED),
    "ticket_voided": ((*LIVE, S.DONE, S.NO_SHOW, S.CANCELLED, S.EXPIRED), S.VOID),
    "target_at_risk": ((S.WAITING,), S.WAITING),
}
# fmt: on
BORN = {"ticket_issued", "ticket_handed_over", "ticket_claimed"}


def a_number_is_unique(sim: "Simulation") -> None:
    """Among all paper of a day no number stands twice."""
    for paper in sim.new_papers:
        key = (paper.day, paper.number)
        other = sim.memory.numbers.setdefault(key, paper)
        if other is not paper and other.job != paper.job:
            raise Violation("a_number_is_unique", f"{paper.number} of {paper.day} by {other.kiosk} and {paper.kiosk}")


def a_printed_ticket_is_in_the_database(sim: "Simulation") -> None:
    """The number of an answer is on paper: then it is on the disk."""
    for paper in sim.new_papers:
        if paper.online and not sim.history.query(
            "SELECT 1 FROM tickets WHERE token = ? AND number = ? AND day = ?", paper.token, paper.number, paper.day
        ):
            raise Violation("a_printed_ticket_is_in_the_database", f"{paper.number} of {paper.kiosk} is not there")


def moves_are_legal(sim: "Simulation") -> None:
    """Only the moves of a ticket's life (design.md §4, Life)."""
    states = sim.memory.states
    for row in sim.history.news:
        ticket = getattr(row.event, "ticket", None)
        if ticket is None:
            continue
        before = states.get(ticket)
        if row.kind in BORN:
            if before is not None:
                raise Violation("moves_are_legal", f"{row.kind} of a ticket that is {before}")
            states[ticket] = S.WAITING
        else:
            states[ticket] = _after(row, before)


def _after(row: Row, before: TicketState | None) -> TicketState:
    if row.kind == "stage_finished" and before in _HERE:
        return S.SERVING if row.event.here else S.WAITING
    if row.kind == "ticket_merged" and before is not None:
        return S.WAITING if row.event.again else before
    allowed, after = MOVES.get(row.kind, ((), None))
    if before is None or before not in allowed:
        raise Violation("moves_are_legal", f"journal {row.seq}: {row.kind} of a ticket that is {before}")
    return after or before


BETWEEN = {
    "ticket_missed", "ticket_transferred", "ticket_requeued", "ticket_held", "stage_finished", "ticket_merged",
}  # fmt: skip


def nobody_is_called_twice(sim: "Simulation") -> None:
    """Two calls of one ticket have a requeue, transfer, no-show or hold between them."""
    called = sim.memory.called
    for row in sim.history.news:
        ticket = getattr(row.event, "ticket", "")
        if row.kind == "ticket_called":
            if ticket in called:
                raise Violation(
                    "nobody_is_called_twice", f"journal {row.seq}: at {row.event.counter}, before at {called[ticket]}"
                )
            called[ticket] = row.event.counter
        elif row.kind in BETWEEN:
            called.pop(ticket, None)


def clocks_reorder_nobody(sim: "Simulation") -> None:
    """Who comes later in a service and class stands behind all who wait there, whatever the clocks do meanwhile.
    (Once nobody is here, a clock that was set back is believed.)"""
    came = [row.event for row in sim.history.news if isinstance(row.event, ev.TicketIssued)]
    for at, event in enumerate(came):
        if event.appointment is None:
            _stands_last(sim, event, newer={other.ticket for other in came[at:]})


def _stands_last(sim: "Simulation", came: ev.TicketIssued, newer: set[str]) -> None:
    for other in sim.history.replay.tickets.values():
        if (other.service, other.priority) != (came.service, came.priority) or other.state is not S.WAITING:
            continue
        if other.id in newer or other.offline or other.appointment is not None:
            continue  # came later, or has a place of its own making
        if (other.order_ms, other.number) > (came.order_ms, came.number):
            late_ms = other.order_ms - came.order_ms
            raise Violation("clocks_reorder_nobody", f"{came.number} passes {other.number} by {late_ms} ms")


def nobody_is_passed_over(sim: "Simulation") -> None:
    """A call takes nobody who came later than the policy allows after somebody who waits for that counter too, and
    nobody is passed over more often than the office allows."""
    waiting, passed = sim.memory.waiting, sim.memory.passed
    for row in sim.history.news:
        ticket = getattr(row.event, "ticket", "")
        if row.kind == "day_started":
            waiting.clear()
        elif row.kind == "ticket_called":
            waiting.pop(ticket, None)
            by_rule = row.actor == "system" or _by_call_next(sim, row)
            _count_passed(sim, row, by_rule=by_rule)
            if by_rule:
                _check_turn(sim, row)
            passed.pop(ticket, None)
        elif sim.memory.states.get(ticket) is S.WAITING:
            waiting.setdefault(ticket, row.seq)
        else:
            waiting.pop(ticket, None)
            passed.pop(ticket, None)


def _by_call_next(sim: "Simulation", row: Row) -> bool:
    kept = [k for k in sim.history.kept_news if k.actor == row.actor and k.ticket == row.event.ticket]
    return {sim.sent[k.actor, k.id].verb for k in kept if (k.actor, k.id) in sim.sent} == {"call-next"}


def _count_passed(sim: "Simulation", row: Row, *, by_rule: bool) -> None:
    """Calls by number count too, but only a call-next must respect the bound: a clerk may have a reason."""
    history, passed = sim.history, sim.memory.passed
    called = history.ticket(row.event.ticket)
    if called is None or len(history.news) > 8:
        return
    for ticket_id in sim.memory.waiting:
        other = history.ticket(ticket_id)
        if other is None or other.service not in row.event.among or other.only_counter is not None:
            continue
        if (other.order_ms, other.number) < (called.order_ms, called.number):  # it may be called later in this batch
            passed[ticket_id] += 1
            if by_rule and passed[ticket_id] > sim.office.queue.overtaken_max:
                raise Violation("nobody_is_passed_over", f"{other.number} for the {passed[ticket_id]}th time")


def _check_turn(sim: "Simulation", row: Row) -> None:
    """Own figures only: the places in the journal, skills and head starts of the office file."""
    history, office, n = sim.history, sim.office, row.event.counter
    counter = office.counter_by_n(n)
    taken = history.ticket(row.event.ticket)
    assert counter is not None
    assert taken is not None
    if taken.only_counter == n or taken.service not in counter.skills or len(history.news) > 8 or taken.order_ms < 0:
        return
    if taken.service not in row.event.among:
        raise Violation("nobody_is_passed_over", f"{taken.number} was chosen among {row.event.among}")
    if office.queue.policy != "head_start" or sim.memory.passed[taken.id] >= office.queue.overtaken_max:
        return
    level = counter.skills[taken.service]
    head_ms = max((round(p.head_start_min * 60_000) for p in office.priority), default=0)
    for ticket_id in sim.memory.waiting:
        other = history.ticket(ticket_id)
        if other is None or not _also_for(other, taken, counter.skills, level):
            continue
        early_ms = taken.order_ms - other.order_ms
        if early_ms > head_ms or (early_ms > 0 and taken.priority == other.priority):
            raise Violation(
                "nobody_is_passed_over", f"{taken.number} was called, {other.number} waits {early_ms} ms longer"
            )


def _also_for(other: Ticket, taken: Ticket, skills: dict[str, int], level: int) -> bool:
    """True when `other` waits for this counter as much as `taken` did, and for nobody else."""
    if other.state is not S.WAITING or other.only_counter is not None or other.service not in skills:
        return False
    return other.service == taken.service or skills[other.service] == 1 or skills[other.service] < level


def everybody_was_called(sim: "Simulation") -> None:
    """With open counters that keep calling, nobody waits for ever."""
    for kiosk in sim.kiosks:
        book = kiosk.state.leases.book if kiosk.state is not None and kiosk.state.leases is not None else None
        if book is None or book.tickets:
            raise Violation("everybody_was_called", f"{kiosk.user} has not handed over: {book}")
    left = [sim.history.replay.tickets[key[2]].number for lane in sim.history.replay.lanes.values() for key in lane]
    if left:
        status = {n: c.status for n, c in sim.history.replay.counters.items() if c.status is not CounterStatus.OPEN}
        raise Violation("everybody_was_called", f"still waiting: {left[:9]}; counters not open: {status}")


def all_paper_is_known(sim: "Simulation") -> None:
    """With the link up and time passed, every number on paper is in the database, once; no twin of it waits."""
    for paper in sim.papers:
        kiosk = next(k for k in sim.kiosks if k.user == paper.kiosk)
        if not paper.online and paper.spool != kiosk.spools:
            continue  # the box is gone, and with it what it had not handed over
        if not sim.history.query(
            "SELECT 1 FROM tickets WHERE number = ? AND offline = ?", paper.number, not paper.online
        ):
            raise Violation("all_paper_is_known", f"{paper.number} of {paper.day}, printed by {paper.kiosk}")


def twins_are_void(sim: "Simulation") -> None:
    """Whoever holds a number of a block is in the queue under that number, and not under that of a lost reply too."""
    for row in sim.history.news:
        if row.kind not in ("ticket_handed_over", "ticket_merged"):
            continue
        number = sim.history.replay.tickets[row.event.ticket].number
        for paper in sim.papers:
            if (paper.number, paper.online, f"mqtt:{paper.kiosk}") != (number, False, row.actor):
                continue
            first = sim.history.kept.get((row.actor, paper.job))
            twin = sim.history.replay.tickets.get((first.ticket if first is not None else None) or "")
            if twin is not None and not twin.offline and twin.state in (S.WAITING, S.HELD):
                raise Violation("twins_are_void", f"{number} was printed, its twin {twin.number} is {twin.state}")


def blocks_are_disjoint(sim: "Simulation") -> None:
    """No number is lent twice, and none that was lent is given out by the server itself."""
    lent = sim.memory.lent
    for row in sim.history.news:
        if row.kind == "block_granted":
            for serial in range(row.event.first, row.event.last + 1):
                other = lent.setdefault((row.event.service, serial), row.event)
                if other is not row.event and other.day >= row.day:
                    raise Violation(
                        "blocks_are_disjoint", f"{row.event.service}{serial} to {other.kiosk}, {row.event.kiosk}"
                    )
                lent[row.event.service, serial] = row.event
        elif isinstance(row.event, ev.TicketIssued):
            block = lent.get((row.event.service, row.event.serial))
            if block is not None and block.day >= row.day:
                raise Violation("blocks_are_disjoint", f"{row.event.number} is lent to {block.kiosk}")


def offline_order_is_kept(sim: "Simulation") -> None:
    """What a kiosk printed without the server stands in order of issue, but for those who take a twin's place."""
    memory = sim.memory
    for row in sim.history.news:
        if row.kind == "ticket_voided":
            memory.twins.add(row.event.by)
        if row.kind != "ticket_handed_over" or row.event.ticket in memory.twins or row.event.order_ms < 0:
            continue
        key = (row.event.block, row.event.priority)
        before = memory.last_lent.get(key)
        if before is not None and (row.event.order_ms, row.event.number) < before:
            raise Violation("offline_order_is_kept", f"{row.event.number} stands before {before[1]}")
        memory.last_lent[key] = (row.event.order_ms, row.event.number)
