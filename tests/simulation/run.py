"""One seed: run it, and say how it ended."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.simulation.office import Simulation
from tests.simulation.seams import seams
from tests.simulation.world import STEPS_MAX, Violation, World

SEEDS = range(50)
"""What the default suite plays."""
SHM = Path("/dev/shm")  # a database that forgets with the machine


@dataclass(frozen=True)
class Outcome:
    """`broken` None: every promise was kept."""

    seed: int
    steps: int
    now_s: float
    broken: Violation | None
    trace: list[str]
    printed: int
    journal: int


def play(seed: int, steps_max: int = STEPS_MAX) -> Outcome:
    """Runs one seed. A bug of any kind is a broken promise too."""
    folder = Path(tempfile.mkdtemp(prefix=f"motcua-sim-{seed}-", dir=SHM if SHM.is_dir() else None))
    world = World(seed, steps_max)
    broken: Violation | None = None
    try:
        with seams(world.uuid) as complaints:
            sim = Simulation(world, folder, complaints)
            try:
                sim.run()
            except Violation as why:
                broken = why
            except Exception as bug:
                broken = Violation("nothing_breaks", f"{type(bug).__name__}: {bug}")
                broken.__cause__ = bug
            finally:
                sim.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if broken is not None:
        world.note(f"BROKEN {broken}")
    return Outcome(
        seed, world.steps, world.now_s, broken, world.trace, len(sim.papers), len(sim.history.rows)
    )  # fmt: skip


def command(seed: int) -> str:
    """How to see it again."""
    return f".venv/bin/python -m tests.simulation --seed {seed} --trace"
