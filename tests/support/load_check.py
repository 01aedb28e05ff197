"""What must be true of a database after any number of kills and cuts, judged without the code that wrote it.

Own SQL and an own table of legal moves: a mistake in the product's apply() cannot hide itself here.
"""

import json
import shutil
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts.messages.board import BoardSnapshot
from queue_server.adapters.store import OfficeStore, rebuild
from runtime.clock import Clock
from tests.support.load_crowd import Ack, Crowd

WAITING, CALLED, SERVING, HELD, DONE, NO_SHOW, GONE = (
    "waiting", "called", "serving", "held", "done", "no_show", "cancelled",
)  # fmt: skip

# journal kind → (states it may come from, state after)
MOVES: dict[str, tuple[frozenset[str], str]] = {
    "ticket_called": (frozenset({WAITING, HELD, NO_SHOW}), CALLED),
    "ticket_recalled": (frozenset({CALLED}), CALLED),
    "serving_started": (frozenset({CALLED}), SERVING),
    "ticket_finished": (frozenset({CALLED, SERVING}), DONE),
    "ticket_missed": (frozenset({CALLED}), NO_SHOW),
    "ticket_transferred": (frozenset({CALLED, SERVING}), WAITING),
    "ticket_held": (frozenset({CALLED, SERVING}), HELD),
    "ticket_resumed": (frozenset({HELD}), SERVING),
    "ticket_requeued": (frozenset({CALLED, SERVING, HELD}), WAITING),
    "ticket_cancelled": (frozenset({WAITING, HELD}), GONE),
    "ticket_expired": (frozenset({WAITING, CALLED, SERVING, HELD}), "expired"),
}

# verb → the journal kind that one acknowledged command of it has caused exactly once
CAUSED = {
    "issue": "ticket_issued", "cancel": "ticket_cancelled", "recall": "ticket_recalled", "start": "serving_started",
    "no-show": "ticket_missed", "transfer": "ticket_transferred", "hold": "ticket_held", "resume": "ticket_resumed",
    "requeue": "ticket_requeued",
}  # fmt: skip


@dataclass
class Records:
    """The database, read once."""

    journal: list[tuple[int, str, str, dict[str, Any]]]  # seq, day, actor, event
    tickets: dict[str, dict[str, Any]]  # id → row
    outcomes: dict[tuple[str, str], str | None]  # (actor, command id) → ticket id
    integrity: str

    @classmethod
    def read(cls, path: Path) -> "Records":
        """Of a database that nobody writes now."""
        connection = sqlite3.connect(path)
        connection.row_factory = sqlite3.Row
        try:
            integrity = connection.execute("PRAGMA integrity_check").fetchone()[0]
            journal = [
                (row["seq"], row["day"], row["actor"], json.loads(row["data"]))
                for row in connection.execute("SELECT * FROM journal ORDER BY seq")
            ]
            tickets = {row["id"]: dict(row) for row in connection.execute("SELECT * FROM tickets")}
            outcomes = {
                (row["actor"], row["id"]): row["ticket"] for row in connection.execute("SELECT * FROM outcomes")
            }
        finally:
            connection.close()
        return cls(journal, tickets, outcomes, integrity)

    @classmethod
    def read_copy(cls, path: Path, folder: Path) -> "Records":
        """Of a copy in `folder`: whoever opens a database mends it. An unreadable one is an AssertionError."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(path.parent, folder)
        try:
            return cls.read(folder / path.name)
        except sqlite3.DatabaseError as error:
            raise AssertionError(f"the database cannot be read: {error}") from error

    def calls(self) -> set[tuple[str, int]]:
        """(call_id, repeat) of every committed call."""
        return {
            (event["call_id"], event.get("repeat", 0))
            for _, _, _, event in self.journal
            if event["kind"] in ("ticket_called", "ticket_recalled")
        }


@dataclass
class Findings:
    """What is wrong. Empty is right."""

    wrong: list[str] = field(default_factory=list)

    def check(self, true: bool, text: str) -> None:
        """Notes `text` when it is not."""
        if not true:
            self.wrong.append(text)


def judge_crowd(records: Records, people: Crowd) -> list[str]:
    """All that is wrong after a crowd was stopped: every command has its answer."""
    return judge(records, people.acks(), people.unsure()) + people.contradictions()


def judge(records: Records, acks: Sequence[Ack], unsure: Mapping[str, int] | None = None) -> list[str]:
    """All that is wrong. `unsure`: no command is under way, so that effects can be counted exactly, but for those
    copies of an actor that were answered with nothing (design.md §4: they are not remembered)."""
    found = Findings()
    found.check(records.integrity == "ok", f"integrity: {records.integrity}")
    _gapless(records, found)
    _numbers(records, acks, found)
    _moves(records, found)
    for ack in acks:
        _there(records, ack, found)
    if unsure is not None:
        _exactly_once(records, acks, unsure, found)
    return found.wrong


def _gapless(records: Records, found: Findings) -> None:
    seqs = [seq for seq, *_ in records.journal]
    found.check(seqs == list(range(1, len(seqs) + 1)), "the journal has a gap")


def _numbers(records: Records, acks: Iterable[Ack], found: Findings) -> None:
    """No number twice a day: in the journal, in the tables, on paper."""
    for source, numbers in (
        ("journal", [(day, e["number"]) for _, day, _, e in records.journal if e["kind"] == "ticket_issued"]),
        ("tables", [(row["day"], row["number"]) for row in records.tickets.values()]),
        ("paper", [a.reply.issued.number for a in acks if a.verb == "issue" and a.reply.issued]),
    ):
        twice = [number for number, count in Counter[Any](numbers).items() if count > 1]
        found.check(not twice, f"given twice by {source}: {twice[:5]}")


def _moves(records: Records, found: Findings) -> None:
    """Only legal moves: nobody is called while called. And the tables say what the journal says."""
    state: dict[str, str] = {}
    for seq, _, _, event in records.journal:
        kind, ticket = event["kind"], event.get("ticket", "")
        if kind == "ticket_issued":
            found.check(ticket not in state, f"{seq}: {event['number']} issued again")
            state[ticket] = WAITING
        elif kind in MOVES:
            allowed, after = MOVES[kind]
            found.check(state.get(ticket) in allowed, f"{seq}: {kind} of a ticket that is {state.get(ticket)}")
            state[ticket] = after
    rows = {ticket: row["state"] for ticket, row in records.tickets.items()}
    found.check(rows == state, f"tables and journal differ in {len(set(rows.items()) ^ set(state.items()))} tickets")


def _there(records: Records, ack: Ack, found: Findings) -> None:
    """What somebody was told is in the database."""
    reply = ack.reply
    if ack.verb == "call-next" and reply.ticket is None:
        return  # nobody waited: nothing is remembered
    key = (f"mqtt:{ack.user}", ack.message.id)
    if key not in records.outcomes:
        found.wrong.append(f"acknowledged {ack.verb} of {ack.user} is lost")
        return
    told = reply.issued or reply.ticket
    row = records.tickets.get(records.outcomes[key] or "")
    if told is not None and row is not None:
        found.check(row["number"] == told.number, f"{ack.verb}: told {told.number}, kept {row['number']}")
    found.check(told is None or row is not None, f"the ticket of an acknowledged {ack.verb} is lost")
    if reply.issued is not None and row is not None:
        found.check(row["token"] == reply.issued.token, f"{reply.issued.number} has another token")


def _exactly_once(records: Records, acks: Iterable[Ack], unsure: Mapping[str, int], found: Findings) -> None:
    """Commands that were sent again had one effect each."""
    events: dict[tuple[str, str], int] = defaultdict(int)
    for _, _, actor, event in records.journal:
        events[actor, event["kind"]] += 1
    expected: dict[tuple[str, str], int] = defaultdict(int)
    for ack in acks:
        kind = CAUSED.get(ack.verb)
        if ack.verb in ("call-next", "undo-no-show") and ack.reply.ticket is not None:
            kind = "ticket_called"
        if kind is not None:
            expected[f"mqtt:{ack.user}", kind] += 1
    for key in {key for key in (*events, *expected) if key[1] in {*CAUSED.values(), "ticket_called"}}:
        more = events[key] - expected[key]
        found.check(
            0 <= more <= unsure.get(key[0], 0), f"{key}: {events[key]} in the journal, {expected[key]} answered"
        )


def tables_differ(path: Path) -> list[str]:
    """In what the tables differ from what the product itself makes of the journal."""
    return rebuild.check(path)


def board_differs(board: BoardSnapshot, path: Path) -> list[str]:
    """In what the board differs from the office that the database holds. Nobody may have it open."""
    with OfficeStore(path, Clock().wall_ms()) as store:
        state = store.load([row.n for row in board.counters])
    found = Findings()
    found.check(board.business_day == state.day, f"day {board.business_day}, {state.day}")
    found.check(board.calls == state.calls, f"calls {board.calls[:3]}, {state.calls[:3]}")
    for row in board.counters:
        ticket = state.current(row.n)
        kept = (ticket.number, ticket.state) if ticket else (None, None)
        found.check((row.number, row.state) == kept, f"counter {row.n}: {row.number} {row.state}, {kept}")
    for service in board.services:
        waiting = state.waiting(service.code)
        found.check(service.waiting == waiting, f"{service.code}: {service.waiting} wait, {waiting}")
    return found.wrong
