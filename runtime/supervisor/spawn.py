"""Starts one child: own session, dies with us, output to its log."""

import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from runtime.lifecycle import die_with_parent
from runtime.supervisor.fleet import Spec
from runtime.supervisor.logfile import open_log

RUN_MARK = "MOTCUA_RUN"
"""Environment variable with the run id: every process of one `up` has it, however it was forked."""


def spawn(spec: Spec, env: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start it. Raises OSError when the program cannot be started.

    Must be called from the main thread of a process without other threads: the kernel ties the parent-death signal
    to the thread that forks, and preexec_fn is safe only without threads. SIGKILL, since a child that hangs would
    survive SIGTERM; nobody depends on a farewell: files are written whole, the database commits.
    """
    parent = os.getpid()
    output = open_log(log)
    try:
        return subprocess.Popen(
            spec.argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**env, **spec.env},
            start_new_session=True,  # Ctrl-C of the terminal reaches `up` alone, which stops the others in order
            preexec_fn=lambda: die_with_parent(parent),  # noqa: PLW1509 - no threads here, see above
        )
    finally:
        os.close(output)


def terminate(pid: int) -> None:
    """SIGTERM to the child alone: it stops its own workers in its own order."""
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return


def kill_group(pid: int) -> None:
    """SIGKILL the child's whole process group, also when the child itself is gone already."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
