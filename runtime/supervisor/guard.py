"""Outlives `up` by a moment: when its pipe closes, however `up` ended, kills every process with the run's mark.

The kernel kills our direct children when `up` dies; this finds grandchildren that forgot to ask for the same.
Started as a plain script (`python -I -S guard.py`), so only the standard library, and not much of it.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

SWEEP_LIMIT_S = 5.0
SWEEP_PAUSE_S = 0.05


def marked(mark: bytes, proc: Path = Path("/proc")) -> list[int]:
    """Process ids whose environment has this NAME=VALUE."""
    found = []
    for entry in proc.iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            environment = (entry / "environ").read_bytes()
        except OSError:  # ended meanwhile, or not ours
            continue
        if mark in environment.split(b"\0"):
            found.append(int(entry.name))
    return found


def sweep(mark: bytes) -> None:
    """Kill the marked ones until none is left, or the limit is over."""
    deadline = time.monotonic() + SWEEP_LIMIT_S
    while (pids := marked(mark)) and time.monotonic() < deadline:
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(SWEEP_PAUSE_S)


def start_guard(mark: str) -> subprocess.Popen[bytes]:
    """Start the guard of this process; closing its stdin lets it sweep and end."""
    command = [sys.executable, "-I", "-S", __file__, mark]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)


def main(mark: str) -> None:
    """Wait for the end of stdin, then sweep."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    sweep(mark.encode())


if __name__ == "__main__":
    main(sys.argv[1])
