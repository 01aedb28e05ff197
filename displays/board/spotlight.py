"""The spotlight: one call at a time, each for its minimum dwell, none lost, a recall only once.

Everything else on the board changes at once; only this rotates (design.md §6).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from contracts.messages.board import Call

DWELL_S = 4.0  # least time of a call in the spotlight
PULSES = 2  # look.md, Board: a new call pulses twice
PULSE_S = 0.8  # half of it lit
QUEUE_MAX = 40  # calls waiting for the spotlight; beyond it the oldest are only in their rows
SEEN_MAX = 500  # call ids remembered


@dataclass(frozen=True)
class Spotlight:
    """`shown` since `since_s`; `fresh`: it came in as news and pulsed; `skipped`: how many QUEUE_MAX cost."""

    shown: Call | None = None
    since_s: float = 0.0
    fresh: bool = False
    queue: tuple[Call, ...] = ()
    seen: Mapping[str, int] = field(default_factory=dict)
    skipped: int = 0


def call_order(call: Call) -> tuple[object, ...]:
    """Sort key: oldest first, the same on every board."""
    return call.called_at, call.repeat, call.call_id


def offer(spot: Spotlight, calls: Iterable[Call], *, news: Mapping[str, bool]) -> Spotlight:
    """Queue the calls not seen yet. `news`: call id → worth showing as news when never seen; a recall always is."""
    seen, queue = dict(spot.seen), list(spot.queue)
    for call in sorted(calls, key=call_order):
        before = seen.get(call.call_id)
        if before is not None and before >= call.repeat:
            continue
        seen[call.call_id] = call.repeat
        if before is None and not news.get(call.call_id, True):
            continue
        queue = [waiting for waiting in queue if waiting.call_id != call.call_id]
        queue.append(call)
    queue.sort(key=call_order)
    extra = max(0, len(queue) - QUEUE_MAX)
    kept = dict(list(seen.items())[-SEEN_MAX:])
    return replace(spot, queue=tuple(queue[extra:]), seen=kept, skipped=spot.skipped + extra)


def advance(spot: Spotlight, mono_s: float) -> Spotlight:
    """Show the next call when the present one has had its dwell, or is the same one called again."""
    if not spot.queue:
        return spot
    only_repeated = spot.shown is not None and [c.call_id for c in spot.queue] == [spot.shown.call_id]
    if spot.shown is None or not spot.fresh or only_repeated or mono_s - spot.since_s >= DWELL_S:
        return replace(spot, shown=spot.queue[0], since_s=mono_s, fresh=True, queue=spot.queue[1:])
    return spot


def rest(spot: Spotlight, newest: Call | None, mono_s: float) -> Spotlight:
    """Without news, the newest known call stands there quietly."""
    if spot.shown is not None or spot.queue or newest is None:
        return spot
    return replace(spot, shown=newest, since_s=mono_s, fresh=False)


def forget(spot: Spotlight, known_ids: frozenset[str]) -> Spotlight:
    """A new day or a new database: what it does not know goes."""
    shown = spot.shown if spot.shown and spot.shown.call_id in known_ids else None
    queue = tuple(call for call in spot.queue if call.call_id in known_ids)
    return replace(spot, shown=shown, fresh=spot.fresh and shown is not None, queue=queue)


def in_dwell(spot: Spotlight, mono_s: float) -> bool:
    """True while the shown call is news."""
    return spot.fresh and mono_s - spot.since_s < DWELL_S


def is_lit(spot: Spotlight, mono_s: float) -> bool:
    """True in the lit half of a pulse."""
    age_s = mono_s - spot.since_s
    return spot.fresh and 0 <= age_s < PULSES * PULSE_S and age_s % PULSE_S < PULSE_S / 2


def next_step_s(spot: Spotlight, mono_s: float) -> float | None:
    """Seconds to the next change by time alone; None when there is none."""
    if not spot.fresh:
        return None
    steps = [i * PULSE_S / 2 for i in range(1, PULSES * 2)] + [DWELL_S]
    age_s = mono_s - spot.since_s
    return next((step - age_s for step in steps if step > age_s), None)
