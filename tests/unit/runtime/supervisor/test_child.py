"""Backoff and stopping of one child, on a clock that the test holds."""

import pytest

from runtime.supervisor.child import Child, Effect, Event, Phase, Policy, backoff_s, step

POLICY = Policy(backoff_first_s=0.2, backoff_max_s=10.0, healthy_s=30.0, stop_limit_s=6.0)


def play(*events: tuple[float, Event]) -> tuple[Child, list[tuple[float, Effect]]]:
    child, done = Child(), []
    for now_s, event in events:
        child, effects = step(child, event, now_s, POLICY)
        done += [(now_s, effect) for effect in effects]
    return child, done


@pytest.mark.parametrize(
    ("failures", "expected_s"),
    [(1, 0.2), (2, 0.4), (3, 0.8), (4, 1.6), (5, 3.2), (6, 6.4), (7, 10.0), (8, 10.0), (10_000, 10.0)],
)
def test_backoff_doubles_up_to_the_cap(failures: int, expected_s: float) -> None:
    assert backoff_s(failures, POLICY) == pytest.approx(expected_s)


def test_a_dead_child_is_started_again_after_its_backoff_and_not_before() -> None:
    child, done = play((0, Event.START), (1, Event.EXITED), (1.19, Event.TICK))
    assert child.phase is Phase.BACKOFF
    child, effects = step(child, Event.TICK, 1.2, POLICY)
    assert (child.phase, effects) == (Phase.STARTING, (Effect.SPAWN,))
    assert done == [(0, Effect.SPAWN), (1, Effect.KILL)]  # KILL: what the dead one left in its group


def test_failures_add_up_while_the_child_is_not_healthy() -> None:
    child, _ = play((0, Event.START), (1, Event.READY), (30.9, Event.EXITED), (31.1, Event.TICK), (31.2, Event.EXITED))
    assert (child.failures, child.due_s, child.restarts) == (2, pytest.approx(31.6), 2)


def test_a_healthy_time_forgives_all_failures() -> None:
    child = Child(Phase.READY, failures=9, restarts=9, ready_s=100.0)
    child, _ = step(child, Event.EXITED, 130.0, POLICY)
    assert (child.failures, child.due_s) == (1, pytest.approx(130.2))


def test_a_child_that_runs_but_never_gets_ready_is_not_healthy() -> None:
    child, _ = step(Child(Phase.STARTING, failures=4), Event.EXITED, 1000.0, POLICY)
    assert child.failures == 5


def test_stop_is_polite_first_and_certain_later() -> None:
    child, done = play((0, Event.START), (1, Event.READY), (2, Event.STOP), (7.9, Event.TICK), (8, Event.TICK))
    assert child.phase is Phase.STOPPING
    assert done == [(0, Effect.SPAWN), (2, Effect.TERMINATE), (8, Effect.KILL)]
    child, _ = step(child, Event.EXITED, 8.1, POLICY)
    assert child.phase is Phase.STOPPED


@pytest.mark.parametrize("phase", [Phase.IDLE, Phase.BACKOFF])
def test_stop_without_a_process_needs_no_signal(phase: Phase) -> None:
    assert step(Child(phase, due_s=1.0), Event.STOP, 0, POLICY) == (Child(Phase.STOPPED), ())


@pytest.mark.parametrize(
    ("phase", "event"),
    [
        (Phase.READY, Event.START),
        (Phase.READY, Event.READY),
        (Phase.BACKOFF, Event.READY),  # the last word of a child that is dead by now
        (Phase.BACKOFF, Event.EXITED),
        (Phase.STOPPING, Event.STOP),
        (Phase.STOPPING, Event.READY),
        (Phase.STOPPED, Event.START),
        (Phase.STOPPED, Event.EXITED),
        (Phase.STOPPED, Event.TICK),
    ],
)
def test_an_event_that_makes_no_sense_changes_nothing(phase: Phase, event: Event) -> None:
    assert step(Child(phase), event, 5.0, POLICY) == (Child(phase), ())
