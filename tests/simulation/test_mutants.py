"""Planted bugs: each patch of mutants/ breaks the product, and the simulation must see it within 200 seeds.

`mutants/seeds.toml` says which seed sees which mutant, and which promise it breaks there. The default suite plays that
seed; where the seed is out of date (the product has changed since), and always with --long, the seeds are searched from
0 on, and the one that was found is printed.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.simulation.run import SEEDS
from tests.support.environment import clean

ROOT = Path(__file__).resolve().parents[2]
MUTANTS = Path(__file__).parent / "mutants"
PACKAGES = ("contracts", "runtime", "queue_server", "kiosk", "displays", "firmware_bridge", "tests/simulation",
            "tests/support")  # fmt: skip
SEEDS_MAX = 200
NAMES = sorted(patch.stem for patch in MUTANTS.glob("*.patch"))
KNOWN = tomllib.loads((MUTANTS / "seeds.toml").read_text())
_BROKEN = re.compile(r"^seed (\d+): (\w+): ", re.MULTILINE)


def mutated(name: str, folder: Path) -> Path:
    """A copy of what a simulation needs, with the patch applied. A patch that does not fit any more is an error."""
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "*.patch")
        shutil.copytree(ROOT / package, folder / package, ignore=ignored)
    patch = str(MUTANTS / f"{name}.patch")
    done = subprocess.run(["git", "apply", "--verbose", patch], cwd=folder, capture_output=True, text=True, timeout=30,
                          env=clean(GIT_CEILING_DIRECTORIES=str(folder.parent)))  # fmt: skip
    assert done.returncode == 0, f"{name}.patch does not fit the product any more:\n{done.stderr}"
    return folder


def first_broken(folder: Path, first: int, last: int) -> tuple[int, str] | None:
    """The first seed of the range that breaks a promise, and which."""
    words = [sys.executable, "-m", "tests.simulation", "--seeds", f"{first}-{last}", "--first"]
    environment = clean(PYTHONDONTWRITEBYTECODE="1")
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, env=environment, timeout=900)
    found = _BROKEN.search(done.stdout)
    assert (found is None) == (done.returncode == 0), done.stdout[-2000:] + done.stderr[-4000:]
    return (int(found[1]), found[2]) if found else None


def test_there_are_enough_of_them() -> None:
    assert len(NAMES) >= 8
    assert sorted(KNOWN) == NAMES


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", NAMES)
def test_a_planted_bug_is_seen(name: str, tmp_path: Path) -> None:
    known = KNOWN[name]
    folder = mutated(name, tmp_path / "tree")
    found = first_broken(folder, known["seed"], known["seed"]) or first_broken(folder, 0, SEEDS_MAX - 1)
    assert found is not None, f"{name}: no seed of {SEEDS_MAX} sees it"
    seed, promise = found
    print(f"{name}: seed {seed} breaks {promise}")
    assert promise in known["breaks"], f"seed {seed} breaks {promise}, expected one of {known['breaks']}"


def test_without_the_bug_the_same_seeds_are_kept() -> None:
    """They are among those of the default suite."""
    assert all(known["seed"] in SEEDS for known in KNOWN.values())


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", NAMES)
def test_a_planted_bug_is_seen_from_the_first_seed_on(name: str, tmp_path: Path) -> None:
    found = first_broken(mutated(name, tmp_path / "tree"), 0, SEEDS_MAX - 1)
    assert found is not None, f"{name}: no seed of {SEEDS_MAX} sees it"
    print(f"{name}: seed {found[0]} breaks {found[1]}")
