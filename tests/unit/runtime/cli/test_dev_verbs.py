"""test, check, bench and bless: what they run and how they fail."""

import sys
from pathlib import Path

import pytest

from runtime.cli import bench, bless, check, test


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ["-m", test.USUAL]),
        (["--quick", "-x"], ["-m", test.QUICK, "-x"]),
        (["--long"], []),
        (["tests/unit", "-k", "scan"], ["-m", test.USUAL, "tests/unit", "-k", "scan"]),
    ],
)
def test_pytest_arguments(words: list[str], expected: list[str]) -> None:
    assert test.pytest_arguments(words) == expected


def test_quick_and_long_contradict() -> None:
    with pytest.raises(SystemExit) as left:
        test.main(["--quick", "--long"])
    assert left.value.code == 2


def test_every_check_runs_and_one_failure_fails_all(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def row(name: str, code: int) -> tuple[str, tuple[str, ...]]:
        return name, (sys.executable, "-c", f"print('ran {name}'); raise SystemExit({code})")

    assert check.run_checks((row("a", 0), row("b", 3), ("c", ("/no/such/tool",)), row("d", 0)), tmp_path) == 1
    out = capfd.readouterr().out
    assert "ran a" in out
    assert "ran d" in out
    assert out.endswith("check: 2 of 4 passed; failed: b, c\n")
    assert check.run_checks((row("a", 0),), tmp_path) == 0


def test_bench_names_leave_shared_code_out(tmp_path: Path) -> None:
    for name in ("issue.py", "call.py", "_echo.py", "__init__.py", "notes.txt"):
        (tmp_path / name).touch()
    assert bench.bench_names(tmp_path) == ["call", "issue"]


def test_an_unknown_benchmark_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["isue"], ["call", "issue"]) == 2
    assert "did you mean 'issue'?" in capsys.readouterr().err


def test_blessing_is_off_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(bless.BLESS, raising=False)
    assert not bless.blessing()
    monkeypatch.setenv(bless.BLESS, "1")
    assert bless.blessing()
