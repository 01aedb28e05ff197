"""All children together, pure: who may start, in which order they stop, when all are ready."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from runtime.supervisor.child import Child, Effect, Event, Phase, Policy, step

CHILDREN_MAX = 64


@dataclass(frozen=True)
class Spec:
    """One child. `stage`: stopped from the highest to the lowest; `after`: names that must have been ready before.

    Readiness: a READY=1 datagram, or that `probe` (host, port) accepts a connection. A child that does not `count`
    is not waited for.
    """

    name: str
    argv: tuple[str, ...]
    stage: int = 0
    after: tuple[str, ...] = ()
    probe: tuple[str, int] | None = None
    counts: bool = True
    env: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Fleet:
    """State of all children; `seen_ready`: those that were ready at least once in this run."""

    specs: tuple[Spec, ...]
    children: Mapping[str, Child]
    seen_ready: frozenset[str] = frozenset()
    stopping: bool = False

    @property
    def all_ready(self) -> bool:
        """Every child that counts has been ready at least once."""
        return all(spec.name in self.seen_ready for spec in self.specs if spec.counts)

    @property
    def unready(self) -> list[str]:
        """Names of the children that count and were never ready."""
        return [spec.name for spec in self.specs if spec.counts and spec.name not in self.seen_ready]

    @property
    def all_stopped(self) -> bool:
        """Nobody is left."""
        return all(child.phase is Phase.STOPPED for child in self.children.values())

    @property
    def due_s(self) -> float | None:
        """When the next tick is needed; None when no clock runs."""
        return min((child.due_s for child in self.children.values() if child.due_s is not None), default=None)


Effects = tuple[tuple[str, Effect], ...]


def fleet_of(specs: Sequence[Spec]) -> Fleet:
    """A fleet at rest. Raises ValueError when names repeat, wait for nobody, or are too many."""
    names = [spec.name for spec in specs]
    unknown = {name for spec in specs for name in spec.after} - set(names)
    if len(set(names)) != len(names) or unknown or len(names) > CHILDREN_MAX:
        raise ValueError(f"{names}: names must differ, be at most {CHILDREN_MAX}, and {sorted(unknown)} must exist")
    return Fleet(tuple(specs), {name: Child() for name in names})


def advance(fleet: Fleet, name: str, event: Event, now_s: float, policy: Policy) -> tuple[Fleet, Effects]:
    """One child's event, and what follows from it for the others (a start that waited, the next stage to stop)."""
    child, effects = step(fleet.children[name], event, now_s, policy)
    seen = fleet.seen_ready | {name} if child.phase is Phase.READY else fleet.seen_ready
    changed = replace(fleet, children={**fleet.children, name: child}, seen_ready=seen)
    after, more = _follow(changed, now_s, policy)
    return after, (*((name, effect) for effect in effects), *more)


def start(fleet: Fleet, now_s: float, policy: Policy) -> tuple[Fleet, Effects]:
    """Start every child that waits for nobody."""
    return _follow(fleet, now_s, policy)


def stop(fleet: Fleet, now_s: float, policy: Policy) -> tuple[Fleet, Effects]:
    """Begin to stop all, the highest stage first."""
    return _follow(replace(fleet, stopping=True), now_s, policy)


def tick(fleet: Fleet, now_s: float, policy: Policy) -> tuple[Fleet, Effects]:
    """Let time pass for everybody."""
    effects: Effects = ()
    for spec in fleet.specs:
        fleet, more = advance(fleet, spec.name, Event.TICK, now_s, policy)
        effects += more
    return fleet, effects


def _next_events(fleet: Fleet) -> list[tuple[str, Event]]:
    if not fleet.stopping:
        return [
            (spec.name, Event.START)
            for spec in fleet.specs
            if fleet.children[spec.name].phase is Phase.IDLE and fleet.seen_ready.issuperset(spec.after)
        ]
    left = [spec for spec in fleet.specs if fleet.children[spec.name].phase is not Phase.STOPPED]
    highest = max((spec.stage for spec in left), default=0)
    return [
        (spec.name, Event.STOP)
        for spec in left
        if spec.stage == highest and fleet.children[spec.name].phase is not Phase.STOPPING
    ]


def _follow(fleet: Fleet, now_s: float, policy: Policy) -> tuple[Fleet, Effects]:
    effects: Effects = ()
    while events := _next_events(fleet):
        for name, event in events:
            child, more = step(fleet.children[name], event, now_s, policy)
            fleet = replace(fleet, children={**fleet.children, name: child})
            effects += tuple((name, effect) for effect in more)
    return fleet, effects
