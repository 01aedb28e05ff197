"""Which announcement is spoken next: order, repeats, two languages, backlog, never twice (design.md §6). Sans-io.

`step(state, event, now_ms)` gives the next state and the effects; time is monotonic milliseconds. One announcement is
played at a time, so nothing overlaps; a call is remembered before it is played, so nothing is said again after a crash.
"""

from dataclasses import dataclass, field, replace
from typing import assert_never

from firmware_bridge.speech.calls import (
    Call,
    Dropped,
    Effect,
    Event,
    Failed,
    Play,
    Played,
    Policy,
    Remember,
    Seen,
    Tick,
    Wake,
)

PENDING_MAX = 40  # more than a board snapshot can hold; the oldest is dropped beyond
SPOKEN_MAX = 512  # calls remembered; the snapshot lists the last 20
LANGUAGE_GAP_MS = 350  # between the two languages of one call
CALL_GAP_MS = 250  # between two calls
RETRY_MS = 2_000  # after a failing sound card
BACKLOG_SKIPS_REPEATS = 1  # other calls waiting for their first announcement
BACKLOG_SKIPS_LANGUAGES = 2


@dataclass(frozen=True)
class Part:
    """One announcement of a call: its language and round (0 = first)."""

    lang: str
    round: int


@dataclass(frozen=True)
class Turn:
    """A call that waits or is being announced: the parts left, the part heard last, and when it was seen."""

    call: Call
    seen_ms: int
    parts: tuple[Part, ...]
    begun: bool = False
    heard: Part | None = None

    def age_ms(self, now_ms: int) -> int:
        """Age of the call now."""
        return self.call.age_ms + now_ms - self.seen_ms


@dataclass(frozen=True)
class State:
    """Everything the announcer knows. `turns[0]` is being announced when it has begun; the others wait."""

    policy: Policy
    spoken: dict[str, int] = field(default_factory=dict)  # call_id → highest repeat spoken, oldest first
    turns: tuple[Turn, ...] = ()
    playing: int | None = None
    last_id: int = 0
    ended_ms: int | None = None
    failing: bool = False


def initial(policy: Policy, spoken: tuple[str, ...] = ()) -> State:
    """The state after a start; `spoken` are the keys remembered from before."""
    state = State(policy=policy)
    for key in spoken[-SPOKEN_MAX:]:
        call_id, _, repeat = key.rpartition("#")
        if call_id and repeat.isascii() and repeat.isdigit():  # anything else: a damaged line
            state = _remember(state, call_id, int(repeat))
    return state


def step(state: State, event: Event, now_ms: int) -> tuple[State, tuple[Effect, ...]]:
    """One event in, the effects out."""
    effects: list[Effect] = []
    match event:
        case Seen(calls):
            for call in calls:
                state = _see(state, call, now_ms, effects)
        case Played(done_id):
            state = _played(state, done_id, now_ms)
        case Failed(failed_id):
            state = _failed(state, failed_id, now_ms)
        case Tick():
            pass
        case _:
            assert_never(event)
    return _advance(state, now_ms, effects), tuple(effects)


def _see(state: State, call: Call, now_ms: int, effects: list[Effect]) -> State:
    if any(turn.call.key == call.key for turn in state.turns):
        turns = tuple(
            replace(turn, call=replace(turn.call, live=call.live)) if turn.call.key == call.key else turn
            for turn in state.turns
        )
        return replace(state, turns=turns)
    if call.repeat <= state.spoken.get(call.call_id, -1) or _newer_known(state, call):
        return state
    if not call.live or call.age_ms > state.policy.stale_ms:
        return _drop(state, call, "stale" if call.live else "closed", effects)
    turn = Turn(call=call, seen_ms=now_ms, parts=_parts(state.policy, call))
    return _bounded(_queued(state, turn, effects), effects)


def _newer_known(state: State, call: Call) -> bool:
    return any(turn.call.call_id == call.call_id and turn.call.repeat > call.repeat for turn in state.turns)


def _queued(state: State, new: Turn, effects: list[Effect]) -> State:
    """Add `new` at the end. A recall takes the place of its call still waiting, and ends the repeats of one begun."""
    turns: list[Turn] = []
    placed = False
    for turn in state.turns:
        if turn.call.call_id != new.call.call_id:
            turns.append(turn)
        elif turn.begun:
            turns.append(replace(turn, parts=turn.parts[:1] if state.playing is not None else ()))
        else:
            state = _drop(state, turn.call, "recalled", effects)
            turns.append(new)
            placed = True
    return replace(state, turns=tuple(turns if placed else [*turns, new]))


def _drop(state: State, call: Call, reason: str, effects: list[Effect]) -> State:
    """Not announced, and never will be. Not written down: after a restart it is judged again."""
    effects.append(Dropped(call, reason))
    return _remember(state, call.call_id, call.repeat)


def _bounded(state: State, effects: list[Effect]) -> State:
    if len(state.turns) <= PENDING_MAX:
        return state
    victim = next(turn for turn in state.turns if not turn.begun)
    state = _drop(state, victim.call, "backlog", effects)
    return replace(state, turns=tuple(turn for turn in state.turns if turn is not victim))


def _parts(policy: Policy, call: Call) -> tuple[Part, ...]:
    languages = dict.fromkeys([*policy.languages, call.lang])
    return tuple(Part(lang, turn) for turn in range(policy.rounds) for lang in languages)


def _remember(state: State, call_id: str, repeat: int) -> State:
    spoken = {known: highest for known, highest in state.spoken.items() if known != call_id}
    spoken[call_id] = max(repeat, state.spoken.get(call_id, 0))
    for oldest in list(spoken)[: max(0, len(spoken) - SPOKEN_MAX)]:
        del spoken[oldest]
    return replace(state, spoken=spoken)


def _played(state: State, done_id: int, now_ms: int) -> State:
    if done_id != state.playing:
        return state
    turn = state.turns[0]
    done = replace(turn, parts=turn.parts[1:], heard=turn.parts[0])
    return replace(state, turns=(done, *state.turns[1:]), playing=None, ended_ms=now_ms, failing=False)


def _failed(state: State, failed_id: int, now_ms: int) -> State:
    if failed_id != state.playing:
        return state
    return replace(state, playing=None, ended_ms=now_ms, failing=True)


def _gap_ms(state: State, following: Turn) -> int:
    """Silence between what ended last and the first part of `following`."""
    if state.failing:
        return RETRY_MS
    if following.heard is None:
        return CALL_GAP_MS
    return state.policy.gap_ms if following.parts[0].round > following.heard.round else LANGUAGE_GAP_MS


def _advance(state: State, now_ms: int, effects: list[Effect]) -> State:
    """Drop what is over, then start the next announcement if nothing is playing."""
    if state.playing is not None:
        return state
    state = _pruned(state, now_ms, effects)
    if not state.turns:
        return state
    turn = state.turns[0]
    if state.ended_ms is not None and now_ms < state.ended_ms + _gap_ms(state, turn):
        effects.append(Wake(state.ended_ms + _gap_ms(state, turn)))
        return state
    if not turn.begun:
        effects.append(Remember(turn.call.key))
        state = _remember(state, turn.call.call_id, turn.call.repeat)
    part = turn.parts[0]
    chime = state.policy.chime and part == _parts(state.policy, turn.call)[0]
    play = Play(id=state.last_id + 1, call=turn.call, lang=part.lang, chime=chime)
    effects.append(play)
    turns = (replace(turn, begun=True), *state.turns[1:])
    return replace(state, turns=turns, playing=play.id, last_id=play.id)


def _pruned(state: State, now_ms: int, effects: list[Effect]) -> State:
    """Leave out finished turns, the repeats and second languages that a backlog forbids, and calls that are over."""
    kept: list[Turn] = []
    for turn in state.turns:
        reason = _over(state, turn, now_ms)
        if reason is None:
            kept.append(turn)
        elif turn.heard is None:
            state = _drop(state, turn.call, reason, effects)
    waiting = sum(1 for turn in kept if not turn.begun)
    kept = [replace(turn, parts=_allowed(turn, waiting)) if turn.begun else turn for turn in kept]
    return replace(state, turns=tuple(turn for turn in kept if turn.parts))


def _over(state: State, turn: Turn, now_ms: int) -> str | None:
    """Why a call needs no (more) announcing: its ticket is served or closed, or a dead sound card outlived it."""
    if not turn.call.live:
        return "closed"
    if state.failing and turn.age_ms(now_ms) > state.policy.stale_ms:
        return "stale"
    return None


def _allowed(turn: Turn, waiting: int) -> tuple[Part, ...]:
    """What a begun call may still say while `waiting` others were not heard once; its own first part always."""
    if waiting >= BACKLOG_SKIPS_LANGUAGES:
        return turn.parts[: 0 if turn.heard else 1]
    if waiting >= BACKLOG_SKIPS_REPEATS:
        return tuple(part for part in turn.parts if part.round == 0)
    return turn.parts
