"""Mutation testing of queue_server/domain (--long): every changed line of the rules turns a test red, or is explained.

mutmut changes one thing in one function of a copy of the tree and runs the domain's own tests. What survives must stand
in explained.toml with the reason why no test could see it; a general reason names its mutants by patterns.
"""

import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.environment import clean
from tests.support.offices import ROOT

pytestmark = [pytest.mark.long, pytest.mark.timeout(7_200)]

COPIED = (
    "contracts",
    "runtime",
    "queue_server",
    "displays",
    "assets",
    "tests/support",
    "tests/unit/queue_server/domain",
    "tests/unit/queue_server/application",
)
EXPLAINED = Path(__file__).with_name("explained.toml")
RUNNER = Path(__file__).with_name("run_mutmut.py")
DEAD = ("killed", "timeout", "caught by type check")


@dataclass(frozen=True)
class Mutant:
    """One change: the function it was made in, the line before and after."""

    function: str
    was: str
    becomes: str


@dataclass(frozen=True)
class Explanation:
    """Why no test sees a change: of one mutant, or of all whose lines before and after match patterns."""

    function: str | None
    was: str
    becomes: str
    general: bool

    def of(self, mutant: Mutant) -> bool:
        """Does it speak of this one?"""
        if not self.general:
            return mutant == Mutant(self.function or "", self.was, self.becomes)
        found = re.fullmatch(self.was, mutant.was)
        here = self.function is None or re.fullmatch(self.function, mutant.function) is not None
        if not here or found is None:
            return False
        becomes = self.becomes
        for i, text in enumerate(found.groups(), 1):
            becomes = becomes.replace(f"\\{i}", re.escape(text))
        return re.fullmatch(becomes, mutant.becomes) is not None


def explanations() -> list[Explanation]:
    """The rows that have a reason."""
    rows = tomllib.loads(EXPLAINED.read_text())
    return [
        Explanation(row.get("function"), row["was"], row["becomes"], general)
        for kind, general in (("general", True), ("survivor", False))
        for row in rows[kind]
        if row["why"]
    ]


def copy_of_the_tree(folder: Path) -> Path:
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.wav", "voices"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def mutmut(folder: Path, *words: str) -> str:
    command = [sys.executable, str(RUNNER), *words]
    ran = subprocess.run(command, cwd=folder, env=clean(), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-4000:]
    return ran.stdout


def outcomes(folder: Path) -> dict[str, str]:
    """Mutant name → what became of it."""
    lines = (line.strip() for line in mutmut(folder, "results", "--all", "true").splitlines())
    return dict(line.split(": ", 1) for line in lines if line.startswith("queue_server."))


def change_of(folder: Path, name: str) -> Mutant:
    """The change by its text: the numbers of mutants move with every edit of the code."""
    diff = [line for line in mutmut(folder, "show", name).splitlines() if line[:1] in "+-" and line[:3] not in "+++---"]
    lines = {sign: " ".join(line[1:].strip() for line in diff if line[0] == sign) for sign in "-+"}
    return Mutant(name.rpartition("__mutmut_")[0], lines["-"], lines["+"])


def test_no_survivor_without_an_explanation(tmp_path: Path) -> None:
    begun_s = time.monotonic()
    folder = copy_of_the_tree(tmp_path)
    mutmut(folder, "run")
    found = outcomes(folder)
    explained = explanations()
    alive = [change_of(folder, name) for name, end in found.items() if end not in DEAD]
    minutes = (time.monotonic() - begun_s) / 60
    print(f"\n{len(found)} mutants, {dict(Counter(found.values()))}, {len(alive)} explained or not, {minutes:.1f} min")
    assert len(found) > 500, "mutmut found next to nothing to change"
    unexplained = [mutant for mutant in alive if not any(one.of(mutant) for one in explained)]
    assert unexplained == [], "\n".join(f"{m.function}\n  - {m.was}\n  + {m.becomes}" for m in unexplained)
