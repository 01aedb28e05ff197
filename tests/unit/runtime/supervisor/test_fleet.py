"""Who starts when, and who stops when."""

import pytest

from runtime.supervisor.child import Effect, Event, Phase, Policy
from runtime.supervisor.fleet import CHILDREN_MAX, Fleet, Spec, advance, fleet_of, start, stop, tick

POLICY = Policy()
SPECS = (
    Spec("broker", ("b",), stage=0),
    Spec("server", ("s",), stage=1, after=("broker",)),
    Spec("kiosk", ("k",), stage=2, after=("broker",)),
    Spec("demo", ("d",), stage=3, after=("server", "kiosk"), counts=False),
)


def running() -> Fleet:
    fleet, _ = start(fleet_of(SPECS), 0, POLICY)
    for name in ("broker", "server", "kiosk", "demo"):
        fleet, _ = advance(fleet, name, Event.READY, 1, POLICY)
    return fleet


def test_only_those_who_wait_for_nobody_start_at_once() -> None:
    _, effects = start(fleet_of(SPECS), 0, POLICY)
    assert effects == (("broker", Effect.SPAWN),)


def test_a_ready_child_lets_the_waiting_ones_start() -> None:
    fleet, _ = start(fleet_of(SPECS), 0, POLICY)
    fleet, effects = advance(fleet, "broker", Event.READY, 1, POLICY)
    assert effects == (("server", Effect.SPAWN), ("kiosk", Effect.SPAWN))
    fleet, effects = advance(fleet, "server", Event.READY, 2, POLICY)
    assert effects == ()
    assert fleet.unready == ["kiosk"]
    fleet, effects = advance(fleet, "kiosk", Event.READY, 3, POLICY)
    assert effects == (("demo", Effect.SPAWN),)
    assert fleet.all_ready  # the demo does not count


def test_a_death_touches_nobody_else() -> None:
    before = running()
    after, effects = advance(before, "broker", Event.EXITED, 2, POLICY)
    assert effects == (("broker", Effect.KILL),)
    assert {n: c for n, c in after.children.items() if n != "broker"} == {
        n: c for n, c in before.children.items() if n != "broker"
    }
    assert after.all_ready  # it was: nothing is announced twice
    after, effects = tick(after, 2.2, POLICY)
    assert effects == (("broker", Effect.SPAWN),)


def test_stop_goes_stage_by_stage_in_reverse() -> None:
    fleet, effects = stop(running(), 10, POLICY)
    order = [name for name, _ in effects]
    for name in ("demo", "kiosk", "server", "broker"):
        fleet, effects = advance(fleet, name, Event.EXITED, 11, POLICY)
        order += [name for name, effect in effects if effect is Effect.TERMINATE]
    assert order == ["demo", "kiosk", "server", "broker"]
    assert fleet.all_stopped


def test_stop_before_the_start_is_over_starts_nobody() -> None:
    fleet, _ = start(fleet_of(SPECS), 0, POLICY)
    fleet, effects = stop(fleet, 1, POLICY)
    assert effects == (("broker", Effect.TERMINATE),)
    fleet, effects = advance(fleet, "broker", Event.READY, 2, POLICY)
    assert effects == ()
    fleet, _ = advance(fleet, "broker", Event.EXITED, 2, POLICY)
    assert fleet.all_stopped


def test_a_child_in_backoff_is_not_started_while_stopping() -> None:
    fleet, _ = advance(running(), "demo", Event.EXITED, 2, POLICY)
    fleet, _ = stop(fleet, 2.1, POLICY)
    fleet, effects = tick(fleet, 60, POLICY)
    assert fleet.children["demo"].phase is Phase.STOPPED
    assert ("demo", Effect.SPAWN) not in effects


def test_the_next_tick_is_that_of_the_earliest_clock() -> None:
    fleet, _ = advance(running(), "kiosk", Event.EXITED, 5, POLICY)
    fleet, _ = advance(fleet, "server", Event.EXITED, 4, POLICY)
    assert fleet.due_s == pytest.approx(4.2)
    assert running().due_s is None


@pytest.mark.parametrize(
    "specs",
    [
        [Spec("a", ("x",)), Spec("a", ("y",))],
        [Spec("a", ("x",), after=("nobody",))],
        [Spec(f"c{n}", ("x",)) for n in range(CHILDREN_MAX + 1)],
    ],
    ids=["twice", "waits for nobody", "too many"],
)
def test_nonsense_is_refused(specs: list[Spec]) -> None:
    with pytest.raises(ValueError, match="names must differ"):
        fleet_of(specs)
