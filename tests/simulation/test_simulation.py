"""Fifty seeds of a whole office, and that a seed is a seed."""

import os
import subprocess
import sys
from functools import cache

import pytest

from tests.simulation.run import SEEDS, Outcome, command, play
from tests.support.environment import clean

LONG_SEEDS = range(50, 1000)
SAMPLE_SEED = 2


@cache
def played(seed: int) -> Outcome:
    """Once is enough."""
    return play(seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_promise_is_kept(seed: int) -> None:
    outcome = played(seed)
    assert outcome.broken is None, f"{outcome.broken}\nreplay: {command(seed)}"


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_every_promise_is_kept_over_many_seeds() -> None:
    broken = [f"{outcome.broken}\nreplay: {command(seed)}" for seed in LONG_SEEDS if (outcome := play(seed)).broken]
    assert not broken, "\n".join(broken[:20])


def test_the_same_seed_is_the_same_day() -> None:
    assert play(SAMPLE_SEED).trace == played(SAMPLE_SEED).trace


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_the_same_seed_is_the_same_day_in_another_process(hash_seed: str) -> None:
    words = [sys.executable, "-m", "tests.simulation", "--seed", str(SAMPLE_SEED), "--trace"]
    environment = clean(PYTHONHASHSEED=hash_seed)
    done = subprocess.run(words, capture_output=True, text=True, env=environment, cwd=os.curdir, timeout=100)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:-2] == played(SAMPLE_SEED).trace


def test_a_day_has_work_and_trouble_in_it() -> None:
    """A simulation in which nothing happens keeps every promise."""
    traces = [line for seed in range(10) for line in played(seed).trace]
    for what in (
        "prints", "says", "ticket_called", "ticket_transferred", "loses power", "broker dies", "disk full", "wire of",
        "clock of", "ticket_requeued", "offline",
        "ticket_handed_over", "ticket_voided", "is replaced", "reported as failed",
    ):  # fmt: skip
        assert any(what in line for line in traces), what


def test_steps_can_be_limited() -> None:
    assert play(SAMPLE_SEED, 500).steps == 500
