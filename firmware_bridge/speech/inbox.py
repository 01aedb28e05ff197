"""From the board's messages to the announcer's calls: the edge where they are checked. Pure."""

from datetime import datetime

from contracts.errors import Rejected
from contracts.ids import parse_ticket_number
from contracts.messages.board import BoardSnapshot, CallEvent
from contracts.messages.board import Call as BoardCall
from contracts.messages.common import TicketState
from contracts.phrases import LANGS
from contracts.phrases.grammar import check_counter
from firmware_bridge.speech.calls import Call

CALL_ID_CHARS_MAX = 64


def from_snapshot(snapshot: BoardSnapshot, server_now: datetime) -> tuple[tuple[Call, ...], int]:
    """(calls oldest first, how many were refused). A call is live while its counter shows its ticket as called."""
    called = {row.n: row.number for row in snapshot.counters if row.state is TicketState.CALLED}
    return _checked([(call, called.get(call.counter) == call.number) for call in reversed(snapshot.calls)], server_now)


def from_event(event: CallEvent, server_now: datetime) -> tuple[tuple[Call, ...], int]:
    """The same for the fast path: its one call is live by definition."""
    return _checked([(event.call, True)], server_now)


def _checked(rows: list[tuple[BoardCall, bool]], server_now: datetime) -> tuple[tuple[Call, ...], int]:
    calls: list[Call] = []
    refused = 0
    for row, live in rows:
        try:
            calls.append(_call(row, live, server_now))
        except Rejected:
            refused += 1
    return tuple(calls), refused


def _call(row: BoardCall, live: bool, server_now: datetime) -> Call:
    """One call; raises Rejected `malformed` or `bad_number` for one that cannot be spoken."""
    if not (0 < len(row.call_id) <= CALL_ID_CHARS_MAX and row.call_id.isprintable() and row.repeat >= 0):
        raise Rejected("malformed", "a call id that cannot be remembered")
    prefix, serial = parse_ticket_number(row.number)
    return Call(
        call_id=row.call_id,
        number=f"{prefix}{serial:03d}",
        counter=check_counter(row.counter),
        repeat=row.repeat,
        lang=row.lang if row.lang in LANGS else LANGS[0],
        age_ms=max(0, round((server_now - row.called_at).total_seconds() * 1000)),
        live=live,
    )
