"""`motcua check`: every check runs, also when one before it failed; a summary ends the output."""

import subprocess
import sys
from pathlib import Path

from runtime.paths import ROOT

_BIN = Path(sys.executable).parent

CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("lint", (str(_BIN / "ruff"), "check", ".")),
    ("format", (str(_BIN / "ruff"), "format", "--check", ".")),
    ("types", (sys.executable, "-m", "mypy")),
    ("imports", (str(_BIN / "lint-imports"), "--no-cache")),
    ("generated docs", (sys.executable, "-m", "runtime.docs", "--check")),
)


def run_checks(checks: tuple[tuple[str, tuple[str, ...]], ...] = CHECKS, directory: Path = ROOT) -> int:
    """0 when all passed, 1 otherwise."""
    failed = []
    for name, command in checks:
        print(f"== {name}", flush=True)
        try:
            code = subprocess.run(command, cwd=directory, check=False).returncode
        except OSError as error:
            print(error, flush=True)
            code = 127
        if code != 0:
            failed.append(name)
    print(
        f"check: {len(checks) - len(failed)} of {len(checks)} passed"
        + (f"; failed: {', '.join(failed)}" if failed else "")
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(run_checks())
