"""Logs stay within bounds while their writer writes on."""

import os
from pathlib import Path

from runtime.supervisor.logfile import LOG_GENERATIONS, open_log, rotate, tail


def test_a_small_log_stays(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("x" * 10)
    assert not rotate(log, bytes_max=10)
    assert not rotate(tmp_path / "missing.log")
    assert log.read_text() == "x" * 10


def test_the_writer_goes_on_writing_after_a_rotation(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "a.log"
    descriptor = open_log(log)
    os.write(descriptor, b"first\n")
    assert rotate(log, bytes_max=3)
    os.write(descriptor, b"second\n")
    os.close(descriptor)
    assert log.read_text() == "second\n"
    assert (log.parent / "a.log.1").read_text() == "first\n"


def test_only_so_many_generations_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    for n in range(LOG_GENERATIONS + 3):
        log.write_text(f"generation {n}")
        assert rotate(log, bytes_max=1)
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == ["a.log", *(f"a.log.{n}" for n in range(1, LOG_GENERATIONS + 1))]
    assert (tmp_path / "a.log.1").read_text() == f"generation {LOG_GENERATIONS + 2}"


def test_tail_of_a_large_and_of_no_log(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("".join(f"line {n}\n" for n in range(10_000)))
    assert tail(log, 2) == ["line 9998", "line 9999"]
    assert tail(tmp_path / "missing.log") == []
