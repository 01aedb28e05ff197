"""What was printed, kept over crashes: an append-only file of JSON lines, forced to disk line by line.

`started` is written before the first byte leaves, the end after the printer's answer; a job that
has only `started` may or may not be on paper (UNKNOWN). No ticket text is kept, only job ids.
"""

from __future__ import annotations

import json
import os
from enum import StrEnum
from pathlib import Path
from typing import Final

from contracts.errors import Rejected
from runtime.log import get_logger

JOBS_KEPT_MAX: Final = 2000
"""More than a busy day of one kiosk; older ones are forgotten when the file is next opened."""
JOB_ID_CHARS_MAX: Final = 64
_LINE_BYTES_MAX: Final = 200

_log = get_logger("printing")


class JobState(StrEnum):
    """The last thing known about a job."""

    STARTED = "started"
    PRINTED = "printed"
    FAILED = "failed"
    UNKNOWN = "unknown"


class PrintLedger:
    """The record of one kiosk. Used by one thread."""

    def __init__(self, path: Path) -> None:
        """Read `path`, or begin it. Raises `Rejected("data_unwritable")`."""
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._states = _read(path)
            self._file = _rewrite(path, self._states)
        except OSError as error:
            raise Rejected("data_unwritable", f"{path}: {error.strerror}") from error

    def state(self, job_id: str) -> JobState | None:
        """The last state of a job, None for one never started."""
        return self._states.get(job_id)

    def unfinished(self) -> list[str]:
        """Jobs that were started and never ended: the process or the power died in between."""
        return [job for job, state in self._states.items() if state is JobState.STARTED]

    def record(self, job_id: str, state: JobState) -> None:
        """Remember, and force to disk. A full disk does not stop printing: remembered until exit."""
        self._states.pop(job_id, None)
        self._states[job_id] = state
        while len(self._states) > JOBS_KEPT_MAX:
            del self._states[next(iter(self._states))]
        try:
            os.write(self._file, _line(job_id, state))
            os.fsync(self._file)
        except OSError as error:
            _log.warning("print_record_not_saved", job=job_id, reason=error.strerror)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)


def _line(job_id: str, state: JobState) -> bytes:
    return json.dumps({"job": job_id, "state": state.value}).encode() + b"\n"


def _read(path: Path) -> dict[str, JobState]:
    """The last state of each job. A torn or foreign line is skipped: it never was a promise."""
    states: dict[str, JobState] = {}
    if not path.exists():
        return states
    for raw in path.read_bytes().splitlines():
        try:
            row = json.loads(raw) if len(raw) <= _LINE_BYTES_MAX else {}
            job_id, state = str(row["job"]), JobState(row["state"])
        except (ValueError, TypeError, KeyError):
            _log.warning("print_record_damaged_line", path=str(path))
            continue
        states.pop(job_id, None)
        states[job_id] = state
    return dict(list(states.items())[-JOBS_KEPT_MAX:])


def _rewrite(path: Path, states: dict[str, JobState]) -> int:
    """Replace the file by its compact form, whole or not at all; returns it open for appending."""
    temporary = path.with_name(path.name + ".new")
    with temporary.open("wb") as file:
        file.writelines(_line(job_id, state) for job_id, state in states.items())
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
