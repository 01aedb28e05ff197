"""Promises about the journal, the tables, and the program itself."""

from typing import TYPE_CHECKING, Any

from queue_server.adapters.store import rows
from queue_server.domain.model import Ticket
from tests.simulation.world import Violation

if TYPE_CHECKING:
    from tests.simulation.office import Simulation

FULL_EVERY = 25
"""Every so many commits all rows are compared, between them those that the journal names."""


def journal_has_no_gap(sim: "Simulation") -> None:
    """Sequence numbers follow one another from 1 for ever."""
    history = sim.history
    for row, due in zip(
        history.news, range(len(history.rows) - len(history.news) + 1, len(history.rows) + 1), strict=True
    ):
        if row.seq != due:
            raise Violation("journal_has_no_gap", f"entry {row.seq} where {due} was due")


def tables_equal_the_journal(sim: "Simulation") -> None:
    """What the commit of this step wrote equals what the journal says."""
    history = sim.history
    if not history.news:
        return
    if sim.disk.commits % FULL_EVERY == 0 or any(row.kind == "day_started" for row in history.news):
        all_tables_equal_the_journal(sim)
        return
    named = {
        i for row in history.news for i in (getattr(row.event, "ticket", None), getattr(row.event, "late", None)) if i
    }
    quoted = ",".join(f"'{ticket}'" for ticket in sorted(named))
    _compare_tickets(sim, history.table("tickets", f"id IN ({quoted})"), named)
    _compare_counters(sim)


def all_tables_equal_the_journal(sim: "Simulation") -> None:
    """Every row of tickets, counters, closed services and blocks equals the state rebuilt from the journal."""
    history = sim.history
    known = set(history.replay.tickets) | set(history.archive)
    _compare_tickets(sim, history.table("tickets"), known)
    _compare_counters(sim)
    closed = {row["code"]: row["reason"] for row in history.table("closed_services")}
    _equal("closed services", closed, history.replay.closed_services)
    blocks = {row["id"]: row for row in history.table("blocks")}
    for block in history.replay.blocks.values():
        _equal(f"block {block.id}", blocks.get(block.id), rows.block_row(block))


def _compare_tickets(sim: "Simulation", found: list[dict[str, Any]], known: set[str]) -> None:
    history = sim.history
    by_id = {row["id"]: row for row in found}
    for ticket_id in known:
        ticket = history.ticket(ticket_id)
        if ticket is not None:
            _equal(f"ticket {ticket.number}", by_id.get(ticket_id), _row(ticket, history.days[ticket_id]))


def _row(ticket: Ticket, day: str) -> dict[str, Any]:
    return {name: int(v) if isinstance(v, bool) else v for name, v in rows.ticket_row(ticket, day).items()}


def _compare_counters(sim: "Simulation") -> None:
    found = {row["n"]: row for row in sim.history.table("counters")}
    for n, row in found.items():
        _equal(f"counter {n}", row, rows.counter_row(sim.history.replay.counters[n]))


def _equal(what: str, table: Any, journal: Any) -> None:
    if table != journal:
        differences = table, journal
        if isinstance(table, dict) and isinstance(journal, dict):
            keys = [k for k in {**table, **journal} if table.get(k) != journal.get(k)]
            differences = {k: table.get(k) for k in keys}, {k: journal.get(k) for k in keys}
        raise Violation("tables_equal_the_journal", f"{what}: table {differences[0]}, journal {differences[1]}")


def nothing_broke(sim: "Simulation") -> None:
    """No bug was logged, and nobody was told `internal`."""
    if sim.complaints.bugs:
        raise Violation("nothing_broke", sim.complaints.bugs[0])
    for ack in sim.new_acks:
        if ack.reply.error is not None and ack.reply.error.code == "internal":
            raise Violation("nothing_broke", f"{ack.actor} {ack.verb}: internal, {ack.reply.error.detail}")
