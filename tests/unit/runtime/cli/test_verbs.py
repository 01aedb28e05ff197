"""The table of verbs, and that the launcher agrees with it."""

import importlib
import re
import subprocess
import sys

import pytest

from runtime.cli.__main__ import command
from runtime.cli.verbs import NEEDS, VERBS, find, help_text, nearest
from runtime.paths import ROOT


def cli(*words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-P", "-m", "runtime.cli", *words]
    return subprocess.run(line, capture_output=True, text=True, env={"PYTHONPATH": str(ROOT)}, timeout=30)


@pytest.mark.parametrize(
    ("typed", "module", "rest"),
    [
        ("up --demo", "runtime.cli.up", ["--demo"]),
        ("ticket render A001 --out x.png", "kiosk.printing", ["A001", "--out", "x.png"]),
        ("sim printer --listen h:1", "kiosk.printing.simulator", ["--listen", "h:1"]),
        ("sim buttons", "firmware_bridge.simulators", ["buttons"]),
        ("dossiers import FILE", "queue_server.dossiers", ["FILE"]),
        ("report waits", "queue_server.reports", ["waits"]),
    ],
)
def test_the_longest_verb_wins(typed: str, module: str, rest: list[str]) -> None:
    found = find(typed.split())
    assert found is not None
    assert (found[0].module, found[1]) == (module, rest)


@pytest.mark.parametrize("typed", ["", "ticket", "ticket print", "uq", "--up"])
def test_no_verb(typed: str) -> None:
    assert find(typed.split()) is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tset", "test"),
        ("kiosc", "kiosk"),
        ("ticket rendr", "ticket render"),
        ("ticket", "ticket render"),
        ("xyzzy", None),
    ],
)
def test_the_nearest_verb(typed: str, meant: str | None) -> None:
    assert nearest(typed.split()) == meant


def test_the_command_line_of_a_verb() -> None:
    verb = VERBS["ticket render"]
    assert command(verb, ["A001", "--yes"]) == [sys.executable, "-P", "-m", "kiosk.printing", "render", "A001"]


def test_help_has_a_line_for_every_verb() -> None:
    text = help_text()
    assert all(re.search(rf"^  {verb.words} +{re.escape(verb.help)}$", text, re.MULTILINE) for verb in VERBS.values())
    assert cli("--help").stdout.strip() == text.strip()
    assert cli().returncode == 0


@pytest.mark.parametrize("words", [["tset"], ["ticket"], ["--knows", "tset"], ["--knows"]])
def test_an_unknown_verb_is_a_usage_error(words: list[str]) -> None:
    done = cli(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("motcua: error[usage]: no verb")


def test_the_launcher_asks_before_it_installs() -> None:
    assert all(cli("--knows", name.split()[0]).returncode == 0 for name in VERBS)


def test_version_is_that_of_the_project() -> None:
    for words in (["version"], ["--version"], ["version", "--yes"]):
        done = cli(*words)
        assert (done.returncode, done.stdout.split()[:2]) == (0, ["motcua", "0.1.0"])


def test_modules_of_this_package_exist() -> None:
    for verb in VERBS.values():
        if verb.module.startswith("runtime."):
            assert importlib.util.find_spec(verb.module) is not None, verb.words


def launcher_needs(word: str) -> str:
    """What the `case` of the launcher says about a verb."""
    case = re.search(r"case \$verb in\n(.*?)\nesac", (ROOT / "motcua").read_text(), re.DOTALL)
    assert case is not None
    for line in case[1].splitlines():
        patterns, _, action = line.partition(")")
        if word in patterns.replace("'", "").split(" | ") or patterns == "*":
            need = re.search(r"need=(?:'')?(\w*)", action)
            assert need is not None
            return need[1]
    raise AssertionError("the case has no *")


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS.keys())
def test_the_launcher_knows_what_a_verb_needs(verb: object) -> None:
    row = VERBS[verb.words]  # type: ignore[attr-defined]
    assert row.needs in NEEDS
    if row.words != "install":  # run or dev, by its option
        assert launcher_needs(row.words.split()[0]) == row.needs
