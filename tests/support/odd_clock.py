"""Runs a module whose wall clock a test can set: `python -m tests.support.odd_clock FILE MODULE arguments…`.

FILE holds by how many nanoseconds the clock is wrong (8 bytes, little endian); it is looked at whenever the process
asks for the time. Monotonic time and the machine's running time are left alone, as where a wrong date is set.
"""

import mmap
import runpy
import sys
import time
from pathlib import Path
from types import SimpleNamespace

SIZE = 8
NS_A_S = 1_000_000_000


class OddClock:
    """The test's hand on that clock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.set(0)

    def set(self, seconds: float) -> None:
        """Wrong by so many seconds from now on."""
        raw = round(seconds * NS_A_S).to_bytes(SIZE, "little", signed=True)
        if not self.path.exists():
            self.path.write_bytes(raw)
        with self.path.open("r+b") as file:  # the same file: the process has it mapped
            file.write(raw)

    def launcher(self, module: str = "queue_server") -> list[str]:
        """The beginning of the command line."""
        return [sys.executable, "-m", "tests.support.odd_clock", str(self.path), module]


def _bend(path: Path) -> None:
    import runtime.clock as home

    with path.open("r+b") as file:
        offset = mmap.mmap(file.fileno(), SIZE)
    names = {name: getattr(time, name) for name in ("monotonic", "clock_gettime_ns", "CLOCK_BOOTTIME")}
    home.time = SimpleNamespace(  # type: ignore[assignment]  # all that the module uses
        time_ns=lambda: time.time_ns() + int.from_bytes(offset[:], "little", signed=True), **names
    )


if __name__ == "__main__":
    _bend(Path(sys.argv[1]))
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
