"""The life of one child, pure: (state, event, now) → (state, effects)."""

from dataclasses import dataclass, replace
from enum import Enum, auto


@dataclass(frozen=True)
class Policy:
    """How patient the supervisor is. A child that was ready for `healthy_s` starts its backoff anew."""

    backoff_first_s: float = 0.2
    backoff_max_s: float = 10.0
    healthy_s: float = 30.0
    stop_limit_s: float = 6.0


class Phase(Enum):
    """Where a child is in its life."""

    IDLE = auto()  # not started yet
    STARTING = auto()  # runs, has not said that it is ready
    READY = auto()
    BACKOFF = auto()  # died; `due_s` says when it is started again
    STOPPING = auto()  # told to stop; `due_s` says when it is killed
    STOPPED = auto()


class Event(Enum):
    """What happens to a child."""

    START = auto()
    READY = auto()
    EXITED = auto()
    STOP = auto()
    TICK = auto()


class Effect(Enum):
    """What the loop does for a child."""

    SPAWN = auto()
    TERMINATE = auto()  # SIGTERM to the child
    KILL = auto()  # SIGKILL to its process group: a late child, or what a dead one left behind


@dataclass(frozen=True)
class Child:
    """State of one child; `failures` since it was last healthy, `ready_s` when it became ready."""

    phase: Phase = Phase.IDLE
    failures: int = 0
    restarts: int = 0
    ready_s: float | None = None
    due_s: float | None = None

    @property
    def alive(self) -> bool:
        """True when there is a process."""
        return self.phase in (Phase.STARTING, Phase.READY, Phase.STOPPING)


Step = tuple[Child, tuple[Effect, ...]]


def backoff_s(failures: int, policy: Policy) -> float:
    """Seconds to wait after this many failures in a row: doubled each time, capped."""
    doubled = policy.backoff_first_s * 2.0 ** min(failures - 1, 32)
    return min(doubled, policy.backoff_max_s)


def _spawned(child: Child) -> Step:
    return replace(child, phase=Phase.STARTING, ready_s=None, due_s=None), (Effect.SPAWN,)


def _died(child: Child, now_s: float, policy: Policy) -> Step:
    healthy = child.ready_s is not None and now_s - child.ready_s >= policy.healthy_s
    failures = 1 if healthy else child.failures + 1
    due_s = now_s + backoff_s(failures, policy)
    after = Child(Phase.BACKOFF, failures=failures, restarts=child.restarts + 1, due_s=due_s)
    return after, (Effect.KILL,)


def _stop(child: Child, now_s: float, policy: Policy) -> Step:
    if child.phase in (Phase.STARTING, Phase.READY):
        return replace(child, phase=Phase.STOPPING, due_s=now_s + policy.stop_limit_s), (Effect.TERMINATE,)
    if child.phase is Phase.STOPPING:
        return child, ()
    return replace(child, phase=Phase.STOPPED, due_s=None), ()


def _tick(child: Child, now_s: float, policy: Policy) -> Step:
    if child.due_s is None or now_s < child.due_s:
        return child, ()
    if child.phase is Phase.BACKOFF:
        return _spawned(child)
    return replace(child, due_s=now_s + policy.stop_limit_s), (Effect.KILL,)


def step(child: Child, event: Event, now_s: float, policy: Policy) -> Step:
    """The next state and what to do. An event that makes no sense in a phase changes nothing."""
    match event, child.phase:
        case Event.START, Phase.IDLE:
            return _spawned(child)
        case Event.READY, Phase.STARTING:
            return replace(child, phase=Phase.READY, ready_s=now_s), ()
        case Event.EXITED, Phase.STARTING | Phase.READY:
            return _died(child, now_s, policy)
        case Event.EXITED, Phase.STOPPING:
            return replace(child, phase=Phase.STOPPED, due_s=None), (Effect.KILL,)
        case Event.STOP, _:
            return _stop(child, now_s, policy)
        case Event.TICK, _:
            return _tick(child, now_s, policy)
        case _:
            return child, ()
