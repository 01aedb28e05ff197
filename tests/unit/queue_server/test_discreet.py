"""What leaves over MQTT names no dossier."""

from datetime import UTC, datetime

from contracts import codec
from contracts.messages.common import CounterStatus, CounterView, TicketState, TicketView, Version
from contracts.messages.replies import CounterSnapshot, Reply
from queue_server.adapters.discreet import discreet_reply, discreet_snapshot

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
CODE = "H00.12-261122-9001"
TICKET = TicketView("A015", "A", "normal", TicketState.CALLED, "vi", AT, dossier=CODE)
VIEW = CounterView(1, CounterStatus.OPEN, 3, TICKET, held=(TICKET,))


def test_a_counter_s_state() -> None:
    snapshot = CounterSnapshot(Version(1, 1), AT, VIEW)
    assert CODE.encode() in codec.encode(snapshot)
    sent = discreet_snapshot(snapshot)
    assert CODE.encode() not in codec.encode(sent)
    assert sent.version == snapshot.version
    assert sent.counter.ticket is not None
    assert (sent.counter.ticket.number, len(sent.counter.held)) == ("A015", 1)


def test_a_reply() -> None:
    reply = Reply(id="command-1", verb="call-next", ok=True, at=AT, ticket=TICKET, counter=VIEW)
    assert CODE.encode() not in codec.encode(discreet_reply(reply))
    empty = Reply(id="command-1", verb="call-next", ok=True, at=AT)
    assert discreet_reply(empty) == empty
