"""Promises about commands: what was acknowledged stays, and what was asked once happens once."""

from typing import TYPE_CHECKING

from queue_server.domain.model import Ticket
from tests.simulation.world import Violation

if TYPE_CHECKING:
    from tests.simulation.office import Simulation

# kind of event → verbs of which one id may cause at most one such event
CAUSES: dict[str, frozenset[str]] = {
    "ticket_issued": frozenset({"issue", "check-in"}),
    "ticket_called": frozenset({"call-next", "call", "undo-no-show"}),
    "ticket_recalled": frozenset({"recall"}),
    "serving_started": frozenset({"start"}),
    "ticket_missed": frozenset({"no-show"}),
    "ticket_transferred": frozenset({"transfer"}),
    "ticket_held": frozenset({"hold"}),
    "ticket_resumed": frozenset({"resume"}),
    "ticket_requeued": frozenset({"requeue"}),
}
CHANGING = frozenset({"issue", "recall", "start", "finish", "no-show", "undo-no-show", "transfer", "hold", "resume",
                      "requeue", "call"})  # fmt: skip


TRY_AGAIN = ("busy", "storage_unavailable", "expired")
TRUST_S = 20.0
"""So long after a step of the server's clock nobody knows its time for sure."""
LATE_S_MAX = 1.2
"""The sender estimates the server's time from a heartbeat that took its time to come."""


def acknowledged_is_kept(sim: "Simulation") -> None:
    """Whoever was told "done" was told the truth: the outcome is committed, and the ticket is the one he was told."""
    for ack in sim.new_acks:
        reply = ack.reply
        if not reply.ok:
            continue
        kept = sim.history.kept.get((ack.actor, reply.id))
        if kept is None and (ack.verb in CHANGING or (ack.verb == "call-next" and reply.ticket is not None)):
            raise Violation("acknowledged_is_kept", f"{ack.actor} {ack.verb} {reply.id[:8]} was never committed")
        if reply.issued is not None and kept is not None:
            ticket = _newest(sim, ack.actor, reply.id)
            if ticket is None or (ticket.number, ticket.token) != (reply.issued.number, reply.issued.token):
                raise Violation(
                    "acknowledged_is_kept", f"{reply.id[:8]} was told {reply.issued.number}, kept is {ticket}"
                )
            told = sim.memory.told.setdefault((ack.actor, reply.id), reply.issued.number)
            if told != reply.issued.number and not ticket.offline:
                raise Violation("acknowledged_is_kept", f"{reply.id[:8]} was told {told}, then {reply.issued.number}")


def _newest(sim: "Simulation", actor: str, command_id: str) -> Ticket | None:
    """The ticket of a command id: after a hand-over it is the printed one."""
    found = sim.history.query("SELECT ticket FROM outcomes WHERE actor = ? AND id = ?", actor, command_id)
    return sim.history.ticket(found[0][0]) if found else None


def taken_over_is_kept(sim: "Simulation") -> None:
    """A number whose hand-over was acknowledged is in the database."""
    for ack in sim.new_acks:
        for handed in ack.reply.handed or ():
            if handed.accepted and not sim.history.query(
                "SELECT 1 FROM tickets WHERE number = ? AND offline", handed.number
            ):
                raise Violation("taken_over_is_kept", f"{handed.number} of {ack.actor} is not there")
            if not handed.accepted and handed.code not in TRY_AGAIN:
                raise Violation("taken_over_is_kept", f"{handed.number} of {ack.actor} was refused: {handed.code}")


def one_effect_each(sim: "Simulation") -> None:
    """No more events of a kind by an actor than different commands of his that can cause one."""
    caused = sim.memory.caused
    for row in sim.history.news:
        verbs = CAUSES.get(row.kind)
        if verbs is None or row.actor == "system":
            continue
        caused[row.actor, row.kind] += 1
        asked = sum(1 for (actor, _), sent in sim.sent.items() if actor == row.actor and sent.verb in verbs)
        if caused[row.actor, row.kind] > asked:
            raise Violation(
                "one_effect_each", f"{row.actor}: {caused[row.actor, row.kind]} times {row.kind}, asked {asked} times"
            )
    for kept in sim.history.kept_news:
        if (kept.actor, kept.id) not in sim.sent:
            raise Violation("one_effect_each", f"{kept.actor} never sent {kept.id}")
        if kept.ticket is not None and sim.sent[kept.actor, kept.id].verb == "issue":
            other = sim.memory.ticket_of.setdefault(kept.ticket, kept)
            if (other.actor, other.id) != (kept.actor, kept.id):
                raise Violation("one_effect_each", f"{other.id[:8]} and {kept.id[:8]} share one ticket")


def late_commands_do_nothing(sim: "Simulation") -> None:
    """A command that came later than its time to live changed nothing (design.md §3, Time to live)."""
    for kept in sim.history.kept_news:
        sent = sim.sent[kept.actor, kept.id]
        ttl_ms = getattr(sent.message, "ttl_ms", None)
        ticket = sim.history.ticket(kept.ticket or "")
        if ticket is not None and ticket.offline:
            continue  # handed over: the paper is in somebody's hand
        if ttl_ms is None or sent.message.sent_at_ms is None or sent.first_s < sim.stepped_s + TRUST_S:
            continue
        late_s = kept.seen_s - sent.first_s - ttl_ms / 1000
        if late_s > LATE_S_MAX:
            raise Violation("late_commands_do_nothing", f"{kept.actor} {sent.verb} came {late_s:.1f} s too late")
