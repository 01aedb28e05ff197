"""Progress never stops an office."""

import os
import subprocess
import sys

from runtime.paths import ROOT

PROGRAM = "from runtime.cli.up.progress import say\nfor n in range(3000): say('x' * 100)\nprint('done')"


def run(stderr: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-c", PROGRAM]
    env = {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=stderr, text=True, timeout=30)


def test_a_line_a_message() -> None:
    lines = run(subprocess.PIPE).stderr.splitlines()
    assert set(lines) == {"motcua: " + "x" * 100}


def test_nobody_reads() -> None:
    reader, writer = os.pipe()
    assert run(writer).stdout == "done\n"  # a full pipe
    os.close(reader)
    assert run(writer).stdout == "done\n"  # a broken one
    os.close(writer)
