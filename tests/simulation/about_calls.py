"""Promises about what is shown and said: boards, versions, the voice."""

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from contracts import codec, topics
from contracts.messages.board import BoardSnapshot, CallEvent
from contracts.messages.common import Version
from tests.simulation.board import SimBoard
from tests.simulation.world import Violation

if TYPE_CHECKING:
    from tests.simulation.office import Simulation

IN_TIME_S = 2.0
QUIET_S = 2.5
LOOK_S = 0.25
PUBLISHED_S = 12.0  # two ticks: the first may meet a commit that fails


class _Versioned(msgspec.Struct):
    version: Version


_versioned: msgspec.json.Decoder[_Versioned] = msgspec.json.Decoder(_Versioned)


@cache
def _topic(name: str, office: str) -> str:
    return topics.topic(name, office=office)


@dataclass(frozen=True)
class Due:
    """A call that must be on a board. Seconds of true time."""

    due_s: float
    board: SimBoard
    call_id: str
    repeat: int
    day: str
    since_s: float  # committed


def versions_go_forward(sim: "Simulation") -> None:
    """What the server publishes on a topic has a version that never falls, and a new one when it says anything new."""
    seen = sim.memory.versions
    for packet in sim.published:
        if "/state/" not in packet.topic or not packet.payload:
            continue
        version = _versioned.decode(packet.payload).version
        before = seen.get(packet.topic)
        if before is not None and (version < before[0] or (version == before[0] and packet.payload != before[1])):
            raise Violation("versions_go_forward", f"{packet.topic}: {before[0]}, then {version}")
        seen[packet.topic] = (version, packet.payload)
    for board in sim.boards:
        held = board.state.snapshot.version if board.state is not None and board.state.snapshot is not None else None
        shown = sim.memory.shown.get(board.user)
        if held is not None and shown is not None and shown[0] == board.life and held < shown[1]:
            raise Violation("versions_go_forward", f"{board.user} went from {shown[1]} back to {held}")
        if held is not None:
            sim.memory.shown[board.user] = (board.life, held)


def calls_are_on_boards_in_time(sim: "Simulation") -> None:
    """A committed call is on every board that has had its link, and the server its own, for IN_TIME_S since."""
    memory, now_s = sim.memory, sim.world.now_s
    for row in sim.history.news:
        if row.kind in ("ticket_called", "ticket_recalled"):
            repeat = getattr(row.event, "repeat", 0)
            since_s = now_s + (6.0 if sim.disk.lied_s == now_s else 0.0)  # its outcome was not known: a tick tells
            for board in sim.boards:
                memory.due.append(Due(since_s + IN_TIME_S, board, row.event.call_id, repeat, row.day, since_s))
    if now_s < memory.look_s:
        return
    memory.look_s = now_s + LOOK_S
    memory.due = [again for due in memory.due if (again := _looked_at(sim, due)) is not None]


def _looked_at(sim: "Simulation", due: Due) -> Due | None:
    """The same later, while it cannot be judged; None when the board shows the call, or has no place for it."""
    now_s, board = sim.world.now_s, due.board
    if sim.disk.blind:  # nobody can know what the database says
        return replace(due, due_s=now_s + 6.0 + IN_TIME_S, since_s=now_s + 6.0)
    if now_s < due.due_s:
        return due
    again_s = _due_again(sim, board, due.since_s)
    if again_s is None or now_s < again_s:
        return replace(due, due_s=again_s or now_s + LOOK_S)
    if not board.knows(due.call_id, due.repeat) and not _superseded(sim, due.call_id, due.day):
        raise Violation(
            "calls_are_on_boards_in_time", f"{board.user} does not show {due.call_id[:8]} repeat {due.repeat}"
        )
    return None


def calls_are_published(sim: "Simulation") -> None:
    """Every committed call goes out as an event too, also when the server died before it could: once its link is up
    again and a tick has passed, unless the call is stale by then."""
    memory, now_s = sim.memory, sim.world.now_s
    for row in sim.history.news:
        if row.kind == "day_started":
            memory.unheard.clear()
        if row.kind in ("ticket_called", "ticket_recalled"):
            memory.unheard[row.event.call_id, getattr(row.event, "repeat", 0)] = (now_s, row.at_ms)
    for packet in sim.reached:
        if packet.topic == _topic("call", sim.office.id):
            call = codec.decode(packet.payload, CallEvent).call
            memory.unheard = {k: v for k, v in memory.unheard.items() if k[0] != call.call_id or k[1] > call.repeat}
    up_s = sim.net.up_since("server")
    if up_s is None or sim.server.live is None or sim.disk.full or sim.disk.blind:
        memory.deaf_s = now_s
        return
    if now_s < max(up_s, memory.deaf_s) + PUBLISHED_S:
        return
    wall_ms = sim.server.office_ms()  # by the server's own clock it is stale or not
    stale_ms = 800 * sim.office.queue.stale_s
    for (call_id, repeat), (since_s, at_ms) in memory.unheard.items():
        if now_s > since_s + PUBLISHED_S and 0 <= wall_ms - at_ms < stale_ms:
            raise Violation("calls_are_published", f"{call_id[:8]} repeat {repeat}, called {now_s - since_s:.0f} s ago")
    memory.unheard = {k: v for k, v in memory.unheard.items() if 0 <= wall_ms - v[1] < stale_ms}


def published_is_committed(sim: "Simulation") -> None:
    """No call goes out, as an event or on the board, that is not in the database by then."""
    known = sim.memory.called_ids
    for row in sim.history.news:
        if row.kind in ("ticket_called", "ticket_recalled"):
            known.add((row.event.call_id, getattr(row.event, "repeat", 0)))
    for packet in sim.published:
        if packet.topic == _topic("call", sim.office.id):
            calls = [codec.decode(packet.payload, CallEvent).call]
        elif packet.topic == _topic("board", sim.office.id):
            calls = list(codec.decode(packet.payload, BoardSnapshot).calls[:1])
        else:
            continue
        for call in calls:
            if (call.call_id, call.repeat) not in known:
                raise Violation("published_is_committed", f"{call.number} at {call.counter}, {call.call_id[:8]}")


def _due_again(sim: "Simulation", board: SimBoard, since_s: float) -> float | None:
    """When the board must show it, by the links; None while one of them is down."""
    here, there = sim.net.up_since(board.user), sim.net.up_since("server")
    if here is None or there is None or sim.server.live is None or board.state is None:
        return None
    return max(here, there, since_s) + IN_TIME_S


def _superseded(sim: "Simulation", call_id: str, day: str) -> bool:
    """True when the list has no place for it any more: a new day, or too many newer calls."""
    if sim.history.replay.day != day:
        return True
    return all(call.call_id != call_id for call in sim.history.replay.calls)


def spoken_at_most(sim: "Simulation") -> None:
    """A call, and each recall of it, is heard at most `[speech] repeat` times a language, over all restarts."""
    if sim.bridge.heard_last is None:
        return
    key, sim.bridge.heard_last = sim.bridge.heard_last, None
    if sim.bridge.heard[key] > sim.office.speech.repeat:
        raise Violation("spoken_at_most", f"{key}: {sim.bridge.heard[key]} times")


def boards_equal_the_snapshot(sim: "Simulation") -> None:
    """In quiet times, and so after every reboot, a board shows what the server published last, and that is what is
    committed. (The server's own view is not asked: looking would renew it.)"""
    memory, now_s = sim.memory, sim.world.now_s
    topic = _topic("board", sim.office.id)
    for packet in sim.published:
        if packet.topic == topic and (memory.truth is None or packet.payload != memory.truth[0]):
            memory.truth = (packet.payload, codec.decode(packet.payload, BoardSnapshot))
            memory.changed_s = now_s
    if sim.history.news or sim.server.live is None or sim.disk.blind:
        memory.changed_s = now_s
    if memory.truth is None or now_s < memory.equal_s or now_s - max(memory.changed_s, sim.disk.lied_s + 6.0) < QUIET_S:
        return
    memory.equal_s = now_s + LOOK_S
    if sim.net.up_since("server") is None:
        return
    truth, state = memory.truth[1], sim.history.replay
    numbers = {n: t.number if (t := state.current(n)) else None for n in state.counters}
    told = {row.n: row.number for row in truth.counters}
    if truth.calls != state.calls or told != numbers or truth.business_day != state.day:
        raise Violation("boards_equal_the_snapshot", f"published: {told}, the database's: {numbers}")
    for board in sim.boards:
        since_s = _due_again(sim, board, memory.changed_s)
        if since_s is None or now_s < since_s:
            continue
        held = board.state.snapshot if board.state is not None else None
        if held != truth:
            raise Violation(
                "boards_equal_the_snapshot",
                f"{board.user} has {held.version if held else None}, published was {truth.version}",
            )
