"""`motcua test [--quick|--long] [pytest arguments]`."""

import os
import sys
from collections.abc import Sequence

from runtime.paths import ROOT

QUICK = "not long and not e2e and not screens"
USUAL = "not long"


def pytest_arguments(words: Sequence[str]) -> list[str]:
    """What pytest is told. `--quick`: nothing that opens a window or starts an office; `--long`: everything."""
    rest = [word for word in words if word not in ("--quick", "--long")]
    if "--long" in words:
        return rest
    return ["-m", QUICK if "--quick" in words else USUAL, *rest]


def main(words: Sequence[str]) -> None:
    """Become pytest, in the checkout."""
    if "--quick" in words and "--long" in words:
        sys.stderr.write("motcua: error[usage]: --quick or --long, not both\n")
        raise SystemExit(2)
    os.chdir(ROOT)
    command = [sys.executable, "-m", "pytest", *pytest_arguments(words)]
    os.execv(command[0], command)  # noqa: S606 - ourselves


if __name__ == "__main__":
    main(sys.argv[1:])
